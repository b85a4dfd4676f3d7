/** Signing in as a browser sees it, and every door with what is not yet a log-in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { routes, type Route } from '@volvox/api';
import { codeAt, SoftKey } from '../../services/identity/factors/testing.ts';
import { basic, startTestNode, type TestNode } from '../testing/node.ts';
import { anyId, json, send, type Answer } from './testing.ts';

const password = 'correct horse 2';

let world: TestNode;
before(async () => {
  world = await startTestNode();
});
after(() => world.close());

interface Browser {
  readonly cookie: string;
  readonly me: Record<string, unknown>;
}

const ask = (
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  send(
    world.port,
    {
      method,
      path: path.startsWith('/api') ? path : `/api/v1${path}`,
      headers: { ...(body === undefined ? {} : json), ...headers },
    },
    body === undefined ? undefined : JSON.stringify(body),
  );
const by = ({ cookie, me }: Browser) => ({ cookie, 'x-csrf-token': String(me['csrfToken']) });

function opened(answer: Answer): Browser {
  assert.equal(answer.status, 201, answer.body.toString());
  const cookies = [answer.headers['set-cookie'] ?? []].flat();
  const session = cookies.find((text) => text.startsWith('volvox_session=')) ?? '';
  return { cookie: session.split(';', 1)[0] ?? '', me: answer.json() };
}

const logIn = (login: string, headers?: Record<string, string>) =>
  ask('POST', '/session', { login, password }, headers);

async function withTotp(login: string): Promise<string> {
  await world.user(login);
  const browser = opened(await logIn(login));
  const offer = (await ask('POST', '/factors/totp', undefined, by(browser))).json();
  const secret = String(offer['secret']);
  const confirmed = await ask(
    'POST',
    '/factors/totp/confirm',
    { code: codeAt(secret, Date.now()) },
    by(browser),
  );
  assert.equal(confirmed.status, 200);
  return secret;
}

async function challengeOf(login: string): Promise<string> {
  const answer = await logIn(login);
  assert.equal(answer.status, 401);
  const problem = answer.json();
  assert.equal(problem['code'], 'second_factor_required');
  assert.equal(answer.headers['set-cookie'], undefined);
  return (problem['details'] as { challenge: string }).challenge;
}

test('a challenge opens none of the doors, in none of the places where a secret may stand', async () => {
  await withTotp('ann');
  const challenge = await challengeOf('ann');
  const carried: readonly Record<string, string>[] = [
    { cookie: `volvox_session=${challenge}` },
    { cookie: `volvox_session=${challenge}; volvox_own=${challenge}; volvox_device=${challenge}` },
    { authorization: `Bearer ${challenge}` },
    basic('ann', challenge),
    basic(challenge, challenge),
    basic(challenge, ''),
  ];
  const doors: readonly (readonly [string, string])[] = [
    ['GET', '/api/v1/session'],
    ['GET', '/api/v1/workspaces'],
    ['GET', '/api/v1/factors'],
    ['GET', '/api/v1/session/proof'],
    ['GET', '/api/v1/events'],
    ['POST', '/api/v1/factors/totp'],
    ['PROPFIND', '/dav/'],
    ['PUT', '/dav/personal/x.txt'],
    ['POST', '/api/v1/uploads'],
  ];
  for (const [method, path] of doors)
    for (const headers of carried) {
      const { status } = await send(world.port, { method, path, headers: { ...headers } });
      assert.ok(status === 401 || status === 404, `${method} ${path} ${JSON.stringify(headers)}: ${status}`);
    }
});

test('WebDAV refuses the password of an account with a second factor, in words; an app password goes on', async () => {
  await world.user('bob');
  const before = opened(await logIn('bob'));
  const made = await ask('POST', '/tokens', { kind: 'app_password', label: 'x' }, by(before));
  const app = String(made.json()['secret']);
  const offer = (await ask('POST', '/factors/totp', undefined, by(before))).json();
  const code = codeAt(String(offer['secret']), Date.now());
  await ask('POST', '/factors/totp/confirm', { code }, by(before));
  const list = (secret: string) =>
    send(world.port, { method: 'PROPFIND', path: '/dav/', headers: { ...basic('bob', secret), depth: '0' } });
  const refused = await list(password);
  assert.equal(refused.status, 401);
  assert.match(refused.body.toString(), /app password/);
  assert.equal((await list(app)).status, 207);
});

test('the second step opens a session of its own: what a browser brought along is not taken over', async () => {
  const secret = await withTotp('cat');
  const challenge = await challengeOf('cat');
  const planted = 'A'.repeat(43);
  const body = { challenge, method: 'totp', code: codeAt(secret, Date.now() + 30_000) };
  const elsewhere: readonly Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const foreign of elsewhere)
    assert.equal((await ask('POST', '/session/second', body, foreign)).status, 403);
  const browser = opened(await ask('POST', '/session/second', body, { cookie: `volvox_session=${planted}` }));
  assert.ok(!browser.cookie.includes(planted) && !browser.cookie.includes(challenge));
  assert.equal((await ask('GET', '/session', undefined, by(browser))).status, 200);
  const replayed = await ask('POST', '/session/second', body);
  assert.equal(replayed.status, 401);
  // Unknown fields and mixed methods are refused before anything is looked at.
  assert.equal((await ask('POST', '/session/second', { ...body, admin: true })).status, 400);
  const mixed = { challenge: await challengeOf('cat'), method: 'passkey', code: '000000' };
  assert.equal((await ask('POST', '/session/second', mixed)).status, 400);
});

test('a session that must first be completed is refused at every route but those of signing in', async () => {
  await world.user('dan');
  await world.client
    .call('setSetting', {
      params: { key: 'login.secondFactorRoles' },
      body: { value: ['everybody'] },
    })
    .catch(() => undefined);
  // The administrator's own password no longer suffices by then: what undoes it is a session with a second factor.
  const browser = opened(await logIn('dan'));
  assert.deepEqual([browser.me['limited'], browser.me['scopes']], ['enrol', []]);
  for (const route of Object.values(routes) as readonly Route[]) {
    if (['public', 'signin', 'link'].includes(route.permission)) continue;
    const path = route.path.replace(/:\w+/g, anyId);
    const { status } = await ask(route.method, path, route.body ? {} : undefined, by(browser));
    assert.equal(status, 403, `${route.method} ${route.path}`);
  }
  const others = { ...by(browser), depth: '0' };
  assert.equal((await send(world.port, { method: 'PROPFIND', path: '/dav/', headers: others })).status, 401);
  assert.equal((await ask('POST', '/api/v1/uploads', undefined, by(browser))).status, 403);
  const key = new SoftKey();
  const site = { origin: `http://localhost:${world.port}`, rpId: 'localhost' };
  const host = { host: `localhost:${world.port}` };
  const { options } = (
    await ask('POST', '/factors/passkeys/options', undefined, { ...by(browser), ...host })
  ).json() as { options: Parameters<SoftKey['create']>[0] };
  const attestation = key.create(options, site);
  const kept = await ask(
    'POST',
    '/factors/passkeys',
    { name: 'key', attestation },
    { ...by(browser), ...host },
  );
  assert.equal(kept.status, 201, kept.body.toString());
  assert.equal((await ask('GET', '/workspaces', undefined, by(browser))).status, 200);
  const again = (await ask('POST', '/session/passkey/options', undefined, host)).json() as {
    options: Parameters<SoftKey['get']>[0];
  };
  const assertion = key.get(again.options, site);
  assert.equal(opened(await ask('POST', '/session/passkey', { assertion }, host)).me['limited'], null);
});

test('unknown, wrong and disabled look alike at every public route', async () => {
  const answers = [
    await ask('POST', '/session', { login: 'nobody', password: 'x' }),
    await ask('POST', '/session', { login: 'dan', password: 'x' }),
  ].map(({ status, body }) => [status, { ...JSON.parse(body.toString()), requestId: '' }]);
  assert.deepEqual(answers[0], answers[1]);
  for (const user of ['nobody', 'dan', 'x@example.org']) {
    const { status, body } = await ask('POST', '/password-resets', { user });
    assert.deepEqual([status, body.toString()], [202, '']);
  }
  const bad = 'B'.repeat(43);
  assert.equal((await ask('POST', '/password-resets/finish', { token: bad, password })).status, 410);
  assert.equal((await ask('POST', '/session/second/options', { challenge: bad })).status, 401);
});
