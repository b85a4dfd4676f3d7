/** Who is told by mail, and who does not want to be. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { contextOf } from '../identity/testing.ts';
import { openWorld, type World } from './testing.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const visitor = { address: '192.0.2.7', userAgent: 'test' };

/** One of each kind of mail to bob. */
async function tellBob(round: number): Promise<void> {
  const { collaboration, sharing, tree } = world.nodes[0];
  const [ann, bob] = [await world.as('ann'), await world.as('bob')];
  const roleId = await world.role('bob');
  const folder = await world.folder('ann', `plans ${round}`);
  await collaboration.share(ann, folder, { roleId, role: 'viewer' });
  const cell = await collaboration.createCell(ann, { name: `Den ${round}`, members: [], nodeIds: [] });
  await collaboration.setMember(ann, cell.id, roleId, 'editor');
  const roots = [await world.folder('bob', `in ${round}`)];
  const { token } = await sharing.create(bob, { kind: 'request', roots, label: 'Papers' });
  const { principal } =
    (await sharing.verifier.verify(
      { kind: 'link', token, secret: '', by: 'cookie' },
      visitor,
      ann.principal.epoch,
    )) ?? {};
  assert.ok(principal);
  const [located] = await tree.locateMany(bob, roots);
  assert.ok(located);
  const key = sharing.visitorKey(principal, visitor);
  await sharing.uploaded(contextOf(principal), key, located.node, 'a.pdf');
  world.clock.ahead += 5 * 60_000;
  await sharing.notify();
}

const queued = async (): Promise<readonly string[]> =>
  (await world.nodes[0].mail.queue({ limit: 100 })).items
    .filter(({ to }) => to === 'bob@example.org')
    .map(({ template }) => template)
    .toSorted();

test('each mail goes to who wants it; what is not wanted is never queued', async () => {
  const { mail } = world.nodes[0];
  const bob = await world.as('bob');
  assert.deepEqual(await mail.wishes(bob), { shares: true, cells: true, uploads: true });
  await tellBob(1);
  assert.deepEqual(await queued(), ['link-upload', 'share', 'share']);
  assert.deepEqual(await mail.setWishes(bob, { shares: false }), {
    shares: false,
    cells: true,
    uploads: true,
  });
  await tellBob(2);
  assert.deepEqual(await queued(), ['link-upload', 'link-upload', 'share', 'share', 'share']);
  // Twice the same, and each of the others.
  await mail.setWishes(bob, { shares: false, cells: false, uploads: false });
  await tellBob(3);
  assert.equal((await queued()).length, 5);
  assert.deepEqual(await mail.wishes(await world.as('ann')), { shares: true, cells: true, uploads: true });
  await mail.setWishes(bob, { shares: true, cells: true, uploads: true });
  await tellBob(4);
  assert.equal((await queued()).length, 8);
});

test('whoever is in a Cell from its making is told, once', async () => {
  const { collaboration } = world.nodes[0];
  const ann = await world.as('ann');
  const roleId = await world.role('bob');
  const cell = await collaboration.createCell(ann, { name: 'Den', members: [{ roleId, role: 'viewer' }] });
  assert.deepEqual(await queued(), ['share']);
  await collaboration.setMember(ann, cell.id, roleId, 'editor');
  assert.deepEqual(await queued(), ['share']);
});

test('mails about the security of the account come whatever is wanted', async () => {
  const { mail, identity, settings } = world.nodes[0];
  const bob = await world.as('bob');
  await settings.set('mail.host', 'mail.invalid', { actor: null });
  await settings.set('mail.from', 'files@example.org', { actor: null });
  await mail.setWishes(bob, { shares: false, cells: false, uploads: false });
  await identity.changePassword(bob, 'correct horse battery', 'another horse battery');
  assert.deepEqual(await queued(), ['security-notice']);
});

test('wishes go with the user', async () => {
  const { mail, identity } = world.nodes[0];
  const bob = await world.as('bob');
  await mail.setWishes(bob, { shares: false });
  const root = contextOf(await identity.principalOf((await identity.userByLogin('root'))?.id ?? ''));
  await identity.deleteUser(root, bob.principal.userId ?? '');
  assert.deepEqual(await mail.wishes(bob), { shares: true, cells: true, uploads: true });
});
