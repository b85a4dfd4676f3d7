import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemContext, type Context } from '../../kernel/context.ts';
import type { NewUser } from './api.ts';
import {
  adminPassword,
  client,
  contextOf,
  openCluster,
  setUp,
  type TestCluster,
  type TestNode,
} from './testing.ts';
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

const create = (login: string, more: Partial<NewUser> = {}): ReturnType<TestNode['identity']['createUser']> =>
  node.identity.createUser(admin, { login, password: 'password-1', ...more });
async function enter(login: string, password = 'password-1'): Promise<Context> {
  return contextOf((await node.identity.login(login, password, client, false)).principal);
}

test('logins are compared without case', async () => {
  const user = await create('Ann.B@example.org');
  assert.equal(user.login, 'ann.b@example.org');
  await assert.rejects(create('ANN.B@EXAMPLE.ORG'), code('conflict'));
  assert.equal((await node.identity.userByLogin('aNN.b@Example.org'))?.id, user.id);
  assert.equal((await enter('ANN.b@example.ORG')).principal.userId, user.id);
});

test('odd logins are refused', async () => {
  for (const login of [
    '',
    '.a',
    '..',
    '-a',
    'a b',
    'a/b',
    'a\\b',
    'a\0',
    'é',
    'ａ',
    'a'.repeat(65),
    'a\n',
    '%',
    '\u212a',
  ]) {
    await assert.rejects(create(login), code('invalid_input'), login);
  }
});

test('weak passwords are refused wherever one is set', async () => {
  const user = await create('ann-maria');
  const ann = await enter('ann-maria');
  for (const password of [
    '',
    'short',
    'seven77',
    'ann-maria',
    'ANN-MARIA',
    'x'.repeat(1025),
    'vvx_app_something',
  ]) {
    await assert.rejects(
      node.identity.createUser(admin, { login: 'ann-maria', password }),
      code('invalid_input'),
    );
    await assert.rejects(node.identity.updateUser(admin, user.id, { password }), code('invalid_input'));
    await assert.rejects(node.identity.changePassword(ann, 'password-1', password), code('invalid_input'));
  }
});

test('only admins manage people', async () => {
  const victim = await create('victim');
  await create('ann');
  const ann = await enter('ann');
  const tries: (() => Promise<unknown>)[] = [
    () => node.identity.createUser(ann, { login: 'evil', password: 'password-1', admin: true }),
    () => node.identity.updateUser(ann, victim.id, { password: 'password-2' }),
    () => node.identity.updateUser(ann, ann.principal.userId ?? '', { admin: true }),
    () => node.identity.deleteUser(ann, victim.id),
    () => node.identity.users(ann, { limit: 10 }),
    () => node.identity.groups(ann),
    () => node.identity.createGroup(ann, 'g', null),
    () => node.identity.deleteGroup(ann, 'g'),
    () => node.workspaces.create(ann, { slug: 'evil', name: 'evil' }),
    () => node.workspaces.update(ann, 'x', { quota: null }),
  ];
  for (const each of tries) await assert.rejects(each(), code('forbidden'));
  assert.equal(await node.identity.userByLogin('evil'), null);
});

test('a profile takes its two fields and no other', async () => {
  const user = await create('ann', { quota: 5 });
  const ann = await enter('ann');
  const smuggled = {
    displayName: ' Ann \u0041\u030a ',
    email: 'ann@example.org',
    admin: true,
    disabled: true,
    quota: null,
    groupId: 'x',
    login: 'root',
    password: 'password-2',
    id: 'x',
    password_hash: 'x',
    role_id: 'x',
  };
  const changed = await node.identity.updateProfile(ann, smuggled);
  assert.deepEqual(changed, {
    ...user,
    displayName: 'Ann Å',
    email: 'ann@example.org',
    lastLoginAt: changed.lastLoginAt,
  });
  assert.equal((await enter('ann')).principal.admin, false);
  assert.deepEqual(await node.identity.updateProfile(ann, {}), { ...changed });
  await assert.rejects(node.identity.updateProfile(ann, { email: 'no address' }), code('invalid_input'));
  await assert.rejects(node.identity.updateProfile(ann, { displayName: 'a\nb' }), code('invalid_input'));
});

test('making and changing a user takes the named fields and no other', async () => {
  const odd = { id: 'chosen', roleId: 'r', role_id: 'r', password_hash: 'h', createdAt: 1, disabled: true };
  const user = await node.identity.createUser(admin, {
    login: 'ann',
    password: 'password-1',
    ...odd,
  } as NewUser);
  assert.notEqual(user.id, 'chosen');
  assert.deepEqual([user.disabled, user.createdAt], [false, cluster.clock.now()]);
  const changed = await node.identity.updateUser(admin, user.id, {
    ...odd,
    disabled: false,
    login: 'root2',
  } as object);
  assert.deepEqual(changed, user);
});

test('a partial change leaves the rest alone', async () => {
  const user = await create('ann', { displayName: 'Ann', email: 'a@b', quota: 7, admin: true });
  const changed = await node.identity.updateUser(admin, user.id, { quota: 8 });
  assert.deepEqual(changed, { ...user, quota: 8 });
  const entered = await enter('ann');
  assert.equal(entered.principal.admin, true);
});

test('the last active admin stays, whoever asks', async () => {
  const root = await node.identity.userByLogin('root');
  const id = root?.id ?? '';
  const tries: (() => Promise<unknown>)[] = [
    () => node.identity.updateUser(admin, id, { admin: false }),
    () => node.identity.updateUser(admin, id, { disabled: true }),
    () => node.identity.deleteUser(systemContext(), id),
  ];
  for (const each of tries) await assert.rejects(each(), code('conflict'));
  const second = await create('second', { admin: true });
  await node.identity.updateUser(admin, second.id, { disabled: true });
  for (const each of tries) await assert.rejects(each(), code('conflict'));
  await node.identity.updateUser(admin, second.id, { disabled: false });
  await node.identity.updateUser(admin, id, { admin: false });
  await assert.rejects(node.identity.deleteUser(systemContext(), second.id), code('conflict'));
});

test('two admins that remove one another at once, on two nodes, leave one', async () => {
  const second = await create('second', { admin: true });
  const other = await cluster.start();
  const root = admin.principal.userId ?? '';
  const seconds = contextOf((await other.identity.login('second', 'password-1', client, false)).principal);
  const results = await Promise.allSettled([
    node.identity.updateUser(admin, second.id, { disabled: true }),
    other.identity.updateUser(seconds, root, { disabled: true }),
  ]);
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
});

test('deleting leaves the files to the admins, and the login to somebody new', async () => {
  const user = await create('ann');
  const before = await node.workspaces.bySlug(await enter('ann'), 'personal');
  await node.identity.deleteUser(admin, user.id);
  await assert.rejects(node.identity.user(user.id), code('not_found'));
  const now = await enter('root', adminPassword);
  const archived = (await node.workspaces.list(now)).filter((workspace) => workspace.kind === 'shared');
  assert.deepEqual(
    archived.map((w) => [w.id, w.rootId, w.name, w.permissions.length]),
    [[before.id, before.rootId, 'ann (archived)', 4]],
  );
  assert.equal((await node.workspaces.bySlug(now, archived[0]?.slug ?? '')).ownerId, null);
  const again = await create('ann');
  assert.notEqual(again.id, user.id);
  const fresh = await node.workspaces.bySlug(await enter('ann'), 'personal');
  assert.notEqual(fresh.id, before.id);
  await node.identity.deleteUser(admin, again.id);
});

test('a user who goes takes role and rules along', async () => {
  const user = await create('ann');
  const { rootId } = await node.workspaces.bySlug(await enter('ann'), 'personal');
  assert.equal((await node.access.rulesOf(rootId)).length, 1);
  await node.identity.deleteUser(admin, user.id);
  const admins = await node.access.adminsRoleId();
  assert.deepEqual(
    (await node.access.rulesOf(rootId)).map((rule) => rule.roleId),
    [admins],
  );
});

test('quotas come from the setting, the input or later changes, and reach the workspace', async () => {
  cluster.settings['personal.defaultQuotaMiB'] = 2;
  const quotaOf = async (login: string): Promise<number | null> =>
    (await node.workspaces.bySlug(await enter(login), 'personal')).quota;
  await create('usual');
  await create('free', { quota: null });
  const small = await create('small', { quota: 10 });
  assert.deepEqual(
    [await quotaOf('usual'), await quotaOf('free'), await quotaOf('small')],
    [2 * 1024 * 1024, null, 10],
  );
  await node.identity.updateUser(admin, small.id, { quota: 20 });
  assert.equal(await quotaOf('small'), 20);
  await assert.rejects(create('odd', { quota: -1 }), code('invalid_input'));
  assert.equal(await node.identity.userByLogin('odd'), null);
});

test('pages by login and finds without case and accents', async () => {
  for (const login of ['cid', 'ann', 'bob', 'a_c']) await create(login, { displayName: `Zoë ${login}` });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await node.identity.users(admin, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items.map((user) => user.login));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ['a_c', 'ann', 'bob', 'cid', 'root']);
  const find = async (q: string): Promise<string[]> =>
    (await node.identity.users(admin, { q, limit: 10 })).items.map((user) => user.login);
  assert.deepEqual(await find('ZOE B'), ['bob']);
  assert.deepEqual(await find('a_c'), ['a_c']);
  assert.deepEqual(await find('%'), []);
  assert.deepEqual(await find("' or 1=1 --"), []);
  await assert.rejects(node.identity.users(admin, { cursor: '*', limit: 1 }), code('invalid_input'));
});

test('names of the known, one statement', async () => {
  const [ann, bob] = [await create('ann', { displayName: 'Ann' }), await create('bob')];
  let names = new Map() as ReadonlyMap<string, string>;
  const spent = await statementsOf(cluster.sql, async () => {
    names = await node.identity.names([ann.id, bob.id, ann.id, 'gone']);
  });
  assert.equal(spent, 1);
  assert.deepEqual([...names.values()].sort(), ['Ann', 'bob']);
});

test('groups: named once a level, removed when empty, the root stays', async () => {
  const group = await node.identity.createGroup(admin, ' Staff ', null);
  assert.equal(group.name, 'Staff');
  await assert.rejects(node.identity.createGroup(admin, 'Staff', null), code('conflict'));
  const inner = await node.identity.createGroup(admin, 'Staff', group.id);
  await assert.rejects(node.identity.createGroup(admin, 'x', 'none'), code('not_found'));
  await assert.rejects(node.identity.createGroup(admin, 'a\u0000b', null), code('invalid_input'));
  await assert.rejects(node.identity.deleteGroup(admin, group.id), code('conflict'));
  const user = await create('ann', { groupId: inner.id });
  await assert.rejects(node.identity.deleteGroup(admin, inner.id), code('conflict'));
  await node.identity.updateUser(admin, user.id, { groupId: null });
  await node.identity.deleteGroup(admin, inner.id);
  await node.identity.deleteGroup(admin, group.id);
  await assert.rejects(node.identity.deleteGroup(admin, group.id), code('not_found'));
  await assert.rejects(node.identity.deleteGroup(admin, group.parentId ?? ''), code('conflict'));
  await assert.rejects(create('bob', { groupId: group.id }), code('not_found'));
});

test('groups nest to a bound', async () => {
  let parent: string | null = null;
  const nest = async (): Promise<void> => {
    for (let i = 0; i < 30; i++) parent = (await node.identity.createGroup(admin, `g${i}`, parent)).id;
  };
  await assert.rejects(nest(), code('invalid_input'));
});

test('the system may do what admins do, from the command line', async () => {
  const user = await node.identity.createUser(systemContext(), { login: 'ann', password: 'password-1' });
  await node.identity.updateUser(systemContext(), user.id, { admin: true });
  await assert.rejects(node.identity.tokens(systemContext()), code('forbidden'));
  await assert.rejects(
    node.identity.changePassword(systemContext(), 'password-1', 'password-2'),
    code('forbidden'),
  );
});
