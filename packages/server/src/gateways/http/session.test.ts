import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { admin, startTestNode, type TestNode } from '../testing/node.ts';
import { json, send } from './testing.ts';

let world: TestNode;
before(async () => {
  world = await startTestNode();
});
after(() => world.close());

interface Browser {
  readonly cookie: string;
  readonly csrf: string;
  readonly sessionId: string;
}

async function signIn(): Promise<Browser> {
  const body = JSON.stringify({ login: admin.login, password: admin.secret });
  const answer = await send(world.port, { method: 'POST', path: '/api/v1/session', headers: json }, body);
  assert.equal(answer.status, 201);
  const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
  const me = answer.json();
  return { cookie, csrf: String(me['csrfToken']), sessionId: String(me['sessionId']) };
}

const ask = (browser: Browser, method: string, path: string, csrf = browser.csrf, body?: object) =>
  send(
    world.port,
    {
      method,
      path: `/api/v1${path}`,
      headers: { cookie: browser.cookie, 'x-csrf-token': csrf, ...(body === undefined ? {} : json) },
    },
    body === undefined ? undefined : JSON.stringify(body),
  );

test('a session changes things with its own CSRF token only, until it is ended', async () => {
  const [one, two] = [await signIn(), await signIn()];
  const root = await world.root('common');
  const make = (browser: Browser, name: string, csrf?: string) =>
    ask(browser, 'POST', `/nodes/${root}/children`, csrf, { name });
  assert.equal((await make(one, 'a', two.csrf)).status, 403);
  assert.equal((await make(one, 'a')).status, 201);
  assert.equal((await ask(two, 'DELETE', `/sessions/${one.sessionId}`)).status, 204);
  assert.equal((await make(one, 'b')).status, 401);
  assert.equal((await make(two, 'b')).status, 201);
});

test('a stream of changes ends with its session', async () => {
  const browser = await signIn();
  const ended = new Promise<string>((resolve, reject) => {
    get(
      {
        port: world.port,
        host: '127.0.0.1',
        agent: false,
        path: '/api/v1/events',
        headers: { cookie: browser.cookie },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          if (text === '')
            void ask(browser, 'DELETE', '/session')
              .then(() => world.root('common'))
              .then((id) =>
                world.client.call('createFolder', { params: { id }, body: { name: 'after the end' } }),
              );
          text += piece;
        });
        response.on('end', () => resolve(text));
      },
    ).on('error', reject);
  });
  const text = await ended;
  assert.match(text, /event: ready/);
  assert.ok(!text.includes('after the end'));
});

test('a token does what its scopes say, and nothing from the moment it is revoked', async () => {
  const { token, secret } = await world.client.call('createToken', {
    body: { kind: 'access_token', label: 'reader', scopes: ['files:read'] },
  });
  const headers = { authorization: `Bearer ${secret}` };
  const root = await world.root('common');
  const read = () => send(world.port, { path: `/api/v1/nodes/${root}`, headers });
  assert.equal((await read()).status, 200);
  assert.deepEqual((await read()).json()['permissions'], ['read']);
  assert.equal(
    (await send(world.port, { method: 'DELETE', path: `/api/v1/nodes/${root}`, headers })).status,
    403,
  );
  await world.client.call('revokeToken', { params: { id: token.id } });
  assert.equal((await read()).status, 401);
});
