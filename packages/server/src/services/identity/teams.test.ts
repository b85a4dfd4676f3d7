import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { User } from '@volvox/api';
import { systemContext, type Context } from '../../kernel/context.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';
import { code } from '../../testing/code.ts';

const secret = 'correct horse 1';
let cluster: TestCluster;
let node: TestNode;
let admin: Context;
let users: Record<'ann' | 'bob' | 'cid' | 'dora', User>;
let as: Record<'ann' | 'bob' | 'cid' | 'dora', Context>;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  const make = (login: string) => node.identity.createUser(admin, { login, password: secret });
  users = {
    ann: await make('ann'),
    bob: await make('bob'),
    cid: await make('cid'),
    dora: await make('dora'),
  };
  as = {
    ann: await enter('ann'),
    bob: await enter('bob'),
    cid: await enter('cid'),
    dora: await enter('dora'),
  };
});
afterEach(() => cluster.close());

async function enter(login: string): Promise<Context> {
  return contextOf((await node.identity.login(login, secret, client, false)).principal);
}

test('members have the role of the team and see it; others do not', async () => {
  const { teams } = node.identity;
  const team = await teams.create(as.ann, { name: ' Crew ', description: 'd' });
  assert.equal(team.name, 'Crew');
  await assert.rejects(teams.create(as.ann, { name: 'Crew' }), code('conflict'));
  await teams.create(as.bob, { name: 'Crew' });
  await teams.setMember(as.ann, team.id, users.bob.id, {});
  assert.ok((await node.identity.principalOf(users.bob.id)).roles.includes(team.roleId));
  assert.deepEqual(
    (await teams.list(as.bob)).map((each) => each.role),
    ['member', 'owner'].sort(),
  );
  assert.equal((await teams.details(as.bob, team.id)).members.length, 2);
  await assert.rejects(teams.details(as.cid, team.id), code('not_found'));
  await assert.rejects(teams.update(as.cid, team.id, { name: 'x' }), code('not_found'));
  await assert.rejects(teams.delete(as.cid, team.id), code('not_found'));
  await teams.removeMember(as.bob, team.id, users.bob.id);
  assert.ok(!(await node.identity.principalOf(users.bob.id)).roles.includes(team.roleId));
});

test('managers manage members, the owner managers; members only leave', async () => {
  const { teams } = node.identity;
  const { id } = await teams.create(as.ann, { name: 't' });
  await teams.setMember(as.ann, id, users.bob.id, { manager: true });
  await teams.setMember(as.bob, id, users.cid.id, {});
  for (const each of [
    () => teams.setMember(as.cid, id, users.dora.id, {}),
    () => teams.setMember(as.cid, id, users.cid.id, { manager: true }),
    () => teams.removeMember(as.cid, id, users.bob.id),
    () => teams.update(as.cid, id, { name: 'x' }),
    () => teams.setMember(as.bob, id, users.cid.id, { manager: true }),
    () => teams.setMember(as.bob, id, users.bob.id, { manager: false }),
    () => teams.update(as.bob, id, { ownerId: users.bob.id }),
    () => teams.delete(as.bob, id),
  ])
    await assert.rejects(each(), code('forbidden'));
  await assert.rejects(teams.removeMember(as.bob, id, users.ann.id), code('conflict'));
  await assert.rejects(teams.removeMember(as.ann, id, users.ann.id), code('conflict'));
  await assert.rejects(teams.update(as.ann, id, { ownerId: users.cid.id }), code('invalid_input'));
  await teams.update(as.ann, id, { ownerId: users.bob.id });
  await teams.removeMember(as.ann, id, users.ann.id);
  assert.deepEqual(await teams.list(as.ann), []);
});

test('a membership ends by the clock', async () => {
  const { teams } = node.identity;
  const team = await teams.create(as.ann, { name: 't' });
  const end = cluster.clock.time + 1000;
  await teams.setMember(as.ann, team.id, users.bob.id, { expiresAt: end });
  assert.equal((await teams.list(as.bob)).length, 1);
  cluster.clock.time = end;
  assert.equal((await teams.list(as.bob)).length, 0);
  assert.ok(!(await node.identity.principalOf(users.bob.id)).roles.includes(team.roleId));
});

test('removing its role removes what was shared with the team', async () => {
  const { teams } = node.identity;
  const team = await teams.create(as.ann, { name: 't' });
  const nodeId = crypto.randomUUID();
  await cluster.sql.transaction((tx) =>
    node.access.setRule(tx, { nodeId, roleId: team.roleId, allow: 1, deny: 0 }, null),
  );
  await teams.delete(as.ann, team.id);
  assert.deepEqual(await node.access.rulesOf(nodeId), []);
  assert.deepEqual(await teams.list(as.ann), []);
});

test('when the owner goes: to the successor, else to a manager, else nowhere', async () => {
  const { teams } = node.identity;
  const [one, two, three] = [
    await teams.create(as.ann, { name: 'one' }),
    await teams.create(as.bob, { name: 'two' }),
    await teams.create(as.bob, { name: 'three' }),
  ];
  await teams.create(as.dora, { name: 'one' });
  await teams.setMember(as.bob, two.id, users.cid.id, { manager: true });
  await teams.setMember(as.bob, three.id, users.cid.id, {});
  await node.identity.deleteUser(admin, users.ann.id, { handTo: users.dora.id });
  const handed = await teams.details(as.dora, one.id);
  assert.deepEqual([handed.role, handed.name], ['owner', 'one (2)']);
  await node.identity.deleteUser(admin, users.bob.id);
  assert.equal((await teams.details(as.cid, two.id)).role, 'owner');
  await assert.rejects(teams.details(as.cid, three.id), code('not_found'));
});

test('a hook that throws keeps the user', async () => {
  const seen: (string | null)[] = [];
  node.identity.onUserRemoved(async (tx, userId, successorId) => {
    assert.ok(tx);
    seen.push(userId, successorId);
    if (successorId === null) throw new Error('no');
  });
  await assert.rejects(node.identity.deleteUser(admin, users.ann.id));
  assert.equal((await node.identity.user(users.ann.id)).login, 'ann');
  await node.identity.deleteUser(admin, users.ann.id, { handTo: users.bob.id });
  assert.deepEqual(seen, [users.ann.id, null, users.ann.id, users.bob.id]);
});

test('only an active person receives', async () => {
  await node.identity.updateUser(admin, users.bob.id, { disabled: true });
  for (const handTo of [users.bob.id, users.ann.id, crypto.randomUUID()])
    await assert.rejects(node.identity.deleteUser(admin, users.ann.id, { handTo }), code('invalid_input'));
  assert.equal((await node.identity.user(users.ann.id)).disabled, false, 'nothing was begun');
});

test('the system sees every team and does what owners may, and makes teams for a person only', async () => {
  const { teams } = node.identity;
  const system = systemContext();
  const crew = await teams.create(as.ann, { name: 'Crew' });
  const made = await teams.create(system, { name: 'Deck', ownerId: users.bob.id });
  assert.deepEqual([made.owner.id, made.members.map((each) => each.id)], [users.bob.id, [users.bob.id]]);
  assert.deepEqual(
    (await teams.list(system)).map((each) => each.name),
    ['Crew', 'Deck'],
  );
  await teams.setMember(system, crew.id, users.cid.id, { manager: true });
  assert.ok((await node.identity.principalOf(users.cid.id)).roles.includes(crew.roleId));
  assert.equal((await teams.update(system, crew.id, { ownerId: users.cid.id })).owner.id, users.cid.id);
  await teams.removeMember(system, crew.id, users.ann.id);
  await teams.delete(system, made.id);
  assert.deepEqual(await teams.list(as.bob), []);
  await assert.rejects(teams.create(system, { name: 'Nobody' }), code('invalid_input'));
  await assert.rejects(teams.setMember(system, crew.id, crypto.randomUUID(), {}), code('not_found'));
  await assert.rejects(teams.create(as.ann, { name: 'Foisted', ownerId: users.bob.id }), code('forbidden'));
});

test('administrators, too, see and change only the teams that they are in', async () => {
  const { teams } = node.identity;
  const crew = await teams.create(as.ann, { name: 'Crew' });
  assert.deepEqual(await teams.list(admin), []);
  await assert.rejects(teams.details(admin, crew.id), code('not_found'));
  await assert.rejects(teams.delete(admin, crew.id), code('not_found'));
});
