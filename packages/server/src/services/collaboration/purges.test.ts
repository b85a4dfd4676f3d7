/** What was shared, shown or linked and is gone for good leaves nothing behind. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { namesOf } from '../access/api.ts';
import { deleteLink } from '../sharing/queries.ts';
import { deleteShare } from './queries.ts';
import { openWorld, runsOf, type World } from './testing.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld(2);
});
afterEach(() => world.close());

const manager = async (login: string) => ({ roleId: await world.role(login), role: 'manager' as const });

async function share(from: string, nodeId: string, to: string) {
  return world.nodes[0].collaboration.share(await world.as(from), nodeId, await manager(to));
}

async function purge(nodeId: string): Promise<void> {
  const { tree, journal } = world.nodes[0];
  await tree.trash(await world.as('ann'), nodeId);
  await journal.settled();
  await tree.purge(await world.as('ann'), nodeId);
  await journal.settled();
}

test('rows of shares, mounts and links go with what they were of; the trash keeps them', async () => {
  const { collaboration, sharing, workspaces, access, tree, journal } = world.nodes[0];
  const top = await world.folder('ann', 'top');
  const folder = await world.folder('ann', 'plans', top);
  const stays = await world.folder('ann', 'stays');
  for (const nodeId of [folder, stays]) {
    await share('ann', nodeId, 'bob');
    await sharing.create(await world.as('ann'), { roots: [nodeId] });
  }
  const members = [await manager('cat')];
  const input = { name: 'Cell', nodeIds: [folder, stays], members };
  const cell = await collaboration.createCell(await world.as('ann'), input);
  const left = async () => ({
    shares: (await collaboration.givenShares(await world.as('ann'), { limit: 10 })).items.map(
      (one) => one.nodeId,
    ),
    mounts: (await workspaces.mountsOf(null, cell.id)).map((mount) => mount.nodeId),
    links: (await sharing.list(await world.as('ann'), { limit: 10 }, false)).items.length,
    grants: (await access.grantsAt([folder])).length,
  });
  await tree.trash(await world.as('ann'), folder);
  await journal.settled();
  assert.deepEqual(await left(), { shares: [stays, folder], mounts: [folder, stays], links: 2, grants: 2 });
  await tree.restore(await world.as('ann'), folder);
  await purge(top);
  assert.deepEqual(await left(), { shares: [stays], mounts: [stays], links: 1, grants: 0 });
});

test('what was moved out before, and passed on by a share of what is purged, goes along', async () => {
  const { collaboration, tree } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const inner = await world.folder('ann', 'inner', folder);
  await share('ann', folder, 'bob');
  await share('bob', inner, 'cat');
  await tree.move(await world.as('ann'), inner, { parentId: await world.home('ann') });
  await purge(folder);
  assert.deepEqual((await collaboration.sharesOf(await world.as('ann'), inner)).items, []);
  const [located] = await tree.locateMany(await world.as('cat'), [inner]);
  assert.deepEqual(namesOf(located?.permissions ?? 0), []);
});

test('what was moved out before, and passed on by a Cell that showed what is purged, goes along', async () => {
  const { collaboration, tree } = world.nodes[0];
  const folder = await world.folder('ann', 'plans');
  const inner = await world.folder('ann', 'inner', folder);
  const stays = await world.folder('ann', 'stays');
  const members = [await manager('bob')];
  await collaboration.createCell(await world.as('ann'), { name: 'Cell', nodeIds: [folder, stays], members });
  await share('bob', inner, 'cat');
  await share('bob', stays, 'dan');
  await tree.move(await world.as('ann'), inner, { parentId: await world.home('ann') });
  await purge(folder);
  assert.deepEqual([await world.rights('cat', inner), await world.rights('bob', inner)], ['', '']);
  assert.equal(await world.rights('dan', stays), 'read write share manage', 'the Cell still shows it');
});

test('many that are purged at once end in several transactions', async () => {
  const { collaboration, sharing } = world.nodes[0];
  const owner = await world.as('ann');
  const top = await world.folder('ann', 'top');
  const receiver = await manager('bob');
  for (let n = 0; n < 130; n++) {
    const folder = await world.folder('ann', `folder ${n}`, top);
    await collaboration.share(owner, folder, receiver);
    await sharing.create(owner, { roots: [folder] });
  }
  const counted = [runsOf(world.sql, deleteShare), runsOf(world.sql, deleteLink)];
  await purge(top);
  const left = await collaboration.givenShares(owner, { limit: 10 });
  assert.deepEqual([left.items, (await sharing.list(owner, { limit: 10 }, false)).items], [[], []]);
  for (const runs of counted) assert.deepEqual(runs.toSorted(), [100, 30]);
});

test('the root of a workspace that is removed leaves no share behind', async () => {
  const { access, workspaces, collaboration, journal } = world.nodes[0];
  const root = await world.as('root');
  const { id, slug, rootId } = await workspaces.create(root, { slug: 'old', name: 'Old' });
  await collaboration.share(root, rootId, await manager('bob'));
  assert.equal((await access.grantsAt([rootId])).length, 1);
  await workspaces.delete(await world.as('root'), id, slug);
  await journal.settled();
  assert.equal((await access.grantsAt([rootId])).length, 0);
});
