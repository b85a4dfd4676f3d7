import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { Browser, openProvider, redirectUri, signInAt, type Provider } from './testing.ts';

let provider: Provider;
before(async () => {
  provider = await openProvider(2);
  await provider.person('ann');
});
after(() => provider.close());
beforeEach(() => provider.posted.splice(0));

const never = new AbortController().signal;
const send = (node = 0) => provider.nodes[node]?.oidc.sendLogouts(never);
const listening = { backchannelLogoutUri: 'https://app.example/logout' };

async function signedIn(input: Parameters<Provider['register']>[0] = listening) {
  const browser = new Browser(provider);
  await browser.signIn('ann');
  const app = await provider.register(input);
  const signIn = await signInAt(provider, browser, app);
  return { browser, app, signIn, tokens: await signIn.redeem() };
}

test('a client hears of the log-out by a token that it can check, once', async () => {
  const { browser, app, tokens } = await signedIn();
  await send();
  assert.equal(provider.posted.length, 0, 'nothing while the session stands');
  await browser.rest('DELETE', '/session');
  await send(1);
  await send(0);
  assert.equal(provider.posted.length, 1);
  const [post] = provider.posted;
  assert.equal(post?.url, listening.backchannelLogoutUri);
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/auth/keys`));
  const { payload } = await jwtVerify(post?.body.get('logout_token') ?? '', keys, {
    issuer: provider.issuer,
    audience: app.id,
    typ: 'logout+jwt',
    algorithms: ['RS256'],
    currentDate: new Date(provider.cluster.clock.time),
  });
  assert.equal(payload.sub, tokens.claims()?.sub);
  assert.equal(payload['sid'], tokens.claims()?.['sid']);
  assert.deepEqual(payload['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal(payload['nonce'], undefined);
});

test('so it does where an administrator disables the person, and where the session’s time is over', async () => {
  const id = await provider.person('dora');
  const browser = new Browser(provider);
  await browser.signIn('dora');
  await (await signInAt(provider, browser, await provider.register(listening))).redeem();
  await provider.nodes[0]?.identity.updateUser(provider.admin, id, { disabled: true });
  await send();
  assert.equal(provider.posted.length, 1);
  await signedIn();
  provider.cluster.clock.time += 13 * 3_600_000;
  await send();
  provider.cluster.clock.time -= 13 * 3_600_000;
  assert.equal(provider.posted.length, 2);
});

test('a client that does not answer is told again, with growing pauses, for a day', async () => {
  const { browser } = await signedIn();
  const { clock } = provider.cluster;
  const begun = clock.time;
  provider.postStatus = 503;
  await browser.rest('DELETE', '/session');
  assert.deepEqual(await send(), { sent: 0, failed: 1 });
  assert.deepEqual(await send(), { sent: 0, failed: 0 }, 'not at once');
  clock.time += 11_000;
  assert.deepEqual(await send(1), { sent: 0, failed: 1 });
  clock.time += 11_000;
  assert.deepEqual(await send(), { sent: 0, failed: 0 }, 'the pause has grown');
  provider.postStatus = 200;
  clock.time += 60_000;
  assert.deepEqual(await send(), { sent: 1, failed: 0 });
  provider.postStatus = 503;
  const second = await signedIn();
  await second.browser.rest('DELETE', '/session');
  await send();
  clock.time += 25 * 3_600_000;
  await send();
  clock.time += 25 * 3_600_000;
  assert.deepEqual(await send(), { sent: 0, failed: 0 }, 'given up');
  provider.postStatus = 200;
  clock.time = begun;
});

test('an app may ask for a log-out: the person confirms, our session ends, the browser goes on to the app', async () => {
  const { browser, signIn, tokens } = await signedIn();
  const url = client.buildEndSessionUrl(signIn.config, {
    post_logout_redirect_uri: 'https://app.example/bye',
    id_token_hint: tokens.id_token ?? '',
    state: 's1',
  });
  const asked = await browser.go(url);
  assert.equal(asked.status, 200);
  assert.equal((await browser.rest('GET', '/session')).status, 200, 'asking alone ends nothing');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
  assert.equal((await browser.form('/auth/logout/confirm', { xsrf: 'wrong', logout: 'yes' })).status, 400);
  assert.equal((await browser.rest('GET', '/session')).status, 200);
  const again = await browser.go(url);
  const good = /name="xsrf" value="([^"]+)"/.exec(again.text)?.[1] ?? xsrf;
  const done = await browser.form('/auth/logout/confirm', { xsrf: good, logout: 'yes' });
  assert.equal(done.headers.location, 'https://app.example/bye?state=s1');
  assert.equal((await browser.rest('GET', '/session')).status, 401);
  await send();
  assert.equal(provider.posted.length, 1);
});

test('pages of the protocol run no script of others and can be framed by nobody', async () => {
  const { browser } = await signedIn();
  const answer = await browser.send('GET', '/auth/logout');
  const policy = String(answer.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline'[^;]*;[^;]*script-src [^;]*unsafe/);
  const wrong = await browser.send(
    'GET',
    '/auth/authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E&redirect_uri=x',
    undefined,
    { accept: 'text/html' },
  );
  assert.equal(wrong.status, 400);
  assert.ok(!wrong.body.toString().includes('<script>alert'));
  assert.equal(redirectUri.startsWith('https:'), true);
});
