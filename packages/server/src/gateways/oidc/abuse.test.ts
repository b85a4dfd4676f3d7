import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeJwt, SignJWT } from 'jose';
import * as client from 'openid-client';
import { isAppError } from '../../kernel/errors.ts';
import {
  bearer as bearerAt,
  Browser,
  discover,
  openProvider,
  redirectUri,
  refused,
  signInAt,
  type Provider,
} from './testing.ts';

let provider: Provider;
let ann: Browser;
before(async () => {
  provider = await openProvider(2);
  await provider.person('ann');
  await provider.person('bob');
  ann = new Browser(provider);
  await ann.signIn('ann');
});
after(() => provider.close());

const bearer = (node: number, secret: string) => bearerAt(provider, node, secret);

/** Each call waits until so many were made. */
function meeting(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let here = 0;
  return () => {
    if (++here === count) all.resolve();
    return all.promise;
  };
}

test('a code that comes twice is refused and takes the tokens of the first time with it', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const tokens = await signIn.redeem();
  assert.equal(await bearer(1, tokens.access_token), 'ann');
  await assert.rejects(signIn.redeem(), refused('invalid_grant'));
  assert.deepEqual(
    [await bearer(0, tokens.access_token), await bearer(1, tokens.access_token)],
    [null, null],
  );
  await assert.rejects(
    client.refreshTokenGrant(signIn.config, tokens.refresh_token ?? ''),
    refused('invalid_grant'),
  );
});

test('of a code redeemed on two nodes at once at most one comes through', async () => {
  const app = await provider.register();
  const { back, verifier } = await signInAt(provider, ann, app);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
    client_id: app.id,
    client_secret: app.secret ?? '',
  });
  const answers = await Promise.all(
    [0, 1, 0, 1].map((node) =>
      fetch(`${provider.nodes[node]?.server.url}/auth/token`, { method: 'POST', body }),
    ),
  );
  const good = answers.filter((answer) => answer.status === 200);
  assert.ok(good.length <= 1, String(answers.map((answer) => answer.status)));
  for (const answer of good) {
    const { access_token: token } = (await answer.json()) as { access_token: string };
    assert.equal(await bearer(0, token), null, 'what was used twice opens nothing');
  }
});

test('a refresh token that two nodes take at the very same moment counts as reused: recorded, and worth nothing to either', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const tokens = await signIn.redeem();
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token ?? '',
    client_id: signIn.app.id,
    client_secret: signIn.app.secret ?? '',
  });
  const before = provider.recorded.length;
  const together = meeting(2);
  const records = provider.nodes.map(({ oidc }) => oidc.records);
  for (const each of records) {
    const consume = each.consume.bind(each);
    each.consume = async (...what) => {
      await together(); // both have found it unused
      return consume(...what);
    };
  }
  const answers = await Promise.all(
    provider.nodes.map(({ server }) => fetch(`${server.url}/auth/token`, { method: 'POST', body })),
  );
  for (const each of records) Reflect.deleteProperty(each, 'consume');
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
  const events = provider.recorded.slice(before).filter(({ kind }) => kind === 'token.reused');
  assert.deepEqual(
    events.map(({ details }) => details),
    [{ model: 'RefreshToken', clientId: signIn.app.id }],
  );
  const won = answers.find(({ status }) => status === 200);
  const next = (await won?.json()) as Record<'access_token' | 'refresh_token', string>;
  assert.equal(await bearer(0, next.access_token), null);
  await assert.rejects(client.refreshTokenGrant(signIn.config, next.refresh_token), refused('invalid_grant'));
  assert.equal(await bearer(1, tokens.access_token), null, 'nor is what was made before');
});

test('a code lives for a minute', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const { clock } = provider.cluster;
  clock.time += 61_000;
  await assert.rejects(signIn.redeem(), refused('invalid_grant'));
  clock.time -= 61_000;
});

test('a code needs its verifier, its redirect address and its client', async () => {
  const app = await provider.register();
  const other = await provider.register();
  const wrong = {
    'other verifier': { code_verifier: client.randomPKCECodeVerifier() },
    'no verifier': { code_verifier: '' },
    'other address': { redirect_uri: 'https://app.example/elsewhere' },
    'other client': { client_id: other.id, client_secret: other.secret ?? '' },
    'wrong secret': { client_secret: 'wrong' },
    'hash as the secret': { client_secret: (await provider.nodes[0]?.oidc.client(app.id))?.secretHash ?? '' },
  };
  for (const [name, fields] of Object.entries(wrong)) {
    const { back, verifier } = await signInAt(provider, ann, app);
    const answer = await ann.form('/auth/token', {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      client_id: app.id,
      client_secret: app.secret ?? '',
      ...fields,
    });
    assert.ok([400, 401].includes(answer.status), `${name}: ${answer.status}`);
  }
});

test('public clients get nothing without PKCE, nor with the plain method', async () => {
  const app = await provider.register({ confidential: false });
  const ask = (fields: Record<string, string>) =>
    ann.go(
      `/auth/authorize?${new URLSearchParams({ client_id: app.id, response_type: 'code', scope: 'openid', redirect_uri: redirectUri, ...fields }).toString()}`,
    );
  const without = await ask({});
  assert.equal(without.at.searchParams.get('error'), 'invalid_request');
  const plain = await ask({ code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' });
  assert.equal(plain.at.searchParams.get('error'), 'invalid_request');
});

test('redirect addresses are compared exactly, and nobody is sent to one that is not registered', async () => {
  const app = await provider.register();
  for (const uri of [
    'https://evil.example/callback',
    'https://app.example/callback/../steal',
    'https://app.example/callback?x=1',
    'https://app.example.evil.example/callback',
    'https://app.example@evil.example/callback',
    'http://app.example/callback',
    'javascript:alert(1)',
    '',
  ]) {
    const query = new URLSearchParams({
      client_id: app.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: uri,
    });
    const answer = await ann.go(`/auth/authorize?${query.toString()}`);
    assert.equal(answer.at.origin, provider.issuer, uri);
    assert.equal(answer.status, 400, uri);
  }
});

test('a log-out sends nobody to an address that is not registered', async () => {
  const app = await provider.register();
  const query = new URLSearchParams({ client_id: app.id, post_logout_redirect_uri: 'https://evil.example/' });
  const answer = await ann.go(`/auth/logout?${query.toString()}`);
  assert.deepEqual([answer.at.origin, answer.status], [provider.issuer, 400]);
});

test('addresses that others could read along at cannot be registered', async () => {
  for (const uri of [
    'http://app.example/',
    'ftp://app.example/',
    'https://a@app.example/',
    'https://app.example/#x',
    'https://*.example/',
    'myapp://callback',
  ])
    await assert.rejects(
      provider.register({ redirectUris: [uri] }),
      (error) => isAppError(error, 'invalid_input'),
      uri,
    );
  await provider.register({ redirectUris: ['http://127.0.0.1:7777/callback'] });
});

test('a refresh token that comes twice ends the grant on all nodes', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const first = await signIn.redeem();
  const second = await client.refreshTokenGrant(signIn.config, first.refresh_token ?? '');
  assert.equal(await bearer(1, second.access_token), 'ann');
  await assert.rejects(
    client.refreshTokenGrant(signIn.config, first.refresh_token ?? ''),
    refused('invalid_grant'),
  );
  assert.deepEqual(
    [await bearer(0, second.access_token), await bearer(1, second.access_token)],
    [null, null],
  );
  await assert.rejects(
    client.refreshTokenGrant(signIn.config, second.refresh_token ?? ''),
    refused('invalid_grant'),
  );
});

test('ID tokens are signed by published keys, and forged ones prove nothing', async () => {
  const signIn = await signInAt(provider, ann, await provider.register({ signing: 'ES256' }));
  const tokens = await signIn.redeem();
  const idToken = tokens.id_token ?? '';
  const payload = decodeJwt(idToken);
  const { keys } = (await (await fetch(`${provider.issuer}/auth/keys`)).json()) as {
    keys: Record<string, unknown>[];
  };
  assert.ok(keys.every((key) => key['d'] === undefined && key['k'] === undefined));
  assert.deepEqual(keys.map((key) => key['alg']).sort(), ['ES256', 'RS256']);
  const [header = '', body = ''] = idToken.split('.');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  const published = keys.find((key) => key['alg'] === 'ES256');
  const hmacHead = `${Buffer.from(JSON.stringify({ alg: 'HS256', kid: published?.['kid'] })).toString('base64url')}.${body}`;
  const hmac = `${hmacHead}.${createHmac('sha256', JSON.stringify(published)).update(hmacHead).digest('base64url')}`;
  const foreign = await new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', kid: String(published?.['kid']) })
    .sign(privateKey);
  const swapped = `${header}.${Buffer.from(JSON.stringify({ ...payload, sub: 'x' })).toString('base64url')}.${idToken.split('.')[2]}`;
  for (const forged of [unsigned, hmac, foreign, swapped]) {
    const query = new URLSearchParams({
      id_token_hint: forged,
      post_logout_redirect_uri: 'https://app.example/bye',
    });
    assert.equal((await ann.go(`/auth/logout?${query.toString()}`)).status, 400, forged.slice(0, 40));
    assert.equal(await bearer(0, forged), null);
  }
  assert.equal(await bearer(0, idToken), null, 'an ID token is no access token');
});

test('discovery offers neither none nor shared keys', async () => {
  const config = await discover(provider, await provider.register());
  const metadata = config.serverMetadata();
  assert.deepEqual([...(metadata.id_token_signing_alg_values_supported ?? [])].sort(), ['ES256', 'RS256']);
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(metadata.response_types_supported, ['code']);
  assert.equal(metadata['authorization_response_iss_parameter_supported'], true);
});

test('every answer names its issuer, so that a client which talks to several is not mixed up', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  assert.equal(signIn.back.searchParams.get('iss'), provider.issuer);
  const mixedUp = new URL(signIn.back);
  mixedUp.searchParams.set('iss', 'https://evil.example');
  await assert.rejects(
    client.authorizationCodeGrant(signIn.config, mixedUp, { pkceCodeVerifier: signIn.verifier }),
  );
});

test('a disabled person is out on both nodes at once, with access and refresh tokens', async () => {
  const carl = new Browser(provider);
  const id = await provider.person('carl');
  await carl.signIn('carl');
  const signIn = await signInAt(provider, carl, await provider.register());
  const tokens = await signIn.redeem();
  assert.deepEqual(
    [await bearer(0, tokens.access_token), await bearer(1, tokens.access_token)],
    ['carl', 'carl'],
  );
  await provider.nodes[0]?.identity.updateUser(provider.admin, id, { disabled: true });
  assert.deepEqual(
    [await bearer(1, tokens.access_token), await bearer(0, tokens.access_token)],
    [null, null],
  );
  await assert.rejects(
    client.refreshTokenGrant(signIn.config, tokens.refresh_token ?? ''),
    refused('invalid_grant'),
  );
  await assert.rejects(client.fetchUserInfo(signIn.config, tokens.access_token, id));
  const seen = await client.tokenIntrospection(signIn.config, tokens.access_token);
  assert.equal(seen.active, false);
});

test('without offline_access, tokens end with the session they were made in', async () => {
  const browser = new Browser(provider);
  await browser.signIn('bob');
  const signIn = await signInAt(provider, browser, await provider.register(), {
    scope: 'openid files:read',
  });
  const tokens = await signIn.redeem();
  assert.equal(tokens.refresh_token, undefined);
  assert.equal(await bearer(1, tokens.access_token), 'bob');
  assert.equal((await browser.rest('DELETE', '/session')).status, 204);
  assert.deepEqual(
    [await bearer(0, tokens.access_token), await bearer(1, tokens.access_token)],
    [null, null],
  );
  await assert.rejects(client.fetchUserInfo(signIn.config, tokens.access_token, client.skipSubjectCheck));
});
