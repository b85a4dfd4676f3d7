/** What is shown in German and in French: nothing that is the same in both, unless the server told it; plurals and sizes as each writes them. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { visit, type Visit } from './browser.ts';
import { call } from './requests.ts';
import type { World } from './world.ts';

const pages = [
  ...['/', '/shared', '/shared/by-me', '/links', '/cells', '/teams', '/search', '/account'],
  ...['users', 'groups', 'roles', 'workspaces', 'links', 'policies', 'connectors', 'apps', 'mail'].map(
    (name) => `/admin/${name}`,
  ),
  ...['/admin/audit', '/admin/logs', '/admin/settings', '/admin/status'],
];
/** Names of things, the same in every language. */
const names = new Set(['OpenID Connect', 'volvox login', 'Volvox CLI']);

/** Somebody who speaks one of the languages, and all texts that the server told their page. */
interface Speaker {
  readonly at: Visit;
  readonly told: () => string;
}

/** Expects somebody who administers to be signed in. */
export function languages(world: World): void {
  let speakers: readonly [Speaker, Speaker];
  before(async () => {
    const storageState = await world.page.context().storageState();
    const speaker = async (locale: string): Promise<Speaker> => {
      const at = await visit(world.browser, { locale, storageState });
      const told: string[] = [];
      at.page.on('response', (answer) => {
        if (answer.headers()['content-type']?.includes('json') !== true) return;
        answer.json().then(
          (body) => told.push(...stringsOf(body)),
          () => undefined, // gone with its page
        );
      });
      return { at, told: () => told.join('\n') };
    };
    speakers = [await speaker('de-DE'), await speaker('fr-FR')];
  });
  after(() => Promise.all(speakers.map(({ at }) => at.close())));

  it('leaves no text in English, on any page', async () => {
    const same: string[] = [];
    for (const path of pages) {
      const [german, french] = await Promise.all(
        speakers.map(async ({ at: { page } }) => {
          await page.goto(new URL(path, world.server.url).href);
          await page.getByRole('heading', { level: 1 }).first().waitFor();
          await page.waitForTimeout(500);
          return new Set(await page.evaluate(textsShown));
        }),
      );
      assert.ok(german !== undefined && french !== undefined && german.size > 10, path);
      const told = speakers[0].told();
      const isData = (text: string) =>
        names.has(text) || told.includes(text) || text.startsWith(world.server.url);
      const left = [...german].filter((text) => french.has(text) && !isData(text));
      same.push(...left.map((text) => `${path}: ${text}`));
    }
    assert.deepEqual(same, []);
  });

  it('leaves no text in English on the pages of links', async () => {
    const { items } = await call<{ items: { slug: string; rootId: string }[] }>(
      world.page,
      'GET',
      '/workspaces',
    );
    const root = items.find(({ slug }) => slug === 'personal')?.rootId ?? '';
    const { id } = await call<{ id: string }>(world.page, 'POST', `/nodes/${root}/children`, {
      name: 'abroad',
    });
    await upload(world.page, id, 'one.bin', 10);
    const make = async (body: object) =>
      `/s/${(await call<{ token: string }>(world.page, 'POST', '/links', { roots: [id], ...body })).token}`;
    const paths = [
      await make({}),
      await make({ password: 'a colony of bees' }),
      await make({ kind: 'request', askName: 'optional' }),
      '/s/nothing-here',
    ];
    const same: string[] = [];
    for (const path of paths) {
      const [german, french] = await Promise.all(
        speakers.map(async ({ at: { page } }) => {
          await page.goto(new URL(path, world.server.url).href);
          await page.getByRole('heading', { level: 1 }).first().waitFor();
          await page.waitForLoadState('networkidle');
          return new Set(await page.evaluate(textsShown));
        }),
      );
      assert.ok(german !== undefined && french !== undefined && german.size > 0, path);
      const told = speakers[0].told();
      const left = [...german].filter((text) => french.has(text) && !told.includes(text));
      same.push(...left.map((text) => `${path}: ${text}`));
    }
    assert.deepEqual(same, []);
    await call(world.page, 'DELETE', `/nodes/${id}`);
  });

  it('writes numbers of things and sizes as the language does', async () => {
    const { page } = world;
    const { items: workspaces } = await call<{ items: { slug: string; rootId: string }[] }>(
      page,
      'GET',
      '/workspaces',
    );
    const { rootId = '' } = workspaces.find(({ slug }) => slug === 'personal') ?? {};
    const folder = await call<{ id: string }>(page, 'POST', `/nodes/${rootId}/children`, {
      name: 'languages',
    });
    const counts = {
      'one.bin': ['1 Element', '1 élément'],
      'two.bin': ['2 Elemente', '2 éléments'],
    } as const;
    for (const [name, told] of Object.entries(counts)) {
      await upload(page, folder.id, name, 1_540_000);
      for (const [index, size] of ['1,54 MB', '1,54 Mo'].entries()) {
        const { page: theirs } = speakers[index as 0 | 1].at;
        await theirs.goto(`${world.server.url}/files/${folder.id}`);
        await theirs
          .getByText(told[index] ?? '', { exact: true })
          .first()
          .waitFor();
        await theirs.getByRole('row').filter({ hasText: name }).getByText(size).waitFor();
      }
    }
    await call(page, 'DELETE', `/nodes/${folder.id}`);
  });
}

async function upload(page: Page, folder: string, name: string, bytes: number): Promise<void> {
  const status = await page.evaluate(
    async ([id, file, size]) => {
      const { csrfToken } = await (await fetch('/api/v1/session')).json();
      const answer = await fetch(`/api/v1/nodes/${id}/children/${file}/content`, {
        method: 'PUT',
        headers: { 'x-csrf-token': csrfToken, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(size),
      });
      return answer.status;
    },
    [folder, name, bytes] as const,
  );
  assert.equal(status, 201);
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** Runs in the page: texts, labels and hints of two words or more. */
function textsShown(): string[] {
  const words = /\p{L}{2,}[^\p{L}\n]+\p{L}{2,}/u;
  const found: string[] = [];
  for (const element of document.body.querySelectorAll('*')) {
    if (element.closest('script, style, svg, code, pre') || !element.checkVisibility()) continue;
    for (const node of element.childNodes)
      if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent?.trim() ?? '');
    for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
      found.push(element.getAttribute(name)?.trim() ?? '');
  }
  // What stands in a row between dots are names and words of their own.
  return found.flatMap((text) => text.split(' · ')).filter((text) => words.test(text));
}
