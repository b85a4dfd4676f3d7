/** What an app was given earlier is worth no more than what it would be given now. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import type { OidcRecords, Payload } from '../../services/oidc/api.ts';
import {
  anybody,
  appInput,
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
  ann = new Browser(provider);
  await ann.signIn('ann');
});
after(() => provider.close());

interface Grant {
  readonly id: string;
  readonly payload: Payload;
}

/** The last grant that is written while `work` runs. */
async function grantOf<T>(work: () => Promise<T>): Promise<{ readonly grant: Grant; readonly result: T }> {
  const records = recordsOf(0);
  const put = records.put.bind(records);
  let grant: Grant | null = null;
  records.put = (model, id, payload, ...rest) => {
    if (model === 'Grant') grant = { id, payload };
    return put(model, id, payload, ...rest);
  };
  const result = await work();
  Reflect.deleteProperty(records, 'put');
  assert.ok(grant !== null);
  return { grant, result };
}

function recordsOf(node: number): OidcRecords {
  const records = provider.nodes[node]?.oidc.records;
  assert.ok(records !== undefined);
  return records;
}

/** As it was written before proofs were noted with it. */
async function age({ id, payload }: Grant, scope: string): Promise<void> {
  await recordsOf(0).put('Grant', id, { ...payload, openid: { scope } }, 86_400);
}

async function scopesAt(node: number, secret: string): Promise<readonly string[]> {
  const principal = await provider.nodes[node]?.identity.authenticate({ kind: 'bearer', secret }, anybody);
  return principal?.scopes ?? [];
}

test('a trusted app that got the account without a proof has to ask for it', async () => {
  const app = await provider.register({ firstParty: true });
  const config = await discover(provider, app);
  const url = (scope: string) =>
    client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope, response_type: 'code' });
  const { grant, result } = await grantOf(() => ann.go(url('openid profile')));
  assert.ok(result.at.searchParams.get('code'), 'not asked for this much');
  await age(grant, 'openid profile account');
  const asked = await ann.go(url('openid account'));
  assert.match(asked.at.pathname, /^\/consent\//);
  const path = `/oidc/interactions/${asked.at.pathname.split('/')[2]}/decision`;
  assert.equal((await ann.rest('POST', path, { allow: true })).status, 200);
  assert.ok((await ann.go(url('openid account'))).at.searchParams.get('code'), 'once is enough');
});

test('tokens of a grant without a proof open no account, nor do those that they are refreshed to', async () => {
  const { grant, result: signIn } = await grantOf(async () =>
    signInAt(provider, ann, await provider.register()),
  );
  const tokens = await signIn.redeem();
  assert.ok((await scopesAt(0, tokens.access_token)).includes('account'));
  await age(grant, String(Object(grant.payload['openid']).scope));
  const rest = ['files:read', 'files:write'];
  assert.deepEqual(await scopesAt(1, tokens.access_token), rest);
  const next = await client.refreshTokenGrant(signIn.config, tokens.refresh_token ?? '');
  assert.ok(next.scope?.includes('files:write'));
  assert.ok(!next.scope?.includes('account'));
  assert.deepEqual(await scopesAt(0, next.access_token), rest);
});

test('what an app may no longer ask for, its tokens open no more from the next request on, on every node', async () => {
  const signIn = await signInAt(provider, ann, await provider.register());
  const tokens = await signIn.redeem();
  assert.deepEqual(await scopesAt(1, tokens.access_token), ['files:read', 'files:write', 'account']);
  const scopes = appInput.scopes.filter((scope) => !['files:write', 'profile'].includes(scope));
  await provider.nodes[0]?.oidc.updateClient(provider.admin, signIn.app.id, { ...appInput, scopes });
  assert.deepEqual(await scopesAt(1, tokens.access_token), ['files:read', 'account']);
  const told = await client.fetchUserInfo(signIn.config, tokens.access_token, client.skipSubjectCheck);
  assert.equal(told.name, undefined, 'nor does it say who that is');
  const next = await client.refreshTokenGrant(signIn.config, tokens.refresh_token ?? '');
  assert.ok(!next.scope?.includes('files:write'));
  assert.deepEqual(await scopesAt(0, next.access_token), ['files:read', 'account']);
});
