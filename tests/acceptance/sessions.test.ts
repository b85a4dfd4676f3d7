import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@volvox/client';
import { logIn } from './browser-session.ts';
import { admin, asUser, makeUser, refused, startServer, userPassword } from './harness.ts';

const server = await startServer();
const session = { kind: 'session' } as const;

test('a log-in sets a cookie that scripts cannot read, and tells who is signed in', async () => {
  const { client, me, setCookie } = await logIn(server.url, admin.login);
  assert.match(setCookie, /;\s*HttpOnly/i);
  assert.match(setCookie, /;\s*SameSite=Lax/i);
  assert.doesNotMatch(setCookie, /Max-Age|Expires/i, 'without remember it ends with the browser');
  const again = await client.call('me');
  assert.deepEqual([again.user.login, again.sessionId], [admin.login, me.sessionId]);
  assert.match((await logIn(server.url, admin.login, { remember: true })).setCookie, /Max-Age=|Expires=/i);
});

test('wrong passwords and unknown logins are refused alike', async () => {
  const client = createClient({ baseUrl: server.url });
  const tried = async (login: string): Promise<unknown> =>
    client
      .call('login', { body: { login, password: 'wrong-password-1' } })
      .catch((error: Error) => error.message);
  await makeUser(server, 'karl');
  assert.equal(await tried('karl'), await tried('nobody'));
  await refused('unauthenticated', client.call('me'));
});

test('after too many wrong passwords even the right one must wait', async () => {
  await server.client().call('setSetting', { params: { key: 'login.maxFailures' }, body: { value: 3 } });
  await makeUser(server, 'lea');
  const client = createClient({ baseUrl: server.url });
  const attempt = (password: string) => client.call('login', { body: { login: 'lea', password } });
  for (let i = 0; i < 3; i++) await refused('unauthenticated', attempt('wrong-password-1'));
  const answer = await server.fetch('POST', '/api/v1/session', {
    as: session,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login: 'lea', password: userPassword }),
  });
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.equal((await server.fetch('PROPFIND', '/dav/common/', { as: asUser('lea') })).status, 429);
  const { items } = await server.client().call('listUsers', { query: { q: 'lea' } });
  const { id = '' } = items[0] ?? {};
  await server.client().call('updateUser', { params: { id }, body: { unlock: true } });
  await attempt(userPassword);
  await server.client().call('unsetSetting', { params: { key: 'login.maxFailures' } });
});

test('a change by cookie needs the CSRF token, and is refused from another site', async () => {
  const { me, cookie } = await logIn(server.url, admin.login);
  const change = (headers: Record<string, string>) =>
    server.fetch('PATCH', '/api/v1/me', {
      as: session,
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: '{"displayName":"Renamed"}',
    });
  const token = me.csrfToken ?? '';
  assert.equal((await change({})).status, 403);
  assert.equal((await change({ 'x-csrf-token': 'x'.repeat(token.length) })).status, 403);
  assert.equal((await change({ 'x-csrf-token': token, 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await change({ 'x-csrf-token': token, origin: 'http://evil.example' })).status, 403);
  assert.equal((await change({ 'x-csrf-token': token, origin: server.url })).status, 200);
  const foreign = await logIn(server.url, admin.login);
  assert.equal((await change({ 'x-csrf-token': foreign.me.csrfToken ?? '' })).status, 403);
});

test('a cookie opens nothing in WebDAV, and a foreign page cannot log anybody in', async () => {
  const { cookie } = await logIn(server.url, admin.login);
  const dav = await server.fetch('PROPFIND', '/dav/common/', {
    as: session,
    headers: { cookie, depth: '0' },
  });
  assert.equal(dav.status, 401);
  const login = await server.fetch('POST', '/api/v1/session', {
    as: session,
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
    body: JSON.stringify(admin),
  });
  assert.equal(login.status, 403);
});

test('logging out and revoking end a session at once', async () => {
  await makeUser(server, 'mia');
  const [laptop, phone, tablet] = [
    await logIn(server.url, 'mia'),
    await logIn(server.url, 'mia'),
    await logIn(server.url, 'mia'),
  ];
  const { items } = await laptop.client.call('listSessions');
  assert.equal(items.length, 3);
  assert.deepEqual(
    items.filter((s) => s.current).map((s) => s.id),
    [laptop.me.sessionId],
  );
  await laptop.client.call('revokeSession', { params: { id: phone.me.sessionId ?? '' } });
  await refused('unauthenticated', phone.client.call('me'));
  await refused(
    'not_found',
    laptop.client.call('revokeSession', { params: { id: phone.me.sessionId ?? '' } }),
  );
  await tablet.client.call('logout');
  await refused('unauthenticated', tablet.client.call('listWorkspaces'));
  assert.equal((await laptop.client.call('listSessions')).items.length, 1);
  const other = await logIn(server.url, admin.login);
  await refused(
    'not_found',
    other.client.call('revokeSession', { params: { id: laptop.me.sessionId ?? '' } }),
  );
});

test('changing the own password ends the other sessions; profile changes are checked', async () => {
  await makeUser(server, 'nina');
  const [one, two] = [await logIn(server.url, 'nina'), await logIn(server.url, 'nina')];
  const next = 'a-much-better-one-3';
  await refused('forbidden', one.client.call('changePassword', { body: { current: 'wrong-one-1', next } }));
  await one.client.call('changePassword', { body: { current: userPassword, next } });
  await refused('unauthenticated', two.client.call('me'));
  assert.equal((await one.client.call('me')).user.login, 'nina');
  await refused('unauthenticated', server.client(asUser('nina')).call('listWorkspaces'));
  await server.client(asUser('nina', next)).call('listWorkspaces');
  const named = await one.client.call('updateMe', {
    body: { displayName: 'Nina N.', email: 'nina@example.org' },
  });
  assert.deepEqual([named.displayName, named.email], ['Nina N.', 'nina@example.org']);
  await refused('invalid_input', one.client.call('updateMe', { body: { email: 'no address' } }));
});

test('people say which mails they want, for themselves', async () => {
  await makeUser(server, 'nora');
  const { client: nora } = await logIn(server.url, 'nora');
  const { client: other } = await logIn(server.url, (await makeUser(server, 'nils')).login);
  const all = { shares: true, cells: true, uploads: true };
  assert.deepEqual(await nora.call('mailWishes'), all);
  assert.deepEqual(await nora.call('setMailWishes', { body: { cells: false } }), { ...all, cells: false });
  assert.deepEqual(await nora.call('mailWishes'), { ...all, cells: false });
  assert.deepEqual(await other.call('mailWishes'), all);
  const security = { security: false } as object;
  await refused('invalid_input', nora.call('setMailWishes', { body: security }));
  assert.deepEqual(await nora.call('setMailWishes', { body: { cells: true } }), all);
});
