import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLinkWorld, type LinkWorld } from './testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
let bob: typeof ann;
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
  bob = await world.person('bob');
});
after(() => world.close());

const status = async (answer: Promise<{ readonly status: number }>): Promise<number> => (await answer).status;
const reasonOf = (answer: { json(): Record<string, unknown> }): unknown =>
  (answer.json()['details'] as Record<string, unknown> | undefined)?.['reason'];

test('an address of your own is unique; what is not named in a change stays', async () => {
  const file = await world.file(ann.headers, ann.root, 'slug.txt', 's');
  const link = await world.link(ann.headers, {
    roots: [file],
    slug: 'annas-link',
    password: 'pw',
    maxDownloads: 7,
    watermark: true,
    expiresAt: Date.now() + 86_400_000,
  });
  assert.equal(link.token, 'annas-link');
  const taken = await world.ask(bob.headers, 'POST', '/links', {
    roots: [await world.file(bob.headers, bob.root, 'b.txt', 'b')],
    slug: 'annas-link',
  });
  assert.deepEqual([taken.status, reasonOf(taken)], [409, 'slug']);
  const before = (await world.ask(ann.headers, 'GET', `/links/${link.id}`)).json();
  const after = (await world.ask(ann.headers, 'PATCH', `/links/${link.id}`, { label: 'New' })).json();
  const { updatedAt: _a, label: _b, ...old } = before;
  const { updatedAt: _c, label, ...now } = after;
  assert.equal(label, 'New');
  assert.deepEqual(now, old);
  assert.deepEqual([now['hasPassword'], now['maxDownloads'], now['watermark']], [true, 7, true]);
});

test('who may share a place sees the links of anybody that lead there, and nothing that opens them', async () => {
  const folder = await world.folder(ann.headers, ann.root, 'plans');
  const below = await world.folder(ann.headers, folder, 'below');
  const beside = await world.folder(ann.headers, folder, 'beside');
  const people = (await world.ask(ann.headers, 'GET', '/people?q=bob')).json() as {
    items: { roleId: string }[];
  };
  const shared = await world.ask(ann.headers, 'POST', `/nodes/${folder}/shares`, {
    roleId: people.items[0]?.roleId,
    role: 'manager',
    notify: false,
  });
  const { id: shareId } = shared.json() as { id: string };
  await world.link(ann.headers, { roots: [ann.root], label: 'everything' });
  await world.link(bob.headers, { roots: [beside, below], label: 'of bob', password: 'pw' });
  await world.link(ann.headers, { roots: [folder], kind: 'request', label: 'asked for' });
  await world.link(ann.headers, { roots: [below], label: 'later', startsAt: Date.now() + 86_400_000 });
  await world.link(ann.headers, { roots: [beside], label: 'elsewhere' });
  const off = await world.link(ann.headers, { roots: [below], label: 'off' });
  await world.ask(ann.headers, 'PATCH', `/links/${off.id}`, { disabled: true });
  const seen = async (headers: Record<string, string>, query = '') =>
    (await world.ask(headers, 'GET', `/nodes/${below}/links${query}`)).json() as {
      items: { label: string; mine: boolean; hasPassword: boolean; on: { name: string } | null }[];
      next: string | null;
    };
  const facts = (page: Awaited<ReturnType<typeof seen>>) =>
    page.items.map(({ label, mine, hasPassword, on }) => [label, mine, hasPassword, on?.name ?? null]);
  const forAnn = await seen(ann.headers);
  assert.deepEqual(facts(forAnn), [
    ['later', true, false, 'below'],
    ['asked for', true, false, 'plans'],
    ['of bob', false, true, 'below'],
    ['everything', true, false, 'Personal files'],
  ]);
  assert.doesNotMatch(JSON.stringify(forAnn), /"(?:token|recipients)"/);
  const forBob = facts(await seen(bob.headers));
  assert.deepEqual(forBob.at(-1), ['', false, false, null], 'what it shows beside is hidden from him');
  assert.deepEqual(forBob[0], ['later', false, false, 'below'], 'he may read all that it shows');
  const first = await seen(ann.headers, '?limit=3');
  assert.equal(first.items.length, 3);
  const rest = await seen(ann.headers, `?limit=3&cursor=${first.next}`);
  assert.deepEqual([...facts(first), ...facts(rest)], facts(forAnn));
  const eve = await world.person('eve');
  assert.equal(await status(world.ask(eve.headers, 'GET', `/nodes/${below}/links`)), 404);
  await world.ask(ann.headers, 'DELETE', `/shares/${shareId}`);
  assert.deepEqual(
    (await seen(ann.headers)).items.map(({ label }) => label),
    ['later', 'asked for', 'everything'],
    'whose owner may no longer share it leads nowhere',
  );
});

test('only the owner and admins see or change a link', async () => {
  const file = await world.file(ann.headers, ann.root, 'own.txt', 'o');
  const { id } = await world.link(ann.headers, { roots: [file] });
  for (const [method, path, body] of [
    ['GET', `/links/${id}`, undefined],
    ['PATCH', `/links/${id}`, { label: 'x' }],
    ['DELETE', `/links/${id}`, undefined],
    ['POST', `/links/${id}/send`, {}],
    ['GET', `/links/${id}/statistics`, undefined],
  ] as const) {
    const answer = await world.ask(bob.headers, method, path, body);
    assert.ok([404, 501].includes(answer.status), `${method} ${path}: ${answer.status}`);
  }
  assert.deepEqual((await world.ask(bob.headers, 'POST', '/links/revoke', { ids: [id] })).json(), {
    revoked: 0,
  });
  assert.equal(await status(world.ask(bob.headers, 'GET', '/admin/links')), 403);
  const mine = (await world.ask(bob.headers, 'GET', '/links')).json() as {
    items: { owner: { id: string } }[];
  };
  assert.ok(mine.items.every(({ owner }) => owner.id !== ann.root));
  const all = (await world.ask(world.node.headers, 'GET', '/admin/links')).json() as {
    items: { id: string }[];
  };
  assert.ok(all.items.some((link) => link.id === id));
  const revoked = await world.ask(world.node.headers, 'POST', '/links/revoke', { ids: [id] });
  assert.deepEqual(revoked.json(), { revoked: 1 });
});
