import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { Browser, discover, openProvider, type Provider } from './testing.ts';

let provider: Provider;
let ann: Browser;
let config: client.Configuration;
before(async () => {
  provider = await openProvider(2);
  await provider.person('ann');
  ann = new Browser(provider);
  await ann.signIn('ann');
  config = await discover(provider, { id: 'volvox-cli', secret: null });
});
after(() => provider.close());

const scope = 'openid offline_access files:read files:write account';
const begin = () => client.initiateDeviceAuthorization(config, { scope });

const poll = (deviceCode: string, node = 0) =>
  fetch(`${provider.nodes[node]?.server.url}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: deviceCode,
      client_id: 'volvox-cli',
    }),
  });

async function errorOf(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { error?: unknown }).error;
}

test('a device is let in by its code, however it is typed; the code is good for one', async () => {
  const device = await begin();
  assert.equal(device.verification_uri, `${provider.issuer}/device`);
  assert.equal(await errorOf(await poll(device.device_code)), 'authorization_pending');
  const typed = device.user_code.toLowerCase().replace('-', ' ');
  const waiting = await ann.rest('POST', '/oidc/device', { userCode: typed });
  assert.equal(waiting.status, 200);
  assert.deepEqual(waiting.json()['scopes'], scope.split(' '));
  assert.equal(waiting.json()['address'], '127.0.0.1');
  assert.equal(
    (await ann.rest('POST', '/oidc/device/decision', { userCode: typed, allow: true })).status,
    204,
  );
  const tokens = (await (await poll(device.device_code, 1)).json()) as Record<string, string>;
  const principal = await provider.nodes[1]?.identity.authenticate(
    { kind: 'bearer', secret: tokens['access_token'] ?? '' },
    { address: '192.0.2.9', userAgent: 'cli' },
  );
  assert.deepEqual([principal?.login, principal?.scopes], ['ann', ['files:read', 'files:write', 'account']]);
  assert.ok(tokens['refresh_token']);
  assert.equal(await errorOf(await poll(device.device_code)), 'invalid_grant');
  assert.equal((await ann.rest('POST', '/oidc/device', { userCode: typed })).status, 404, 'used');
});

test('a device that is refused hears so', async () => {
  const device = await begin();
  const body = { userCode: device.user_code, allow: false };
  assert.equal((await ann.rest('POST', '/oidc/device/decision', body)).status, 204);
  assert.equal(await errorOf(await poll(device.device_code)), 'access_denied');
  assert.equal((await ann.rest('POST', '/oidc/device/decision', { ...body, allow: true })).status, 404);
});

test('of two decisions at once, on two nodes, one counts', async () => {
  const device = await begin();
  const other = new Browser(provider);
  await other.signIn('root', 'correct horse');
  other.node = 1;
  const body = { userCode: device.user_code, allow: true };
  const answers = await Promise.all([
    ann.rest('POST', '/oidc/device/decision', body),
    other.rest('POST', '/oidc/device/decision', body),
  ]);
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [204, 404]);
});

test('an expired code lets nobody in and says why', async () => {
  const device = await begin();
  const { clock } = provider.cluster;
  clock.time += 601_000;
  assert.equal((await ann.rest('POST', '/oidc/device', { userCode: device.user_code })).status, 404);
  assert.equal(await errorOf(await poll(device.device_code)), 'expired_token');
  clock.time -= 601_000;
});

test('codes cannot be guessed in a row, and only by somebody who is signed in', async () => {
  const device = await begin();
  assert.equal(
    (await new Browser(provider).rest('POST', '/oidc/device', { userCode: device.user_code })).status,
    401,
  );
  await provider.person('eve');
  const eve = new Browser(provider);
  await eve.signIn('eve');
  for (let guess = 0; guess < 20; guess++)
    assert.equal((await eve.rest('POST', '/oidc/device', { userCode: `BBBB-BBB${guess % 10}` })).status, 404);
  assert.equal((await eve.rest('POST', '/oidc/device', { userCode: device.user_code })).status, 429);
});
