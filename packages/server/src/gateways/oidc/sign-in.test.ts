import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { Browser, discover, openProvider, redirectUri, type Provider } from './testing.ts';

let provider: Provider;
before(async () => {
  provider = await openProvider(2);
  await provider.person('ann');
});
after(() => provider.close());

const scope = 'openid profile email groups offline_access files:read';

test('signs a person in at another app by discovery, code and PKCE; the tokens open our API as far as was allowed', async () => {
  const app = await provider.register();
  const config = await discover(provider, app);
  const browser = new Browser(provider);
  await browser.signIn('ann');
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = await browser.authorize(url);
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
  const claims = tokens.claims();
  const ann = await provider.nodes[0]?.identity.userByLogin('ann');
  assert.equal(claims?.sub, ann?.id);
  const info = await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
  assert.equal(info.preferred_username, 'ann');
  assert.equal(info.name, 'The ann');
  assert.deepEqual(info['groups'], []);
  for (const node of provider.nodes) {
    const principal = await node.identity.authenticate(
      { kind: 'bearer', secret: tokens.access_token },
      { address: '192.0.2.9', userAgent: 'test' },
    );
    assert.deepEqual([principal.login, principal.via, principal.scopes], ['ann', 'oidc', ['files:read']]);
  }
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
});

test('an app that nobody registered is unknown, whatever signs its id has', async () => {
  for (const id of ['unknown', 'clé', '0'.repeat(24), `${'0'.repeat(24)} `, '0\0']) {
    assert.equal(await provider.nodes[0]?.oidc.client(id), null, JSON.stringify(id));
    const query = new URLSearchParams({ client_id: id, response_type: 'code', scope: 'openid' });
    const { status } = await fetch(`${provider.issuer}/auth/authorize?${query.toString()}`);
    assert.equal(status, 400, JSON.stringify(id));
  }
});
