import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';
import { code } from '../../testing/code.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
});
afterEach(() => cluster.close());

const secret = 'correct horse 1';
const create = (login: string, groupId: string | null = null): Promise<User> =>
  node.identity.createUser(admin, { login, password: secret, groupId });
const rolesOf = async (user: User): Promise<readonly string[]> =>
  (await node.identity.principalOf(user.id)).roles;

test('groups, teams, assigned roles by position, the own role: in this order', async () => {
  const { roles, teams } = node.identity;
  const staff = await node.identity.createGroup(admin, 'staff', null);
  const ann = await create('ann', staff.id);
  const weak = await roles.create(admin, { label: 'weak' });
  const strong = await roles.create(admin, { label: 'strong', autoGroupId: staff.parentId });
  const byAttribute = await roles.create(admin, {
    label: 'berlin',
    auto: { attribute: 'city', value: 'Berlin' },
  });
  await roles.assign(admin, weak.id, { subjectId: staff.id, kind: 'group', expiresAt: null });
  await node.identity.updateUser(admin, ann.id, { attributes: { city: 'Berlin', floor: '3' } });
  const session = await node.identity.login('ann', secret, client, false);
  const team = await teams.create(contextOf(session.principal), { name: 'crew' });
  const [root = '', group = '', ...rest] = await rolesOf(ann);
  assert.equal(group, staff.roleId);
  assert.notEqual(root, staff.roleId);
  assert.deepEqual(rest.slice(0, -1), [team.roleId, weak.id, strong.id, byAttribute.id]);
  await roles.order(admin, [byAttribute.id, strong.id, weak.id]);
  assert.deepEqual((await rolesOf(ann)).slice(3, -1), [byAttribute.id, strong.id, weak.id]);
  await assert.rejects(roles.order(admin, [weak.id]), code('conflict'));
  await assert.rejects(roles.order(admin, [weak.id, weak.id, strong.id]), code('conflict'));
});

test('a role by attribute goes with the attribute, one by group with the group', async () => {
  const { roles } = node.identity;
  const staff = await node.identity.createGroup(admin, 'staff', null);
  const inner = await node.identity.createGroup(admin, 'inner', staff.id);
  const [ann, bob] = [await create('ann', inner.id), await create('bob')];
  const role = await roles.create(admin, { label: 'r', autoGroupId: staff.id });
  assert.ok((await rolesOf(ann)).includes(role.id));
  assert.ok(!(await rolesOf(bob)).includes(role.id));
  await node.identity.updateUser(admin, ann.id, { groupId: null });
  assert.ok(!(await rolesOf(ann)).includes(role.id));
  await roles.update(admin, role.id, { autoGroupId: null, auto: { attribute: 'kind', value: 'x' } });
  await node.identity.updateUser(admin, bob.id, { attributes: { kind: 'X' } });
  assert.ok(!(await rolesOf(bob)).includes(role.id), 'compared with case');
  await node.identity.updateUser(admin, bob.id, { attributes: { kind: 'x' } });
  assert.ok((await rolesOf(bob)).includes(role.id));
  await node.identity.updateUser(admin, bob.id, { attributes: {} });
  assert.ok(!(await rolesOf(bob)).includes(role.id));
});

test('an assignment ends by the clock, in an open session too, and nothing has to run', async () => {
  const { roles } = node.identity;
  const ann = await create('ann');
  const role = await roles.create(admin, { label: 'r' });
  const end = cluster.clock.time + 60_000;
  await roles.assign(admin, role.id, { subjectId: ann.id, kind: 'user', expiresAt: end });
  const { secret: cookie } = await node.identity.login('ann', secret, client, false);
  const now = () => node.identity.authenticate({ kind: 'session', secret: cookie }, client);
  assert.ok((await now()).roles.includes(role.id));
  const epochReads = cluster.sql.dialect === 'sqlite' ? 0 : 1;
  assert.equal(await statementsOf(cluster.sql, now), epochReads, 'warm: the epoch');
  cluster.clock.time = end;
  assert.ok(!(await now()).roles.includes(role.id));
});

test('what a role was given by ends with it; names are unique', async () => {
  const { roles } = node.identity;
  const ann = await create('ann');
  const role = await roles.create(admin, { label: ' Editors ' });
  assert.equal(role.label, 'Editors');
  await assert.rejects(roles.create(admin, { label: 'Editors' }), code('conflict'));
  await roles.assign(admin, role.id, { subjectId: ann.id, kind: 'user', expiresAt: null });
  await roles.assign(admin, role.id, { subjectId: ann.id, kind: 'user', expiresAt: 1 });
  assert.deepEqual(await roles.assignments(admin, role.id), [
    { subjectId: ann.id, kind: 'user', name: 'ann', expiresAt: 1 },
  ]);
  const before = (await node.identity.principalOf(ann.id)).epoch;
  await roles.unassign(admin, role.id, ann.id);
  assert.ok((await node.identity.principalOf(ann.id)).epoch > before);
  const nobody = { subjectId: role.id, kind: 'user', expiresAt: null } as const;
  await assert.rejects(roles.assign(admin, role.id, nobody), code('not_found'));
  await roles.delete(admin, role.id);
  await assert.rejects(roles.assignments(admin, role.id), code('not_found'));
});

test('roles are for admins', async () => {
  const { roles } = node.identity;
  await create('ann');
  const ann = contextOf((await node.identity.login('ann', secret, client, false)).principal);
  const role = await roles.create(admin, { label: 'r' });
  const own = { subjectId: ann.principal.userId ?? '', kind: 'user', expiresAt: null } as const;
  for (const each of [
    () => roles.list(ann),
    () => roles.create(ann, { label: 'x' }),
    () => roles.update(ann, role.id, { label: 'x' }),
    () => roles.order(ann, [role.id]),
    () => roles.assign(ann, role.id, own),
    () => roles.unassign(ann, role.id, own.subjectId),
    () => roles.assignments(ann, role.id),
    () => roles.delete(ann, role.id),
    () => roles.ofUser(ann, own.subjectId),
  ])
    await assert.rejects(each(), code('forbidden'));
});
