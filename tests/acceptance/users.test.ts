import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logIn } from './browser-session.ts';
import {
  asUser,
  makeUser,
  none,
  refused,
  startServer,
  upload,
  userPassword,
  workspaceOf,
} from './harness.ts';

const server = await startServer();
const administrator = server.client();

test('makes, finds, changes and removes users', async () => {
  const made = await administrator.call('createUser', {
    body: {
      login: 'zoe',
      password: userPassword,
      displayName: 'Zoë Ärlig',
      email: 'zoe@example.org',
      quota: 1000,
    },
  });
  assert.deepEqual([made.login, made.displayName, made.admin, made.quota], ['zoe', 'Zoë Ärlig', false, 1000]);
  await refused('conflict', makeUser(server, 'ZOE'));
  for (const q of ['zoe', 'arlig', 'ZOE@EXAMPLE'])
    assert.deepEqual(
      (await administrator.call('listUsers', { query: { q } })).items.map((user) => user.login),
      ['zoe'],
      q,
    );
  const changed = await administrator.call('updateUser', {
    params: { id: made.id },
    body: { displayName: 'Z', quota: null },
  });
  assert.deepEqual([changed.displayName, changed.quota], ['Z', null]);
  assert.equal((await administrator.call('getUser', { params: { id: made.id } })).displayName, 'Z');
  await administrator.call('deleteUser', { params: { id: made.id } });
  await refused('not_found', administrator.call('getUser', { params: { id: made.id } }));
  await refused('unauthenticated', server.client(asUser('zoe')).call('listWorkspaces'));
});

test('pages through users by cursor', async () => {
  for (let i = 0; i < 7; i++) await makeUser(server, `page${i}`);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { q: 'page', limit: 3, ...(cursor === undefined ? {} : { cursor }) };
    const page = await administrator.call('listUsers', { query });
    assert.ok(page.items.length <= 3);
    seen.push(...page.items.map((user) => user.login));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(
    seen,
    [0, 1, 2, 3, 4, 5, 6].map((i) => `page${i}`),
  );
  await refused('invalid_input', administrator.call('listUsers', { query: { cursor: 'nonsense' } }));
});

test('disabling takes effect at once in REST and WebDAV, for passwords, sessions and tokens', async () => {
  const user = await makeUser(server, 'dora');
  const { client } = await logIn(server.url, 'dora');
  const { secret } = await client.call('createToken', { body: { kind: 'access_token', label: 't' } });
  const bearer = { kind: 'bearer', secret } as const;
  const dav = async (auth: Parameters<typeof server.client>[0]): Promise<number> =>
    (await server.fetch('PROPFIND', '/dav/common/', { as: auth ?? bearer, headers: { depth: '0' } })).status;
  assert.deepEqual([await dav(asUser('dora')), await dav(bearer)], [207, 207]);
  await administrator.call('updateUser', { params: { id: user.id }, body: { disabled: true } });
  assert.deepEqual([await dav(asUser('dora')), await dav(bearer)], [401, 401]);
  await refused('unauthenticated', client.call('listWorkspaces'));
  await refused('unauthenticated', server.client(bearer).call('listWorkspaces'));
  await administrator.call('updateUser', { params: { id: user.id }, body: { disabled: false } });
  assert.equal(await dav(asUser('dora')), 207);
  assert.equal(await dav(bearer), 401, 'what was voided stays void');
});

test('the last administrator cannot be removed, disabled or demoted', async () => {
  const { items } = await administrator.call('listUsers', { query: { q: 'admin' } });
  const params = { id: items[0]?.id ?? '' };
  await refused('conflict', administrator.call('deleteUser', { params }));
  await refused('conflict', administrator.call('updateUser', { params, body: { disabled: true } }));
  await refused('conflict', administrator.call('updateUser', { params, body: { admin: false } }));
  const second = await makeUser(server, 'second', { admin: true });
  await server.client(asUser('second')).call('updateUser', { params, body: { admin: false } });
  await refused('forbidden', administrator.call('listUsers'));
  await server.client(asUser('second')).call('updateUser', { params, body: { admin: true } });
  await administrator.call('deleteUser', { params: { id: second.id } });
});

test('who is no administrator sees and changes no users', async () => {
  const user = await makeUser(server, 'plain');
  const plain = server.client(asUser('plain'));
  await refused('forbidden', plain.call('listUsers'));
  await refused('forbidden', plain.call('createUser', { body: { login: 'x', password: userPassword } }));
  await refused('forbidden', plain.call('updateUser', { params: { id: user.id }, body: { admin: true } }));
  await refused('forbidden', plain.call('createGroup', { body: { name: 'mine' } }));
});

test('groups form a tree; one that is in use stays', async () => {
  const everyone = (await administrator.call('listGroups')).items.find((group) => group.parentId === null);
  assert.ok(everyone);
  const sales = await administrator.call('createGroup', { body: { name: 'Sales' } });
  assert.equal(sales.parentId, everyone.id, 'without a parent it lies below the root group');
  const north = await administrator.call('createGroup', { body: { name: 'North', parentId: sales.id } });
  await refused('not_found', administrator.call('createGroup', { body: { name: 'Lost', parentId: none } }));
  await refused('conflict', administrator.call('deleteGroup', { params: { id: sales.id } }));
  await refused('conflict', administrator.call('deleteGroup', { params: { id: everyone.id } }));
  const user = await makeUser(server, 'salesman', { groupId: north.id });
  assert.equal(user.groupId, north.id);
  await refused('conflict', administrator.call('deleteGroup', { params: { id: north.id } }));
  await administrator.call('updateUser', { params: { id: user.id }, body: { groupId: null } });
  await administrator.call('deleteGroup', { params: { id: north.id } });
  await administrator.call('deleteGroup', { params: { id: sales.id } });
  assert.deepEqual(
    (await administrator.call('listGroups')).items.map((group) => group.id),
    [everyone.id],
  );
});

test('a removed user leaves the personal files to the administrators', async () => {
  const user = await makeUser(server, 'leaver');
  const leaver = server.client(asUser('leaver'));
  const file = await upload(leaver, (await workspaceOf(leaver, 'personal')).rootId, 'left.txt', 'behind');
  await refused('not_found', administrator.call('getNode', { params: { id: file.id } }));
  await administrator.call('deleteUser', { params: { id: user.id } });
  const found = await administrator.call('getNode', { params: { id: file.id } });
  assert.equal(found.name, 'left.txt');
  assert.match(found.path ?? '', /^\/archived-leaver-/);
});

test('weak or malformed input is refused with what is wrong', async () => {
  const refuse = (body: Parameters<typeof administrator.call<'createUser'>>[1]['body']) =>
    refused('invalid_input', administrator.call('createUser', { body }));
  await refuse({ login: 'a b', password: userPassword });
  await refuse({ login: '../x', password: userPassword });
  await refuse({ login: 'short', password: 'short' });
  await refuse({ login: 'samename', password: 'samename' });
  await refuse({ login: 'badmail', password: userPassword, email: 'nope' });
  await refuse({ login: 'badquota', password: userPassword, quota: -1 });
  await refused(
    'not_found',
    administrator.call('createUser', { body: { login: 'lost', password: userPassword, groupId: none } }),
  );
});
