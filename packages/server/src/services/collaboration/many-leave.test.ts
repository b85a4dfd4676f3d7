/** What many passed on by a role that they lose at once ends in batches, and the rest is not lost where a batch fails. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { until } from '../../testing/expectations.ts';
import { systemClock } from '../../kernel/clock.ts';
import { ALL, READ } from '../access/api.ts';
import type { CollaborationDeps } from './core.ts';
import { LostRoles } from './lost-roles.ts';
import { deleteMember, deleteShare, nextReview } from './queries.ts';
import { openWorld, runsOf, type World } from './testing.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const never = new AbortController().signal;

/** A group that may do everything at a place, with these people in it. @returns its role, the place, and folders there */
async function groupWith(logins: readonly string[], count: number) {
  const { identity, access, workspaces } = world.nodes[0];
  const root = await world.as('root');
  const { roleId, id } = await identity.createGroup(root, 'Planners', null);
  for (const login of logins) await identity.updateUser(root, await world.id(login), { groupId: id });
  const { rootId } = await workspaces.create(root, { slug: 'plans', name: 'Plans' });
  await access.changeRule(root, [rootId], { roleId, allow: ALL, deny: 0 });
  const [first = ''] = logins;
  const folders: string[] = [];
  for (let n = 0; n < count; n++) folders.push(await world.folder(first, `folder ${n}`, rootId));
  return { roleId, rootId, folders };
}

async function shareAll(from: string, folders: readonly string[], to: string): Promise<void> {
  const receiver = { roleId: await world.role(to), role: 'viewer' as const };
  for (const folder of folders)
    await world.nodes[0].collaboration.share(await world.as(from), folder, receiver);
}

async function seen(login: string, folders: readonly string[]): Promise<number> {
  return (await world.nodes[0].tree.locateMany(await world.as(login), folders)).length;
}

test('what one person passed on beyond a batch ends in the transactions after it, by the duty where those failed', async () => {
  const { identity, collaboration } = world.nodes[0];
  const { folders } = await groupWith(['bob'], 230);
  await shareAll('bob', folders, 'cat');
  const runs = runsOf(world.sql, deleteShare);
  const root = await world.as('root');
  const bob = await world.id('bob');
  const { reader } = world.sql;
  const get = reader.get.bind(reader);
  const gone: typeof get = (query, parameters) =>
    (query as unknown) === nextReview
      ? Promise.reject(new Error('the node is gone'))
      : get(query, parameters);
  Object.assign(reader, { get: gone });
  await identity.updateUser(root, bob, { groupId: null });
  assert.deepEqual([runs, await seen('cat', folders)], [[200], 30]);
  Object.assign(reader, { get });
  await collaboration.finishReviews(never);
  assert.deepEqual([runs, await seen('cat', folders)], [[200, 30], 0]);
  assert.equal(await collaboration.finishReviews(never), 0, 'nothing is left to do');
});

test('what is beyond a batch needs nobody to ask for it', async () => {
  const { identity } = world.nodes[0];
  const { folders } = await groupWith(['bob'], 205);
  await shareAll('bob', folders, 'cat');
  await identity.updateUser(await world.as('root'), await world.id('bob'), { groupId: null });
  await until(async () => (await seen('cat', folders)) === 0);
});

test('people are looked at some at a time; those who share with each other keep nothing alive', async () => {
  const logins = ['ann', 'bob', 'hal'];
  const { roleId, rootId, folders } = await groupWith(logins, 3);
  const manager = async (login: string) => ({ roleId: await world.role(login), role: 'manager' as const });
  const { collaboration, access } = world.nodes[0];
  for (const login of logins) {
    await shareAll(login, folders, `${login}-friend`);
    for (const other of logins.filter((one) => one !== login)) {
      const [folder = ''] = folders;
      await collaboration.share(await world.as(login), folder, await manager(other)).catch(() => undefined);
    }
  }
  // As if they were no more in it: a rule that is changed takes nothing away.
  await access.changeRule(await world.as('root'), [rootId], { roleId, allow: READ, deny: 0 });
  const losses = new LostRoles(
    // The edge: gateways are not told of all that identity does.
    {
      ...world.nodes[0],
      sql: world.sql,
      clock: systemClock,
      publicUrl: null,
    } as unknown as CollaborationDeps,
    { users: 1, shares: 2 },
  );
  const users = await Promise.all(['dan', ...logins].map((login) => world.id(login)));
  const runs = runsOf(world.sql, deleteShare);
  await world.sql.transaction(async (tx) => {
    await access.bumpEpoch(tx);
    await losses.lost(tx, { users, roles: [roleId], gone: [] }, null);
  });
  await losses.finish(never);
  await losses.stop();
  await collaboration.finishReviews(never);
  for (const login of logins) {
    assert.equal(await seen(`${login}-friend`, folders), 0, login);
    assert.equal(await world.rights(login, folders[0] ?? ''), 'read', login);
  }
  assert.ok(runs.length > 4, String(runs));
});

test('what was given to a group that is no more ends in batches: shares first, then its places in Cells', async () => {
  const { identity, collaboration } = world.nodes[0];
  const { id, roleId } = await identity.createGroup(await world.as('root'), 'Guests', null);
  const receiver = { roleId, role: 'viewer' as const };
  const ann = await world.as('ann');
  for (let n = 0; n < 210; n++)
    await collaboration.share(ann, await world.folder('ann', `folder ${n}`), receiver);
  const input = { name: 'Cell', nodeIds: [await world.folder('ann', 'shown')], members: [receiver] };
  const cell = await collaboration.createCell(ann, input);
  const runs = [runsOf(world.sql, deleteShare), runsOf(world.sql, deleteMember)];
  await identity.deleteGroup(await world.as('root'), id);
  await until(async () => (await collaboration.finishReviews(never)) === 0 && runs[1]?.length === 1);
  assert.deepEqual(runs, [[200, 10], [1]]);
  assert.deepEqual((await collaboration.givenShares(await world.as('ann'), { limit: 10 })).items, []);
  assert.deepEqual(
    [cell.members, (await collaboration.cell(await world.as('ann'), cell.id)).members],
    [1, 0],
  );
});

test('what was passed on by what a team had ends with the batch that it was passed on by', async () => {
  const { identity, collaboration } = world.nodes[0];
  const root = await world.as('root');
  const { id, roleId } = await identity.teams.create(root, { name: 'Crew' });
  await identity.teams.setMember(root, id, await world.id('bob'), {});
  const ann = await world.as('ann');
  const folders: string[] = [];
  for (let n = 0; n < 205; n++) {
    folders.push(await world.folder('ann', `folder ${n}`));
    await collaboration.share(ann, folders[n] ?? '', { roleId, role: 'manager' });
  }
  const ends = [folders[0] ?? '', folders[204] ?? ''];
  await shareAll('bob', ends, 'cat');
  assert.equal(await seen('cat', ends), 2);
  const runs = runsOf(world.sql, deleteShare);
  await identity.teams.delete(root, id);
  await until(async () => (await collaboration.finishReviews(never)) === 0);
  assert.deepEqual([runs.reduce((sum, each) => sum + each, 0), await seen('cat', ends)], [207, 0]);
  assert.ok(Math.max(...runs) <= 202, String(runs));
});
