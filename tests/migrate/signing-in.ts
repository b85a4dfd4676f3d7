/** A second factor, apps that people let in, and accounts of a directory. */
import assert from 'node:assert/strict';
import type { ConnectorInput, OidcClientInput } from '@volvox/api';
import { isApiError, type Client } from '@volvox/client';
import { Client as Ldap } from 'ldapts';
import { Secret, TOTP } from 'otpauth';
import { startServer as startExternal } from '../../packages/server/src/testing/servers/index.ts';
import type { Target } from '../harness/server-process.ts';
import { Jar, password, person, without, type Part } from './part.ts';

const login = 'tom';

/** What the log-in asks for next. */
async function challengeFor(client: Client): Promise<string> {
  const answer: unknown = await client.call('login', { body: { login, password } }).catch((e: unknown) => e);
  assert.ok(isApiError(answer), 'a second step is asked for');
  assert.equal(answer.code, 'second_factor_required', answer.message);
  return String(answer.details?.['challenge']);
}

async function secondStep(server: Target, method: 'totp' | 'recovery', code: string): Promise<'in' | string> {
  const client = new Jar().on(server);
  const challenge = await challengeFor(client);
  try {
    const { user } = await client.call('secondStep', { body: { challenge, method, code } });
    return user.login === login ? 'in' : user.login;
  } catch (error) {
    if (isApiError(error)) return error.code;
    throw error;
  }
}

/** @returns also the session of somebody who has a second factor */
export async function secondFactor(server: Target): Promise<Part & { readonly browser: Jar }> {
  await person(server, login);
  const browser = new Jar();
  const own = browser.on(server);
  const me = await own.call('login', { body: { login, password } });
  const headers = { 'x-csrf-token': me.csrfToken ?? '' };
  const { secret } = await own.call('beginTotp', { headers });
  const stepNow = (): number => Math.floor(Date.now() / 30_000);
  const codeOf = (step: number): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: step * 30_000 });
  // Each code counts once; the one before the present is taken as well, so that nobody has to wait here.
  let used = stepNow() - 1;
  const confirm = () => own.call('confirmTotp', { body: { code: codeOf(used) }, headers });
  const { recoveryCodes } = await confirm().catch(() => {
    // The present has passed meanwhile.
    used = stepNow() - 1;
    return confirm();
  });
  const codes = [...(recoveryCodes ?? [])];
  const spent = codes.shift() ?? '';
  assert.equal(await secondStep(server, 'recovery', spent), 'in');
  return {
    browser,
    see: async (on) => without(await browser.on(on).call('listFactors'), 'lastUsedAt'),
    async use(on) {
      assert.notEqual(await secondStep(on, 'totp', codeOf(used)), 'in', 'a code counts once');
      used = Math.max(used + 1, stepNow());
      assert.equal(await secondStep(on, 'totp', codeOf(used)), 'in');
      assert.notEqual(await secondStep(on, 'recovery', spent), 'in', 'so does a recovery code');
      assert.equal(await secondStep(on, 'recovery', codes.shift() ?? ''), 'in');
    },
  };
}

const app: OidcClientInput = {
  ...{ name: 'Kalender ä', confidential: true, redirectUris: ['https://calendar.example/callback'] },
  ...{ postLogoutRedirectUris: [], backchannelLogoutUri: 'https://calendar.example/out' },
  ...{ scopes: ['openid', 'profile'], deviceFlow: false, firstParty: false, signing: 'ES256' },
};

async function token(
  { url }: Target,
  body: Readonly<Record<string, string>>,
  basic?: string,
): Promise<Record<string, string>> {
  const headers: Record<string, string> =
    basic === undefined ? {} : { authorization: `Basic ${btoa(basic)}` };
  const answer = await fetch(`${url}/auth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(body),
  });
  return (await answer.json()) as Record<string, string>;
}

const statusWith = async ({ url }: Target, bearer: string | undefined): Promise<number> =>
  (await fetch(`${url}/api/v1/workspaces`, { headers: { authorization: `Bearer ${bearer}` } })).status;

/** @param browser in which its person lets a device in */
export async function letAppsIn(server: Target, browser: Jar): Promise<Part> {
  const made = await server.client.call('createOidcClient', { body: app });
  const client = { client_id: 'volvox-cli' };
  const asked = await fetch(`${server.url}/auth/device`, {
    method: 'POST',
    body: new URLSearchParams({ ...client, scope: 'openid offline_access files:read account' }),
  });
  const device = (await asked.json()) as Record<string, string>;
  const own = browser.on(server);
  const headers = { 'x-csrf-token': (await own.call('me')).csrfToken ?? '' };
  await own.call('decideDevice', { body: { userCode: device['user_code'] ?? '', allow: true }, headers });
  let tokens = await token(server, {
    ...client,
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: device['device_code'] ?? '',
  });
  assert.equal(await statusWith(server, tokens['access_token']), 200, JSON.stringify(tokens));
  const errorOf = async (on: Target, secret: string): Promise<string | undefined> => {
    const body = { grant_type: 'authorization_code', code: 'none', redirect_uri: app.redirectUris[0] ?? '' };
    return (await token(on, body, `${made.client.id}:${secret}`))['error'];
  };
  return {
    see: async (on) => ({
      clients: (await on.client.call('listOidcClients')).items,
      connections: (await browser.on(on).call('listConnections')).items,
      keys: await (await fetch(`${on.url}/auth/keys`)).json(),
    }),
    async use(on) {
      assert.equal(await statusWith(on, tokens['access_token']), 200, 'access goes on');
      const refreshToken = tokens['refresh_token'] ?? '';
      tokens = await token(on, { ...client, grant_type: 'refresh_token', refresh_token: refreshToken });
      assert.equal(await statusWith(on, tokens['access_token']), 200, JSON.stringify(tokens));
      assert.equal(await errorOf(on, made.secret ?? ''), 'invalid_grant', 'its secret is known');
      assert.equal(await errorOf(on, 'wrong'), 'invalid_client');
    },
  };
}

const suffix = 'dc=example,dc=org';

/** A directory of one person, who signs in here before and after. */
export async function connectDirectory(server: Target): Promise<Part> {
  const external = await startExternal('slapd');
  const ldap = new Ldap({ url: external.url });
  await ldap.bind(external.environment['SLAPD_ADMIN'] ?? '', external.environment['SLAPD_PASSWORD']);
  await ldap.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  await ldap.add(`cn=reader,${suffix}`, {
    objectClass: ['organizationalRole', 'simpleSecurityObject'],
    ...{ cn: 'reader', userPassword: 'reader-secret' },
  });
  await ldap.add(`uid=lena,${suffix}`, {
    ...{ objectClass: 'inetOrgPerson', uid: 'lena', cn: 'Lena Größe', sn: 'Größe' },
    ...{ mail: 'lena@example.org', userPassword: 'lena-secret' },
  });
  await ldap.unbind();
  await server.client.call('setSetting', {
    params: { key: 'connectors.allowPrivate' },
    body: { value: true },
  });
  const { secret, ...connector }: ConnectorInput = {
    ...{ name: 'Verzeichnis ß', enabled: true, position: 3, secret: 'reader-secret' },
    settings: {
      ...{ kind: 'ldap', url: external.url, startTls: false, ca: null, bindDn: `cn=reader,${suffix}` },
      ...{ base: suffix, userFilter: '(uid={login})', listFilter: '(objectClass=inetOrgPerson)' },
      ...{ idAttribute: 'entryUUID', loginAttribute: 'uid', nameAttribute: 'cn', emailAttribute: 'mail' },
      ...{ memberOfAttribute: 'memberOf', groupBase: '', groupFilter: '', syncHours: 0 },
      ...{ disableMissing: false, createUsers: true, attributes: {}, groups: [] },
    },
  };
  const { id } = await server.client.call('createConnector', { body: { ...connector, secret } });
  const signIn = async (on: Target): Promise<string> => {
    const body = { login: 'lena', password: 'lena-secret' };
    return (await new Jar().on(on).call('login', { body })).user.id;
  };
  const userId = await signIn(server);
  return {
    see: async (on) => (await on.client.call('listConnectors')).items,
    async use(on) {
      assert.equal(await signIn(on), userId, 'the same account');
      // With the secret that is kept.
      const tried = await on.client.call('testConnector', { body: { id, connector } });
      assert.deepEqual([tried.ok, tried.found.map((each) => each.login)], [true, ['lena']], tried.message);
    },
    end: () => external.stop(),
  };
}
