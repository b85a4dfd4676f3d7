import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SignInService } from '../../services/identity/api.ts';
import {
  anyId,
  cookie,
  fakeServices,
  json,
  lacking,
  people,
  send,
  signedIn,
  startTestServer,
  type TestServer,
} from './testing.ts';

const opened = {
  principal: people['user-session']!,
  secret: 'user-session',
  csrfToken: 'csrf-of-user-session',
  expiresAt: Date.UTC(2030, 0, 1),
};
const user = {
  id: anyId,
  login: 'ann',
  displayName: '',
  email: null,
  admin: false,
  disabled: false,
  lockedUntil: null,
  groupId: null,
  quota: null,
  createdAt: 0,
  lastLoginAt: null,
  kind: 'person' as const,
  locale: null,
  expiresAt: null,
  avatar: null,
  source: '',
  externalId: null,
  attributes: {},
};

let server: TestServer;
before(async () => {
  const signIn = lacking<SignInService>('signIn', { login: async () => opened, limitOf: async () => null });
  const identity = { signIn, user: async () => user, logout: async () => {} };
  server = await startTestServer(fakeServices({ identity }), {
    trustProxy: 'loopback',
    publicUrl: 'https://files.example',
  });
});
after(() => server.close());

const change = (headers: Record<string, string>) =>
  send(server.port, { method: 'DELETE', path: `/api/v1/nodes/${anyId}`, headers });
const read = (headers: Record<string, string>) =>
  send(server.port, { path: `/api/v1/nodes/${anyId}`, headers });
const admitted = 404;

test('a cookie alone reads, but changes nothing', async () => {
  assert.equal((await read(cookie('user-session'))).status, admitted);
  const refused = await change(cookie('user-session'));
  assert.deepEqual([refused.status, (refused.json()['details'] as { reason: string }).reason], [403, 'csrf']);
  assert.equal(
    (await change({ ...cookie('user-session'), 'x-csrf-token': 'csrf-of-admin-session' })).status,
    403,
  );
  assert.equal((await change(signedIn('user-session'))).status, admitted);
});

test('another site causes no change, even with the right token or a remembered password', async () => {
  const basic = { authorization: `Basic ${Buffer.from('ann:app-password').toString('base64')}` };
  for (const credentials of [signedIn('user-session'), basic]) {
    assert.equal((await change({ ...credentials, origin: 'https://evil.example' })).status, 403);
    assert.equal((await change({ ...credentials, origin: 'null' })).status, 403);
    assert.equal((await change({ ...credentials, 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal(
      (await change({ ...credentials, 'sec-fetch-site': 'same-site', origin: 'https://files.example' }))
        .status,
      403,
    );
    assert.equal((await change({ ...credentials, origin: 'https://files.example' })).status, admitted);
    assert.equal(
      (await change({ ...credentials, origin: `http://127.0.0.1:${server.port}` })).status,
      admitted,
    );
    assert.equal(
      (await change({ ...credentials, 'sec-fetch-site': 'same-origin', origin: 'https://rewritten.example' }))
        .status,
      admitted,
    );
  }
  assert.equal(
    (await change({ authorization: 'Bearer app-password', origin: 'https://evil.example' })).status,
    admitted,
    'no browser adds a bearer token by itself',
  );
});

test('login from another site is refused', async () => {
  const body = JSON.stringify({ login: 'ann', password: 'x' });
  const post = (headers: Record<string, string>) =>
    send(server.port, { method: 'POST', path: '/api/v1/session', headers: { ...json, ...headers } }, body);
  assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await post({})).status, 201);
});

test('the cookie is HttpOnly, SameSite and Secure behind TLS, and ends with the browser unless remembered', async () => {
  const login = async (remember: boolean, headers: Record<string, string> = {}) =>
    String(
      (
        await send(
          server.port,
          { method: 'POST', path: '/api/v1/session', headers: { ...json, ...headers } },
          JSON.stringify({ login: 'ann', password: 'x', remember }),
        )
      ).headers['set-cookie'],
    );
  const plain = 'volvox_session=user-session; Path=/; HttpOnly; SameSite=Lax';
  assert.equal(await login(false), `${plain}; Secure`); // the public address is https, whatever the proxy says or leaves out
  assert.equal(await login(false, { 'x-forwarded-proto': 'http' }), plain);
  assert.equal(
    await login(true, { 'x-forwarded-proto': 'https' }),
    'volvox_session=user-session; Path=/; HttpOnly; SameSite=Lax; Secure; Expires=Tue, 01 Jan 2030 00:00:00 GMT',
  );
  const out = await send(server.port, {
    method: 'DELETE',
    path: '/api/v1/session',
    headers: signedIn('user-session'),
  });
  assert.equal(out.status, 204);
  assert.match(String(out.headers['set-cookie']), /^volvox_session=; .*Expires=Thu, 01 Jan 1970/);
});

test('tells a session its CSRF token, a token none', async () => {
  const me = async (headers: Record<string, string>) =>
    (await send(server.port, { path: '/api/v1/session', headers })).json()['csrfToken'];
  assert.equal(await me(cookie('user-session')), 'csrf-of-user-session');
});

test('a browser is asked for a password only where somebody opened the address', async () => {
  const challenge = async (headers: Record<string, string>) =>
    (await read(headers)).headers['www-authenticate'];
  assert.match((await challenge({})) ?? '', /^Basic /);
  assert.match((await challenge({ 'sec-fetch-mode': 'navigate' })) ?? '', /^Basic /);
  for (const scripted of [
    { 'x-requested-with': 'volvox' },
    { 'sec-fetch-mode': 'cors' },
    cookie('expired'),
  ]) {
    assert.match((await challenge(scripted as Record<string, string>)) ?? '', /^Bearer /);
  }
});

test('malformed credentials are refused as such', async () => {
  for (const authorization of [
    'Basic',
    'Basic %%%',
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
    'Digest x',
    'Bearer ',
    'Bearer unknown',
  ]) {
    assert.equal((await read({ authorization })).status, 401, authorization);
  }
});
