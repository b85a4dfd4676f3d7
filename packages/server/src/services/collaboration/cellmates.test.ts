/** Whom guests find by the Cells that they are in. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { CellDetail } from '@volvox/api';
import { isAppError } from '../../kernel/errors.ts';
import { openWorld, type World } from './testing.ts';

const hour = 3_600_000;
const eve = 'eve@guests.example';
const everybody = ['ann', 'bob', 'cat', 'dan', 'fay', 'gus', 'root', 'gil', 'people', 'circle'];
let world: World;
beforeEach(async () => {
  world = await openWorld();
  for (const login of ['ann', 'bob', 'cat', 'dan', 'fay', 'gus']) await world.id(login);
  for (const name of ['eve', 'gil'])
    await world.nodes[0].identity.guests.invite(await world.as('root'), {
      email: `${name}@guests.example`,
      displayName: name,
    });
});
afterEach(() => world.close());

async function found(login = eve): Promise<string[]> {
  const { people } = world.nodes[0].identity;
  const context = await world.as(login);
  const pages = await Promise.all(everybody.map((q) => people.search(context, q, 20)));
  return pages.flat().map((each) => each.name);
}

async function makeCell(owner: string, roleIds: readonly string[]): Promise<CellDetail> {
  const members = roleIds.map((roleId) => ({ roleId, role: 'viewer' as const }));
  return world.nodes[0].collaboration.createCell(await world.as(owner), {
    name: 'Cell',
    members,
    nodeIds: [],
  });
}

const roles = (...logins: string[]): Promise<string[]> =>
  Promise.all(logins.map((login) => world.role(login)));

async function teamOf(owner: string, name: string, ...logins: string[]) {
  const { teams } = world.nodes[0].identity;
  const { id } = await teams.create(await world.as(owner), { name });
  for (const login of logins) await teams.setMember(await world.as(owner), id, await world.id(login), {});
  return { id, roleId: (await teams.details(await world.as(owner), id)).roleId };
}

test('a guest finds owner and members of the own Cells; nobody of others, and nobody of groups and teams in them', async () => {
  const { identity } = world.nodes[0];
  const asRoot = await world.as('root');
  const group = await identity.createGroup(asRoot, 'people', null);
  await identity.updateUser(asRoot, await world.id('dan'), { groupId: group.id });
  const circle = await teamOf('bob', 'circle', 'fay');
  await makeCell('gus', await roles('fay', 'dan'));
  assert.deepEqual(await found(), []);
  await makeCell('ann', [...(await roles(eve, 'cat', 'gil@guests.example')), group.roleId, circle.roleId]);
  assert.deepEqual(await found(), ['ann', 'cat', 'gil']);
  const [shown] = await identity.people.search(await world.as(eve), 'cat', 1);
  assert.equal(shown?.detail, 'cat', 'no mail address');
  assert.ok(!(await found('cat')).includes('gil'), 'who is no guest finds no guests by a Cell');
});

test('a guest who is in a Cell by a team finds its people as long as the membership holds', async () => {
  const { teams } = world.nodes[0].identity;
  const team = await teamOf('root', 'circle', eve);
  await makeCell('ann', [team.roleId, ...(await roles('cat'))]);
  assert.deepEqual(await found(), ['ann', 'cat', 'root', 'circle']);
  const expiresAt = Date.now() + hour;
  await teams.setMember(await world.as('root'), team.id, await world.id(eve), { expiresAt });
  assert.deepEqual(await found(), ['ann', 'cat', 'root', 'circle']);
  world.clock.ahead = hour + 1000;
  assert.deepEqual(await found(), []);
});

test('nobody is found by a Cell that the guest left, that ended or that is gone; nor who left it or is shut out', async () => {
  const { collaboration, identity } = world.nodes[0];
  const cell = await makeCell('ann', await roles(eve, 'bob', 'cat', 'dan'));
  const before = await world.as(eve);
  await collaboration.leaveCell(await world.as('bob'), cell.id);
  await identity.updateUser(await world.as('root'), await world.id('dan'), { disabled: true });
  assert.deepEqual(await found(), ['ann', 'cat']);
  await collaboration.leaveCell(await world.as(eve), cell.id);
  assert.deepEqual(await found(), []);
  assert.deepEqual(await identity.people.search(before, 'cat', 1), [], 'also as the guest was before');

  const [roleId = ''] = await roles(eve);
  const ending = await makeCell('ann', [roleId]);
  const endsAt = Date.now() + hour;
  await collaboration.updateCell(await world.as('ann'), ending.id, { endsAt });
  assert.deepEqual(await found(), ['ann']);
  world.clock.ahead = hour + 1000;
  assert.deepEqual(await found(), []);

  const gone = await makeCell('bob', [roleId]);
  assert.deepEqual(await found(), ['bob']);
  await collaboration.removeMember(await world.as('bob'), gone.id, roleId);
  assert.deepEqual(await found(), []);
  await collaboration.setMember(await world.as('bob'), gone.id, roleId, 'viewer');
  assert.deepEqual(await found(), ['bob']);
  await collaboration.deleteCell(await world.as('bob'), gone.id);
  assert.deepEqual(await found(), []);
});

test('a guest who manages a team adds whom a Cell shows, and nobody else by guessing ids', async () => {
  const { collaboration, identity } = world.nodes[0];
  const team = await teamOf('root', 'circle');
  await identity.teams.setMember(await world.as('root'), team.id, await world.id(eve), { manager: true });
  const add = async (login: string) =>
    identity.teams.setMember(await world.as(eve), team.id, await world.id(login), {});
  const unknown = (error: unknown): boolean => isAppError(error, 'not_found');
  const cell = await makeCell('ann', await roles(eve, 'cat', 'bob'));
  await assert.rejects(add('dan'), unknown);
  await add('cat');
  await collaboration.leaveCell(await world.as(eve), cell.id);
  await assert.rejects(add('bob'), unknown);
});
