/** What those see who keep a server running: nodes, stores, duties and logs; every page of administration on a phone. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { expectAccessible, expectFits, visit, type Visit } from './browser.ts';
import { call } from './requests.ts';
import type { World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const shots = process.env.VOLVOX_TEST_SHOTS;
const kinds = ['config', 'vault', 'registry', 'broker', 'cache', 'sql', 'documents', 'blobs'];
const pages = [
  ...['users', 'groups', 'roles', 'workspaces', 'links', 'policies', 'connectors', 'apps', 'mail'],
  ...['audit', 'logs', 'settings', 'status'],
];

/** Expects somebody who administers to be signed in. */
export function operations(world: World): void {
  const at = (path: string): string => new URL(path, world.server.url).href;
  let handy: Visit;

  before(async () => {
    const storageState = await world.page.context().storageState();
    handy = await visit(world.browser, { ...phone, storageState });
  });
  after(() => handy.close());

  const shoot = async (page: Page, name: string): Promise<void> => {
    if (shots !== undefined) await page.screenshot({ path: `${shots}/operations-${name}.png` });
  };
  const card = (name: string) => world.page.getByRole('region', { name, exact: true });

  it('shows the node, every store with its driver and health, followers and duties; runs a duty and keeps its history', async () => {
    const { page } = world;
    await page.goto(at('/admin/status'));
    await card('Nodes').getByText('ready').waitFor();
    await card('Nodes').getByText('all reached').waitFor();
    const told = await call<{ stores: { kind: string; driver: string }[] }>(page, 'GET', '/admin/status');
    assert.deepEqual(told.stores.map(({ kind }) => kind).toSorted(), kinds.toSorted());
    for (const { kind, driver } of told.stores) {
      const row = card('Stores')
        .getByRole('row')
        .filter({ hasText: `${kind} · ${driver}` });
      assert.equal(await row.getByText('ok', { exact: true }).count(), 1, kind);
    }
    const search = card('Followers').getByRole('row').filter({ hasText: 'search' });
    await search.getByText('ok', { exact: true }).waitFor();
    const name = 'contents.collect';
    const duty = card('Duties').getByRole('row').filter({ hasText: name });
    await duty.getByRole('button', { name: 'Run now' }).click();
    await page.getByText(`${name} has run.`).waitFor();
    await duty.getByText('this minute').waitFor();
    await expectAccessible(page, 'the status');
    await expectFits(page, 'the status');
    await shoot(page, 'status');
  });

  it('searches the log by word, level and request', async () => {
    const { page } = world;
    await page.goto(at('/admin/logs'));
    const entries = page.getByRole('main').getByRole('listitem');
    const sought = page.getByRole('searchbox', { name: 'Find in the log' });
    await sought.fill('no such word anywhere');
    await page.getByText('No entries').waitFor();
    await sought.fill('ready');
    const ready = entries.filter({ hasText: /ready/ }).first();
    await ready.locator('summary').click();
    await ready.getByText('"stages"').waitFor();
    await page.getByRole('combobox', { name: 'Level' }).click();
    await page.getByRole('option', { name: 'error' }).click();
    await page.getByText('No entries').waitFor();
    await page.getByRole('main').getByLabel('Clear selection').click();
    await ready.waitFor();
    await expectAccessible(page, 'the logs');
    await expectFits(page, 'the logs');
    await shoot(page, 'logs');
  });

  it('puts picture, colour, imprint and privacy notice of the installation on public pages', async () => {
    const { page } = world;
    const set = (key: string, value: string) =>
      call(page, 'PUT', `/admin/settings/branding.${key}`, { value });
    await page.goto(at('/admin/settings'));
    await page.getByRole('button', { name: 'Edit branding.logo' }).click();
    await page
      .getByRole('dialog')
      .locator('input[type=file]')
      .setInputFiles({
        name: 'mark.svg',
        mimeType: 'image/svg+xml',
        buffer: Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20"/></svg>',
        ),
      });
    await page.getByRole('button', { name: 'Check the change' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await set('name', 'Reef & Sons');
    await set('color', '#b3261e');
    await set('imprintUrl', 'https://reef.example/imprint');
    const { items } = await call<{ items: { kind: string; rootId: string }[] }>(page, 'GET', '/workspaces');
    const root = items.find(({ kind }) => kind === 'common')?.rootId ?? '';
    const folder = await call<{ id: string }>(page, 'POST', `/nodes/${root}/children`, { name: 'Branded' });
    const { token } = await call<{ token: string }>(page, 'POST', '/links', { roots: [folder.id] });
    const visitor = await visit(world.browser, phone);
    await visitor.page.goto(at(`/s/${token}`));
    await visitor.page.getByRole('banner').getByText('Reef & Sons').waitFor();
    const drawn = visitor.page.getByRole('banner').locator('img');
    assert.equal(await drawn.evaluate((image: HTMLImageElement) => image.naturalWidth), 60);
    const imprint = visitor.page.getByRole('contentinfo').getByRole('link');
    assert.deepEqual(await imprint.allTextContents(), ['Imprint']);
    assert.equal(await imprint.getAttribute('href'), 'https://reef.example/imprint');
    await expectFits(visitor.page, 'a branded page');
    await expectAccessible(visitor.page, 'a branded page');
    await shoot(visitor.page, 'branded');
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
    for (const key of ['logo', 'name', 'color', 'imprintUrl'])
      await call(page, 'DELETE', `/admin/settings/branding.${key}`);
  });

  it('leads to every place of the side bar on a phone, by taps alone', async () => {
    const { page } = handy;
    const tab = page.getByRole('navigation', { name: 'Main, bottom' }).getByRole('link', { name: 'Account' });
    await page.goto(at('/'));
    const wanted = [
      ...['shared', 'shared/by-me', 'links', 'cells', 'teams'],
      ...pages.map((name) => `admin/${name}`),
    ];
    for (const place of wanted) {
      await tab.tap();
      await page.getByRole('main').locator(`a[href="/${place}"]`).tap();
      await page.waitForURL(at(`/${place}`));
    }
  });

  it('shows the administrator of a group what may be administered, and nothing else', async () => {
    const { page } = world;
    const password = 'a lantern below the reef';
    const { id: group } = await call<{ id: string }>(page, 'POST', '/groups', { name: 'Divers' });
    const { id } = await call<{ id: string }>(page, 'POST', '/users', { login: 'gro', password });
    await call(page, 'PUT', `/groups/${group}/admins/${id}`);
    const gro = await visit(world.browser);
    await gro.page.goto(at('/'));
    await gro.page.getByLabel('Login').fill('gro');
    await gro.page.getByLabel('Password', { exact: true }).fill(password);
    await gro.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const entries = gro.page.locator('nav a[href^="/admin/"]');
    await entries.first().waitFor();
    assert.deepEqual(await entries.allInnerTexts(), ['Users', 'Groups']);
    await entries.first().click();
    await gro.page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
    assert.deepEqual(gro.faults, []);
    await gro.close();
  });

  for (const name of pages)
    it(`shows ${name} on a phone`, async () => {
      const { page } = handy;
      await page.goto(at(`/admin/${name}`));
      await page.getByRole('heading', { level: 1 }).waitFor();
      // Placeholders give way to what was asked for.
      await page.waitForFunction(() => document.querySelector('main .mantine-Skeleton-root') === null);
      await expectFits(page, `${name} on a phone`);
      await expectAccessible(page, `${name} on a phone`);
      await shoot(page, `phone-${name}`);
    });

  it('had no fault on the phone', () => assert.deepEqual(handy.faults, []));
}
