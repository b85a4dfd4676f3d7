/** Apps that sign people in here, and directories and providers outside that people come from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ConnectorInput,
  LdapConnectorSettings,
  OidcClientInput,
  OidcConnectorSettings,
} from '@volvox/api';
import { isApiError } from '@volvox/client';
import { logIn } from './browser-session.ts';
import { admin, asUser, makeUser, none, refused, startServer } from './harness.ts';

const server = await startServer();
const administrator = (await logIn(server.url, admin.login)).client;
await makeUser(server, 'wim');
const wim = server.client(asUser('wim'));

const app: OidcClientInput = {
  name: 'Calendar',
  confidential: true,
  redirectUris: ['https://calendar.example/callback'],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: null,
  scopes: ['openid', 'profile'],
  deviceFlow: false,
  firstParty: false,
  signing: 'RS256',
};

const common = { createUsers: true, attributes: {}, groups: [] };
/** Port 1 of this machine: nothing listens there. */
const ldap: LdapConnectorSettings = {
  kind: 'ldap',
  url: 'ldap://127.0.0.1:1',
  startTls: false,
  ca: null,
  bindDn: 'cn=reader,dc=example,dc=org',
  base: 'dc=example,dc=org',
  userFilter: '(uid={login})',
  listFilter: '(uid=*)',
  idAttribute: 'entryUUID',
  loginAttribute: 'uid',
  nameAttribute: 'cn',
  emailAttribute: 'mail',
  memberOfAttribute: 'memberOf',
  groupBase: '',
  groupFilter: '',
  syncHours: 0,
  disableMissing: false,
  ...common,
};
const oidc: OidcConnectorSettings = {
  kind: 'oidc',
  issuer: 'https://127.0.0.1:1',
  clientId: 'volvox',
  scopes: ['profile'],
  loginClaim: 'preferred_username',
  nameClaim: 'name',
  emailClaim: 'email',
  groupsClaim: 'groups',
  secondStep: false,
  linking: true,
  ...common,
};
const directory: ConnectorInput = {
  name: 'Directory',
  enabled: true,
  position: 1,
  settings: ldap,
  secret: 'bind-secret-1',
};
const provider: ConnectorInput = { name: 'Elsewhere', enabled: true, position: 2, settings: oidc };

/** Whether the app is let in with that secret: what it asks for is refused only after it is known. */
async function isKnown(id: string, secret: string): Promise<boolean> {
  const answer = await server.fetch('POST', '/auth/token', {
    as: { kind: 'basic', login: id, secret },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=authorization_code&code=none&redirect_uri=https%3A%2F%2Fcalendar.example%2Fcallback',
  });
  const { error } = (await answer.json()) as { error: string };
  if (error !== 'invalid_grant') assert.equal(error, 'invalid_client');
  return error === 'invalid_grant';
}

test('a request of an app that nobody made cannot go on', async () => {
  const { client } = await logIn(server.url, 'wim');
  await refused('not_found', client.call('continueInteraction', { params: { uid: 'unknown' }, body: {} }));
});

test('an app is registered, changed, given another secret and removed', async () => {
  const { client, secret } = await administrator.call('createOidcClient', { body: app });
  const params = { id: client.id };
  assert.deepEqual([client.name, client.builtIn], ['Calendar', false]);
  assert.ok(secret !== null);
  assert.ok(await isKnown(client.id, secret));
  const named = await administrator.call('updateOidcClient', { params, body: { ...app, name: 'Diary' } });
  assert.equal(named.name, 'Diary');
  await refused(
    'invalid_input',
    administrator.call('updateOidcClient', { params, body: { ...app, confidential: false } }),
  );
  const renewed = await administrator.call('renewOidcSecret', { params, body: {} });
  assert.deepEqual(
    [await isKnown(client.id, secret), await isKnown(client.id, renewed.secret)],
    [false, true],
  );
  await administrator.call('deleteOidcClient', { params });
  assert.equal(await isKnown(client.id, renewed.secret), false);
  await refused('not_found', administrator.call('deleteOidcClient', { params }));
});

test('only administrators register apps, and those that come with Volvox stay', async () => {
  await refused('forbidden', wim.call('createOidcClient', { body: app }));
  const { items } = await administrator.call('listOidcClients');
  const { id = '' } = items.find((each) => each.builtIn) ?? {};
  const params = { id };
  await refused('forbidden', wim.call('updateOidcClient', { params, body: app }));
  await refused('forbidden', wim.call('renewOidcSecret', { params, body: {} }));
  await refused('forbidden', wim.call('deleteOidcClient', { params }));
  await refused('conflict', administrator.call('deleteOidcClient', { params }));
});

test('a directory is connected, changed and removed; its secret never comes out', async () => {
  const made = await administrator.call('createConnector', { body: directory });
  assert.deepEqual([made.name, made.hasSecret, made.users, made.lastSync], ['Directory', true, 0, null]);
  const params = { id: made.id };
  const { secret: _secret, ...rest } = directory;
  const body = { ...rest, name: 'People', enabled: false };
  const changed = await administrator.call('updateConnector', { params, body });
  assert.deepEqual([changed.name, changed.enabled, changed.hasSecret], ['People', false, true]);
  const { items } = await administrator.call('listConnectors');
  assert.deepEqual(
    items.map(({ id, name }) => [id, name]),
    [[made.id, 'People']],
  );
  assert.ok(!JSON.stringify([made, changed, items]).includes('bind-secret-1'));
  await administrator.call('deleteConnector', { params });
  assert.deepEqual((await administrator.call('listConnectors')).items, []);
  await refused('not_found', administrator.call('deleteConnector', { params }));
});

test('a directory that cannot be reached says so when tried and when synchronised', async () => {
  const tried = await administrator.call('testConnector', { body: { connector: directory } });
  assert.deepEqual([tried.ok, tried.found], [false, []]);
  assert.match(tried.message, /ECONNREFUSED|refused|reach/i);
  const { id } = await administrator.call('createConnector', { body: directory });
  const sync = administrator.call('syncConnector', { params: { id }, body: { dryRun: false } });
  const error: unknown = await sync.then(
    () => assert.fail('synchronised with nothing'),
    (fault: unknown) => fault,
  );
  assert.ok(isApiError(error) && error.code === 'unavailable', String(error));
  const { items } = await administrator.call('listConnectors');
  assert.ok((items.find((each) => each.id === id)?.lastSync?.error ?? '') !== '');
  await administrator.call('deleteConnector', { params: { id } });
  await refused('not_found', administrator.call('syncConnector', { params: { id }, body: { dryRun: true } }));
});

test('people see the providers that their account can be linked with', async () => {
  const { client } = await logIn(server.url, 'wim');
  assert.deepEqual((await client.call('listExternalAccounts')).items, []);
  const { id } = await administrator.call('createConnector', { body: provider });
  assert.deepEqual((await client.call('listExternalAccounts')).items, [
    { connectorId: id, connectorName: 'Elsewhere', linked: false, canLink: true },
  ]);
  await administrator.call('deleteConnector', { params: { id } });
  assert.deepEqual((await client.call('listExternalAccounts')).items, []);
});

test('nobody but administrators sees or changes what is outside', async () => {
  const params = { id: none };
  await refused('forbidden', wim.call('listConnectors'));
  await refused('forbidden', wim.call('createConnector', { body: directory }));
  await refused('forbidden', wim.call('updateConnector', { params, body: directory }));
  await refused('forbidden', wim.call('deleteConnector', { params }));
  await refused('forbidden', wim.call('testConnector', { body: { connector: directory } }));
  await refused('forbidden', wim.call('syncConnector', { params, body: { dryRun: true } }));
});
