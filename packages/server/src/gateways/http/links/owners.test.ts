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
