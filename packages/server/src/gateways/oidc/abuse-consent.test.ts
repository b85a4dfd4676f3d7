/** What apps may get, and who may give it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { isAppError } from '../../kernel/errors.ts';
import { adminPassword, contextOf } from '../../services/identity/testing.ts';
import {
  anybody as from,
  appInput,
  bearer as bearerAt,
  Browser,
  discover,
  openProvider,
  redirectUri,
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

test('consent can be given neither by another site, nor by a token, nor by somebody else', async () => {
  const config = await discover(provider, await provider.register());
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid account',
    prompt: 'consent',
  });
  const { at } = await ann.go(url);
  const uid = at.pathname.split('/')[2] ?? '';
  const path = `/api/v1/oidc/interactions/${uid}/decision`;
  const body = '{"allow":true}';
  const json = { 'content-type': 'application/json' };
  assert.equal((await ann.send('POST', path, body, json)).status, 403, 'without the CSRF token');
  const cross = { ...json, 'x-csrf-token': ann.csrf, 'sec-fetch-site': 'cross-site' };
  assert.equal((await ann.send('POST', path, body, cross)).status, 403, 'from another site');
  const signIn = await signInAt(provider, ann, await provider.register());
  const { access_token: token } = await signIn.redeem();
  const byToken = await new Browser(provider).send('POST', path, body, {
    ...json,
    authorization: `Bearer ${token}`,
  });
  assert.equal(byToken.status, 403, 'by a token with the scope account');
  const bob = new Browser(provider);
  await bob.signIn('bob');
  assert.equal((await bob.rest('POST', `/oidc/interactions/${uid}/decision`, { allow: true })).status, 404);
  assert.equal((await ann.rest('POST', `/oidc/interactions/${uid}/decision`, { allow: true })).status, 200);
});

test('nobody gets a session by finishing somebody else’s request', async () => {
  const config = await discover(provider, await provider.register());
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    prompt: 'consent',
  });
  const attacker = new Browser(provider);
  await attacker.signIn('bob');
  const { at } = await attacker.go(url);
  const next = await attacker.answer(at);
  assert.ok(next instanceof URL);
  const victim = await ann.go(next); // the address alone, without the attacker's cookies
  assert.equal(victim.at.origin, provider.issuer);
  assert.equal(victim.status, 400);
});

test('what one browser has begun and another one’s person continued gives the first one nothing', async () => {
  const { dumpRecords } = await import('../../services/oidc/testing.ts');
  const annUser = await provider.nodes[0]?.identity.userByLogin('ann');
  for (const firstParty of [true, false]) {
    const config = await discover(provider, await provider.register({ firstParty }));
    const url = client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid profile' });
    for (const login of [null, 'bob']) {
      const attacker = new Browser(provider);
      const { at } = await attacker.go(url); // signed in nowhere
      assert.match(at.pathname, /^\/consent\//);
      const next = await ann.answer(at);
      assert.ok(next instanceof URL);
      if (login !== null) await attacker.signIn(login);
      const resumed = await attacker.go(next);
      assert.deepEqual([resumed.at.origin, resumed.status], [provider.issuer, 400]);
      assert.equal(resumed.at.searchParams.get('code'), null);
      const again = await attacker.go(url);
      assert.equal(again.at.searchParams.get('code') !== null, login !== null && firstParty);
      assert.match(login === null ? again.at.pathname : '/consent/', /^\/consent\//);
    }
  }
  const left = (await dumpRecords(provider.cluster.sql)).filter((row) => row.model === 'Session');
  const loose = left.filter((row) => row.user_id !== null && row.session_id === null);
  assert.deepEqual(loose, [], 'no session of the provider without one of ours');
  const mine = new Set(left.filter((row) => row.user_id === annUser?.id).map((row) => row.session_id));
  assert.ok(mine.size <= 1, 'ann’s are of her own browser');
});

test('the browser that was asked goes on, also where its person signs in on the way', async () => {
  const fresh = new Browser(provider);
  for (const firstParty of [true, false]) {
    const config = await discover(provider, await provider.register({ firstParty }));
    const url = client.buildAuthorizationUrl(config, {
      ...{ redirect_uri: redirectUri, scope: 'openid account', prompt: 'login' },
    });
    const { at } = await fresh.go(url);
    provider.cluster.clock.time += 1000;
    await fresh.signIn('bob');
    const next = await fresh.answer(at);
    assert.ok(next instanceof URL);
    assert.ok((await fresh.authorize(next)).searchParams.get('code'));
  }
});

test('a client gets no more than it is registered for, and never admin of somebody who is none', async () => {
  const small = await provider.register({ scopes: ['openid', 'files:read'] });
  const config = await discover(provider, small);
  const url = client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid account' });
  const { at } = await ann.go(url);
  assert.equal(at.searchParams.get('error'), 'invalid_scope');
  const big = await provider.register({ scopes: ['openid', 'admin', 'account'] });
  const signIn = await signInAt(provider, ann, big, { scope: 'openid admin account' });
  const { access_token: secret } = await signIn.redeem();
  const principal = await provider.nodes[0]?.identity.authenticate({ kind: 'bearer', secret }, from);
  assert.deepEqual([principal?.admin, principal?.scopes], [false, ['account']]);
  const root = new Browser(provider);
  await root.signIn('root', adminPassword);
  const plain = await signInAt(provider, root, await provider.register());
  const asRoot = (await plain.redeem()).access_token;
  const rootPrincipal = await provider.nodes[0]?.identity.authenticate(
    { kind: 'bearer', secret: asRoot },
    from,
  );
  assert.equal(rootPrincipal?.admin, false, 'an administrator’s app without the scope is no administrator');
});

test('a connection that its person ends is over on both nodes; a client that is deleted, too', async () => {
  const app = await provider.register();
  const signIn = await signInAt(provider, ann, app);
  const tokens = await signIn.redeem();
  const { items } = (await ann.rest('GET', '/me/connections')).json() as {
    items: { id: string; clientId: string }[];
  };
  const mine = items.find((item) => item.clientId === app.id);
  const bob = new Browser(provider);
  await bob.signIn('bob');
  assert.equal((await bob.rest('DELETE', `/me/connections/${mine?.id}`)).status, 404);
  assert.equal(await bearer(1, tokens.access_token), 'ann');
  provider.auditAway = true;
  assert.equal((await ann.rest('DELETE', `/me/connections/${mine?.id}`)).status, 500);
  provider.auditAway = false;
  assert.equal(await bearer(1, tokens.access_token), 'ann', 'what can not be recorded does not happen');
  assert.equal((await ann.rest('DELETE', `/me/connections/${mine?.id}`)).status, 204);
  const last = provider.recorded.at(-1);
  assert.deepEqual([last?.kind, last?.details], ['oidc.grant', { clientId: app.id, change: 'ended' }]);
  assert.deepEqual(
    [await bearer(0, tokens.access_token), await bearer(1, tokens.access_token)],
    [null, null],
  );
  const again = await (await signInAt(provider, ann, app)).redeem();
  await provider.nodes[1]?.oidc.deleteClient(provider.admin, app.id);
  assert.deepEqual([await bearer(0, again.access_token), await bearer(1, again.access_token)], [null, null]);
});

test('clients are administered by administrators only; a renewed secret ends the old one', async () => {
  const { oidc, identity } = provider.nodes[0] ?? assert.fail();
  const annUser = await identity.userByLogin('ann');
  const asAnn = contextOf(await identity.principalOf(annUser?.id ?? ''));
  await assert.rejects(oidc.createClient(asAnn, appInput), (error) => isAppError(error, 'forbidden'));
  assert.equal((await ann.rest('GET', '/admin/oidc/clients')).status, 403);
  const app = await provider.register();
  const secret = await oidc.newSecret(provider.admin, app.id);
  const old = await discover(provider, app);
  const renewed = await discover(provider, { id: app.id, secret });
  await assert.rejects(client.tokenIntrospection(old, 'x'), { name: 'WWWAuthenticateChallengeError' });
  assert.equal((await client.tokenIntrospection(renewed, 'x')).active, false);
  await assert.rejects(oidc.updateClient(provider.admin, 'volvox-cli', appInput), (error) =>
    isAppError(error, 'conflict'),
  );
});

test('one client neither looks into nor ends the tokens of another', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const tokens = await signIn.redeem();
  const other = await discover(provider, await provider.register());
  assert.equal((await client.tokenIntrospection(other, tokens.access_token)).active, false);
  await client.tokenRevocation(other, tokens.access_token).catch(() => undefined);
  assert.equal(await bearer(0, tokens.access_token), 'ann');
  assert.equal((await client.tokenIntrospection(signIn.config, tokens.access_token)).active, true);
  await client.tokenRevocation(signIn.config, tokens.refresh_token ?? '');
  assert.deepEqual(
    [await bearer(0, tokens.access_token), await bearer(1, tokens.access_token)],
    [null, null],
  );
});

test('what is kept of tokens opens nothing', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const tokens = await signIn.redeem();
  const { dumpRecords } = await import('../../services/oidc/testing.ts');
  const kept = JSON.stringify(await dumpRecords(provider.cluster.sql));
  assert.ok(kept.includes('AccessToken'));
  for (const secret of [
    tokens.access_token,
    tokens.refresh_token ?? '',
    signIn.back.searchParams.get('code') ?? '',
  ])
    assert.ok(!kept.includes(secret));
  assert.ok(!kept.includes('redirect'));
});

test('a trusted app, too, gets the administration or the account only from somebody who has just shown to be the person', async () => {
  const app = await provider.register({ scopes: ['openid', 'admin', 'account'], firstParty: true });
  const root = new Browser(provider);
  await root.signIn('root', adminPassword);
  const config = await discover(provider, app);
  const { clock } = provider.cluster;
  clock.time += 11 * 60_000;
  for (const scope of ['openid admin', 'openid account']) {
    const { at } = await root.go(client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope }));
    assert.match(at.pathname, /^\/consent\//, 'asked although the app is trusted');
    const path = `/oidc/interactions/${at.pathname.split('/')[2]}/decision`;
    const refusal = await root.rest('POST', path, { allow: true });
    assert.equal(refusal.json()['code'], 'step_up_required', scope);
  }
  await root.signIn('root', adminPassword);
  clock.time -= 11 * 60_000;
});

test('so it does the account, by which the password can be had; also on a device', async () => {
  await provider.person('ida');
  const config = await discover(
    provider,
    await provider.register({ scopes: ['openid', 'files:read', 'account'] }),
  );
  const device = await discover(provider, { id: 'volvox-cli', secret: null });
  const { clock } = provider.cluster;
  const began = clock.time;
  for (const [scope, needed] of [
    ['openid account', true],
    ['openid files:read', false],
  ] as const) {
    const ida = new Browser(provider);
    await ida.signIn('ida');
    clock.time += 11 * 60_000; // longer than `login.proofMinutes`
    const parameters = { redirect_uri: redirectUri, scope, prompt: 'consent' };
    const { at } = await ida.go(client.buildAuthorizationUrl(config, parameters));
    const path = `/oidc/interactions/${at.pathname.split('/')[2]}/decision`;
    const { user_code: userCode } = await client.initiateDeviceAuthorization(device, { scope });
    const allowed = [
      await ida.rest('POST', path, { allow: true }),
      await ida.rest('POST', '/oidc/device/decision', { userCode, allow: true }),
    ];
    if (needed) for (const answer of allowed) assert.equal(answer.json()['code'], 'step_up_required', scope);
    else
      assert.deepEqual(
        allowed.map(({ status }) => status),
        [200, 204],
      );
    if (needed) assert.equal((await ida.rest('POST', path, { allow: false })).status, 200, 'a no needs none');
  }
  clock.time = began;
});

test('a trusted app is not asked for, an untrusted one is', async () => {
  const of = async (firstParty: boolean) => {
    const config = await discover(provider, await provider.register({ firstParty }));
    return ann.go(
      client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid profile' }),
    );
  };
  assert.ok((await of(true)).at.searchParams.get('code'));
  assert.match((await of(false)).at.pathname, /^\/consent\//);
});

test('a code that comes twice is recorded', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  await signIn.redeem();
  await assert.rejects(signIn.redeem());
  const [reuse] = provider.recorded.filter((event) => event.kind === 'token.reused').slice(-1);
  assert.deepEqual(reuse?.details, { model: 'AuthorizationCode', clientId: signIn.app.id });
});
