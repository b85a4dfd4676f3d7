/**
 * The cases of the OpenID Foundation's basic profile (oidcc-basic-certification-test-plan) that need no outside service, by their names
 * there, and those of its logout profiles. What is not here: oidcc-server-* cases of the dynamic profile (registration is for administrators),
 * request objects (not offered: discovery says so) and cases about a person looking at a screen.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { Browser, discover, openProvider, redirectUri, signInAt, type Provider } from './testing.ts';

let provider: Provider;
let ann: Browser;
let app: { readonly id: string; readonly secret: string | null };
before(async () => {
  provider = await openProvider();
  await provider.person('ann');
  ann = new Browser(provider);
  await ann.signIn('ann');
  app = await provider.register();
});
after(() => provider.close());

const request = (fields: Record<string, string | undefined> = {}): string => {
  const all = {
    client_id: app.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    state: 's',
    ...fields,
  };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `/auth/authorize?${new URLSearchParams(given).toString()}`;
};
const through = (fields: Record<string, string | undefined> = {}, browser = ann) =>
  browser.authorize(new URL(request(fields), provider.issuer));
const token = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ann.form('/auth/token', { client_id: app.id, client_secret: app.secret ?? '', ...fields }, headers);
const redeem = async (back: URL) =>
  (
    await token({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
    })
  ).json() as Record<string, string>;
const idClaims = async (back: URL) => decodeJwt((await redeem(back))['id_token'] ?? '');

test('oidcc-server', async () => {
  const answer = await redeem(await through({ nonce: 'n1', scope: 'openid profile' }));
  assert.equal(answer['token_type'], 'Bearer');
  assert.ok(Number(answer['expires_in']) > 0);
  const claims = decodeJwt(answer['id_token'] ?? '');
  assert.deepEqual([claims.iss, claims.aud, claims['nonce']], [provider.issuer, app.id, 'n1']);
  assert.ok(decodeProtectedHeader(answer['id_token'] ?? '').kid);
  assert.ok((claims.exp ?? 0) > (claims.iat ?? 0));
});

test('oidcc-response-type-missing', async () => {
  const { at } = await ann.go(request({ response_type: undefined }));
  assert.deepEqual([at.searchParams.get('error'), at.searchParams.get('state')], ['invalid_request', 's']);
});

test('oidcc-idtoken-signature', async () => {
  const signIn = await signInAt(provider, ann, app);
  client.enableNonRepudiationChecks(signIn.config); // checks the signature with the published keys
  assert.ok((await signIn.redeem()).claims());
});

test('oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body', async () => {
  const tokens = await redeem(await through({ scope: 'openid profile', prompt: 'consent' }));
  const secret = tokens['access_token'] ?? '';
  const header = { authorization: `Bearer ${secret}` };
  const sub = decodeJwt(tokens['id_token'] ?? '').sub;
  for (const answer of [
    await ann.send('GET', '/auth/userinfo', undefined, header),
    await ann.send('POST', '/auth/userinfo', undefined, header),
    await ann.form('/auth/userinfo', { access_token: secret }),
  ]) {
    assert.equal(answer.status, 200);
    assert.equal(answer.json()['sub'], sub);
  }
  assert.equal(
    (await ann.send('GET', `/auth/userinfo?access_token=${secret}`)).status,
    400,
    'never in an address',
  );
});

test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
  assert.equal((await idClaims(await through()))['nonce'], undefined);
});

test('oidcc-scope-profile, oidcc-scope-email, oidcc-scope-address, oidcc-scope-phone, oidcc-scope-all', async () => {
  await provider.nodes[0]?.identity.updateUser(provider.admin, (await annUser())?.id ?? '', {
    email: 'ann@example.org',
  });
  const info = async (scope: string) => {
    const { access_token: secret } = await redeem(await through({ scope, prompt: 'consent' }));
    return (await ann.send('GET', '/auth/userinfo', undefined, { authorization: `Bearer ${secret}` })).json();
  };
  assert.deepEqual(Object.keys(await info('openid profile')).sort(), ['name', 'preferred_username', 'sub']);
  assert.deepEqual(Object.keys(await info('openid email')).sort(), ['email', 'email_verified', 'sub']);
  assert.deepEqual(
    Object.keys(await info('openid address phone')),
    ['sub'],
    'unknown scopes are passed over',
  );
  assert.equal((await info('openid profile email address phone'))['email'], 'ann@example.org');
});
const annUser = () => provider.nodes[0]?.identity.userByLogin('ann');

test('oidcc-ensure-other-scope-order-succeeds', async () => {
  assert.ok((await through({ scope: 'email openid', prompt: 'consent' })).searchParams.get('code'));
});

test('oidcc-display-page, oidcc-display-popup', async () => {
  for (const display of ['page', 'popup'])
    assert.ok((await through({ display })).searchParams.get('code'), display);
});

test('oidcc-prompt-login', async () => {
  const before = await idClaims(await through({ max_age: '10000' }));
  const { at } = await ann.go(request({ prompt: 'login' }));
  assert.equal(await ann.answer(at), 'reauthenticate');
  provider.cluster.clock.time += 3_000;
  await ann.signIn('ann');
  const next = await ann.answer(at);
  assert.ok(next instanceof URL);
  const after = await idClaims(await ann.authorize(next));
  assert.equal(after.sub, before.sub);
  assert.ok(Number(after.iat) - Number(after['auth_time']) <= 5);
});

test('oidcc-prompt-none-not-logged-in', async () => {
  const { at } = await new Browser(provider).go(request({ prompt: 'none' }));
  assert.deepEqual([at.searchParams.get('error'), at.searchParams.get('state')], ['login_required', 's']);
});

test('oidcc-prompt-none-logged-in', async () => {
  const first = await idClaims(await through());
  const { at } = await ann.go(request({ prompt: 'none' }));
  assert.equal((await idClaims(at)).sub, first.sub);
  const fresh = await provider.register();
  const asked = await ann.go(request({ prompt: 'none', client_id: fresh.id }));
  assert.equal(asked.at.searchParams.get('error'), 'consent_required');
});

test('oidcc-max-age-1', async () => {
  provider.cluster.clock.time += 5_000;
  const { at } = await ann.go(request({ max_age: '1' }));
  assert.equal(await ann.answer(at), 'reauthenticate');
  provider.cluster.clock.time += 1_000;
  await ann.signIn('ann');
  const next = await ann.answer(at);
  assert.ok(next instanceof URL);
  assert.equal(typeof (await idClaims(await ann.authorize(next)))['auth_time'], 'number');
});

test('oidcc-max-age-10000', async () => {
  const first = await idClaims(await through({ max_age: '15000' }));
  const second = await idClaims(await through({ max_age: '10000' }));
  assert.ok(Math.abs(Number(first['auth_time']) - Number(second['auth_time'])) <= 1);
});

test('oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
  assert.ok((await through({ extra: 'foobar' })).searchParams.get('code'));
});

test('oidcc-id-token-hint', async () => {
  const hint = (await redeem(await through()))['id_token'] ?? '';
  const { at } = await ann.go(request({ prompt: 'none', id_token_hint: hint }));
  assert.equal((await idClaims(at)).sub, decodeJwt(hint).sub);
});

test('oidcc-login-hint, oidcc-ui-locales, oidcc-claims-locales', async () => {
  for (const fields of [{ login_hint: 'ann' }, { ui_locales: 'se' }, { claims_locales: 'se' }])
    assert.ok((await through(fields)).searchParams.get('code'), JSON.stringify(fields));
});

test('oidcc-ensure-request-with-acr-values-succeeds', async () => {
  assert.ok((await through({ acr_values: '1 2' })).searchParams.get('code'));
});

test('oidcc-codereuse, oidcc-codereuse-30seconds', async () => {
  const back = await through();
  assert.ok((await redeem(back))['access_token']);
  assert.equal((await redeem(back))['error'], 'invalid_grant');
});

test('oidcc-ensure-registered-redirect-uri, oidcc-redirect-uri-query-mismatch', async () => {
  for (const uri of ['https://app.example/other', `${redirectUri}?foo=bar`]) {
    const { at, status } = await ann.go(request({ redirect_uri: uri }));
    assert.deepEqual([at.origin, status], [provider.issuer, 400]);
  }
});

test('oidcc-ensure-post-request-succeeds (not offered: answered, never with a code)', async () => {
  const answer = await ann.form('/auth/authorize', { client_id: app.id });
  assert.ok(answer.status >= 400 && answer.status < 500);
});

test('oidcc-server-client-secret-post, client_secret_basic', async () => {
  const basic = `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`;
  const back = await through();
  const answer = await ann.form(
    '/auth/token',
    {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
    },
    { authorization: basic },
  );
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers['cache-control']), /no-store/);
});

test('oidcc-request-uri-unsigned, oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
  const object = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"scope":"openid"}').toString('base64url')}.`;
  const one = await ann.go(request({ request: object }));
  assert.equal(one.at.searchParams.get('error'), 'request_not_supported');
  const two = await ann.go(request({ request_uri: 'https://app.example/request' }));
  assert.equal(two.at.searchParams.get('error'), 'request_uri_not_supported');
});

test('oidcc-claims-essential', async () => {
  const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
  const { access_token: secret } = await redeem(await through({ claims, prompt: 'consent' }));
  const info = await ann.send('GET', '/auth/userinfo', undefined, { authorization: `Bearer ${secret}` });
  assert.equal(info.json()['name'], 'The ann');
});

test('oidcc-refresh-token, oidcc-refresh-token-rp-key-rotation', async () => {
  const first = await redeem(await through({ scope: 'openid offline_access', prompt: 'consent' }));
  const second = (
    await token({ grant_type: 'refresh_token', refresh_token: first['refresh_token'] ?? '' })
  ).json();
  assert.notEqual(second['access_token'], first['access_token']);
  const [a, b] = [first, second].map((each) => decodeJwt(String(each['id_token'])));
  assert.deepEqual([a?.iss, a?.sub, a?.aud], [b?.iss, b?.sub, b?.aud]);
  assert.deepEqual([b?.['nonce'], b?.['auth_time']], [a?.['nonce'], a?.['auth_time']]);
  const other = await provider.register();
  const stolen = await ann.form('/auth/token', {
    grant_type: 'refresh_token',
    refresh_token: String(second['refresh_token']),
    client_id: other.id,
    client_secret: other.secret ?? '',
  });
  assert.equal(stolen.json()['error'], 'invalid_grant');
});

test('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
  assert.ok((await (await signInAt(provider, ann, app)).redeem()).access_token);
});

test('oidcc-rp-initiated-logout, -bad-post-logout-redirect-uri, -modified-id-token-hint, -no-params', async () => {
  const hint = (await redeem(await through()))['id_token'] ?? '';
  const out = (fields: Record<string, string>) =>
    ann.go(`/auth/logout?${new URLSearchParams(fields).toString()}`);
  assert.equal(
    (await out({ id_token_hint: hint, post_logout_redirect_uri: 'https://app.example/bye' })).status,
    200,
  );
  assert.equal(
    (await out({ id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' })).status,
    400,
  );
  assert.equal((await out({ id_token_hint: `${hint.slice(0, -6)}AAAAAA` })).status, 400);
  assert.equal((await out({})).status, 200);
  assert.equal((await ann.rest('GET', '/session')).status, 200, 'nothing ended without a person’s yes');
});

test('oidcc-discovery-endpoint-verification, oauth-authorization-server', async () => {
  const config = await discover(provider, app);
  const metadata = config.serverMetadata();
  assert.equal(metadata.issuer, provider.issuer);
  const told = Object.entries(metadata).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name));
  assert.ok(told.length >= 8);
  for (const [name, url] of told) {
    assert.ok(String(url).startsWith(`${provider.issuer}/`), name);
    const target = String(url).slice(provider.issuer.length);
    const answers = [await ann.send('GET', target), await ann.send('POST', target)];
    assert.ok(
      answers.some(({ status }) => status !== 404 && status !== 405),
      `${name} leads nowhere`,
    );
  }
  assert.equal(metadata['backchannel_logout_supported'], true);
  const other = await ann.send('GET', '/.well-known/oauth-authorization-server');
  assert.deepEqual(other.json()['token_endpoint'], metadata.token_endpoint);
});
