import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Group, User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { NewUser } from './api.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';
import { code } from '../../testing/code.ts';

const secret = 'correct horse 1';
let cluster: TestCluster;
let node: TestNode;
let admin: Context;
/** Manages `staff`, below which `inner` hangs; `other` is beside it. */
let boss: Context;
let staff: Group;
let inner: Group;
let other: Group;
let worker: User;
let stranger: User;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  const { identity } = node;
  staff = await identity.createGroup(admin, 'staff', null);
  inner = await identity.createGroup(admin, 'inner', staff.id);
  other = await identity.createGroup(admin, 'other', null);
  const user = await create(admin, { login: 'boss', groupId: staff.id });
  worker = await create(admin, { login: 'worker', groupId: inner.id });
  stranger = await create(admin, { login: 'stranger', groupId: other.id });
  await identity.setGroupManager(admin, staff.id, user.id, true);
  boss = contextOf((await identity.login('boss', secret, client, false)).principal);
});
afterEach(() => cluster.close());

const create = (by: Context, user: Partial<NewUser> & { login: string }): Promise<User> =>
  node.identity.createUser(by, { password: secret, ...user });

test('a delegate sees and changes users in and below the group, and nobody else', async () => {
  const { identity } = node;
  const page = await identity.users(boss, { limit: 10 });
  assert.deepEqual(
    page.items.map((user) => user.login),
    ['boss', 'worker'],
  );
  assert.equal((await identity.users(boss, { q: 'stranger', limit: 10 })).items.length, 0);
  await assert.rejects(identity.users(boss, { groupId: other.id, limit: 10 }), code('not_found'));
  assert.deepEqual(
    (await identity.groups(boss)).map((group) => group.name),
    ['inner', 'staff'],
  );
  const made = await create(boss, { login: 'new', groupId: inner.id, displayName: 'New' });
  assert.equal(made.groupId, inner.id);
  await identity.updateUser(boss, worker.id, { displayName: 'W', disabled: true, groupId: staff.id });
  assert.equal((await identity.user(worker.id)).disabled, true);
  await identity.updateUser(boss, worker.id, { disabled: false, password: 'another horse 2' });
  await identity.login('worker', 'another horse 2', client, false);
  for (const each of [
    () => identity.updateUser(boss, stranger.id, { displayName: 'x' }),
    () => identity.managedUser(boss, stranger.id),
    () => identity.roles.ofUser(boss, stranger.id),
    () => create(boss, { login: 'x', groupId: other.id }),
    () => create(boss, { login: 'x', groupId: null }),
    () => create(boss, { login: 'x' }),
    () => identity.updateUser(boss, worker.id, { groupId: other.id }),
    () => identity.updateUser(boss, worker.id, { groupId: null }),
  ])
    await assert.rejects(each(), code('not_found'));
  await assert.rejects(identity.deleteUser(boss, worker.id), code('forbidden'));
});

test('what only admins set is refused, on making and on changing', async () => {
  const protectedFields: Partial<NewUser>[] = [
    { admin: true },
    { admin: false },
    { quota: null },
    { attributes: { role: 'x' } },
    { source: 'ldap' },
    { externalId: 'x' },
  ];
  for (const fields of protectedFields) {
    const name = Object.keys(fields).join();
    await assert.rejects(create(boss, { login: 'x', groupId: staff.id, ...fields }), code('forbidden'), name);
    await assert.rejects(node.identity.updateUser(boss, worker.id, fields), code('forbidden'), name);
  }
  assert.equal(await node.identity.userByLogin('x'), null);
  const smuggled = { displayName: 'W', kind: 'guest', role_id: 'x', invitedBy: 'x', login: 'root' };
  await node.identity.updateUser(boss, worker.id, smuggled);
  const user = await node.identity.user(worker.id);
  assert.deepEqual([user.kind, user.login, user.displayName], ['person', 'worker', 'W']);
});

test('a delegate takes over nobody who has more', async () => {
  const { identity } = node;
  const role = await identity.roles.create(admin, { label: 'secret' });
  await identity.roles.assign(admin, role.id, { subjectId: worker.id, kind: 'user', expiresAt: null });
  await assert.rejects(identity.updateUser(boss, worker.id, { password: 'x'.repeat(12) }), code('forbidden'));
  await assert.rejects(identity.updateUser(boss, worker.id, { email: 'a@b.example' }), code('forbidden'));
  await identity.updateUser(boss, worker.id, { displayName: 'fine' });
  await identity.roles.unassign(admin, role.id, worker.id);
  await identity.setGroupManager(admin, other.id, worker.id, true);
  await assert.rejects(identity.updateUser(boss, worker.id, { password: 'x'.repeat(12) }), code('forbidden'));
  await identity.setGroupManager(admin, other.id, worker.id, false);
  await identity.updateUser(admin, worker.id, { admin: true });
  await assert.rejects(identity.updateUser(boss, worker.id, { disabled: true }), code('forbidden'));
});

test('nobody is put where roles come from that the delegate lacks', async () => {
  const { identity } = node;
  const role = await identity.roles.create(admin, { label: 'secret', autoGroupId: inner.id });
  const own = boss.principal.userId ?? '';
  await assert.rejects(identity.updateUser(boss, own, { groupId: inner.id }), code('forbidden'));
  await assert.rejects(create(boss, { login: 'x', groupId: inner.id }), code('forbidden'));
  const side = await identity.createGroup(boss, 'side', staff.id);
  await assert.rejects(identity.updateGroup(boss, side.id, { parentId: inner.id }), code('forbidden'));
  await identity.roles.assign(admin, role.id, { subjectId: own, kind: 'user', expiresAt: null });
  boss = contextOf((await identity.login('boss', secret, client, false)).principal);
  await identity.updateUser(boss, own, { groupId: inner.id });
});

test('groups: below the own one they are made, renamed, moved and removed, never the own one', async () => {
  const { identity } = node;
  const made = await identity.createGroup(boss, 'made', inner.id);
  await identity.updateGroup(boss, made.id, { name: 'renamed', parentId: staff.id });
  await identity.deleteGroup(boss, made.id);
  for (const each of [
    () => identity.updateGroup(boss, staff.id, { name: 'x' }),
    () => identity.deleteGroup(boss, staff.id),
    () => identity.createGroup(boss, 'x', other.id),
    () => identity.createGroup(boss, 'x', null),
    () => identity.updateGroup(boss, inner.id, { parentId: other.id }),
    () => identity.updateGroup(boss, inner.id, { parentId: null }),
    () => identity.groupManagers(boss, other.id),
  ])
    await assert.rejects(each(), code('not_found'));
  await assert.rejects(identity.setGroupManager(boss, inner.id, worker.id, true), code('forbidden'));
});

test('management ends at once, also when the group moves away', async () => {
  const { identity } = node;
  await identity.updateGroup(admin, inner.id, { parentId: other.id });
  await assert.rejects(identity.updateUser(boss, worker.id, { displayName: 'x' }), code('not_found'));
  await identity.setGroupManager(admin, staff.id, boss.principal.userId ?? '', false);
  await assert.rejects(identity.users(boss, { limit: 1 }), code('forbidden'));
});

test('a group moves with all below it, never below itself, and no deeper than allowed', async () => {
  const { identity } = node;
  await assert.rejects(identity.updateGroup(admin, staff.id, { parentId: inner.id }), code('conflict'));
  await assert.rejects(identity.updateGroup(admin, staff.id, { parentId: staff.id }), code('conflict'));
  await identity.createGroup(admin, 'staff', other.id);
  await assert.rejects(identity.updateGroup(admin, staff.id, { parentId: other.id }), code('conflict'));
  await assert.rejects(identity.updateGroup(admin, staff.parentId ?? '', { name: 'x' }), code('conflict'));
  const before = (await identity.principalOf(worker.id)).roles;
  await identity.updateGroup(admin, staff.id, { parentId: other.id, name: 'moved' });
  const after = (await identity.principalOf(worker.id)).roles;
  assert.deepEqual(after, [before[0], other.roleId, ...before.slice(1)]);
  let deep = other;
  for (let i = 0; i < 18; i++) deep = await identity.createGroup(admin, `g${i}`, deep.id);
  await assert.rejects(identity.updateGroup(admin, staff.id, { parentId: deep.id }), code('invalid_input'));
});
