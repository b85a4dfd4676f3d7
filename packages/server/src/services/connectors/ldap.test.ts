/** Directories, against a real OpenLDAP server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { ConnectorInput, LdapConnectorSettings } from '@volvox/api';
import { Attribute, Change, Client } from 'ldapts';
import { isAppError } from '../../kernel/errors.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { Context } from '../../kernel/context.ts';
import { skipReason, startServer, type OwnServer } from '../../testing/servers/index.ts';
import { client as from, openCluster, setUp, type TestCluster, type TestNode } from '../identity/testing.ts';
import type { ConnectorsService } from './api.ts';
import { escapeFilter } from './ldap.ts';
import { connectorsMigrations } from './migrations.ts';
import { startConnectors } from './service.ts';

const skip = skipReason('slapd');
const suffix = 'dc=example,dc=org';
const people = `ou=people,${suffix}`;

let server: OwnServer;
let ldap: Client;
let cluster: TestCluster;
let node: TestNode;
let admin: Context;
let connectors: ConnectorsService;
let id = '';
/** Events that were recorded. */
const kept: object[] = [];

const settings = (): LdapConnectorSettings => ({
  kind: 'ldap',
  url: server.url,
  startTls: false,
  ca: null,
  bindDn: `cn=reader,${suffix}`,
  base: people,
  userFilter: '(&(objectClass=inetOrgPerson)(uid={login}))',
  listFilter: '(objectClass=inetOrgPerson)',
  idAttribute: 'entryUUID',
  loginAttribute: 'uid',
  nameAttribute: 'cn',
  emailAttribute: 'mail',
  memberOfAttribute: 'memberOf',
  groupBase: '',
  groupFilter: '',
  syncHours: 1,
  disableMissing: true,
  createUsers: true,
  attributes: { department: 'departmentNumber' },
  groups: [],
});
const input = (
  patch: Partial<LdapConnectorSettings> = {},
  more: Partial<ConnectorInput> = {},
): ConnectorInput => ({
  name: 'The directory',
  enabled: true,
  position: 1,
  settings: { ...settings(), ...patch },
  secret: 'reader-secret',
  ...more,
});

async function addPerson(uid: string, more: Record<string, string> = {}): Promise<void> {
  await ldap.add(`uid=${uid},${people}`, {
    objectClass: 'inetOrgPerson',
    ...{ uid, cn: `The ${uid}`, sn: uid, mail: `${uid}@example.org`, userPassword: `${uid}-secret` },
    ...more,
  });
}

before(async () => {
  if (skip !== false) return;
  server = await startServer('slapd');
  ldap = new Client({ url: server.url });
  await ldap.bind(server.environment['SLAPD_ADMIN'] ?? '', server.environment['SLAPD_PASSWORD']);
  await ldap.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  for (const ou of ['people', 'groups'])
    await ldap.add(`ou=${ou},${suffix}`, { objectClass: 'organizationalUnit', ou });
  await ldap.add(`cn=reader,${suffix}`, {
    objectClass: ['organizationalRole', 'simpleSecurityObject'],
    cn: 'reader',
    userPassword: 'reader-secret',
  });
  for (const uid of ['ann', 'bob']) await addPerson(uid, { departmentNumber: '7' });
  await ldap.add(`cn=staff,ou=groups,${suffix}`, {
    objectClass: 'groupOfNames',
    cn: 'staff',
    member: [`uid=ann,${people}`],
  });
  cluster = await openCluster();
  await cluster.sql.migrate(connectorsMigrations);
  Object.assign(cluster.settings, {
    'connectors.allowPrivate': true,
    'login.maxFailures': 100,
    'login.proofMinutes': 1_440,
  });
  const password = (...given: Parameters<ConnectorsService['password']>) => connectors.password(...given);
  node = await cluster.start(undefined, { verifiers: { password } });
  ({ admin } = await setUp(cluster));
  const { sql, vault, clock } = cluster;
  const get = ((key: 'connectors.allowPrivate') => cluster.settings[key]) as never;
  const { identity, access } = node;
  const audit = { keep: async (_: unknown, event: object) => void kept.push(event), append: async () => {} };
  const deps = {
    sql,
    vault,
    clock,
    identity,
    access,
    audit,
    settings: { get },
    log: silentLogger,
    publicUrl: null,
  };
  connectors = (await startConnectors(deps)).api;
  id = (await connectors.create(admin, input())).id;
});
after(async () => {
  if (skip !== false) return;
  await ldap.unbind();
  await cluster.close();
  await server.stop();
});

const signIn = async (login: string, password: string): Promise<string | null> => {
  try {
    return (await node.identity.signIn.login(login, password, from, { remember: false })).principal.login;
  } catch (error) {
    if (isAppError(error, 'unauthenticated')) return null;
    throw error;
  }
};

test('a password is checked by the directory, and makes the account', { skip }, async () => {
  assert.equal(await signIn('ann', 'ann-secret'), 'ann');
  const ann = await node.identity.userByLogin('ann');
  assert.deepEqual(
    [ann?.displayName, ann?.email, ann?.attributes],
    ['The ann', 'ann@example.org', { department: '7' }],
  );
  assert.equal(await signIn('ANN', 'ann-secret'), 'ann');
  assert.equal(await signIn('ann', 'wrong'), null);
  assert.equal(await signIn('nobody', 'wrong'), null);
  const principal = await node.identity.authenticate(
    { kind: 'basic', login: 'ann', secret: 'ann-secret' },
    from,
  );
  assert.equal(principal.login, 'ann', 'WebDAV too');
});

test('an empty password lets nobody in, though the directory would say yes', { skip }, async () => {
  const anybody = new Client({ url: server.url });
  await anybody.bind(`uid=ann,${people}`, '');
  await anybody.unbind();
  assert.equal(await signIn('ann', ''), null);
});

test('what is typed as a login is never part of a filter', { skip }, async () => {
  for (const login of ['*', 'a*', 'ann)(uid=*', '*)(objectClass=*', 'ann\\2a', 'nobody)(|(uid=ann', '\0'])
    assert.equal(await connectors.password(login, 'ann-secret', from), null, login);
  assert.equal(escapeFilter('a*(b)\\c\0'), 'a\\2a\\28b\\29\\5cc\\00');
});

test(
  'a local account keeps its own password: the directory is not asked over its head',
  { skip },
  async () => {
    await node.identity.createUser(admin, { login: 'bob', password: 'correct horse 3' });
    assert.equal(await signIn('bob', 'bob-secret'), null);
    assert.equal(await signIn('bob', 'correct horse 3'), 'bob');
  },
);

test('wrong passwords are counted and end in the same lock-out as local ones', { skip }, async () => {
  cluster.settings['login.maxFailures'] = 3;
  await addPerson('lou');
  for (let n = 0; n < 3; n++) assert.equal(await signIn('lou', `wrong ${n}`), null);
  await assert.rejects(signIn('lou', 'lou-secret'), (error) => isAppError(error, 'too_many_requests'));
  cluster.settings['login.maxFailures'] = 100;
  cluster.clock.time += 3_600_000;
  assert.equal(await signIn('lou', 'lou-secret'), 'lou');
  await ldap.del(`uid=lou,${people}`);
});

test('groups of the directory give a group and roles', { skip }, async () => {
  const staff = await node.identity.createGroup(admin, 'Staff', null);
  const role = await node.identity.roles.create(admin, { label: 'Editors' });
  const groups = [{ external: 'STAFF', groupId: staff.id, roleId: role.id }];
  await connectors.update(admin, id, input({ groups }));
  await signIn('ann', 'ann-secret');
  const ann = await node.identity.userByLogin('ann');
  const roles = (await node.identity.roles.ofUser(admin, ann?.id ?? '')).map((each) => each.id);
  assert.deepEqual([ann?.groupId, roles.includes(role.id)], [staff.id, true]);
  const searched = {
    groups,
    memberOfAttribute: '',
    groupBase: `ou=groups,${suffix}`,
    groupFilter: '(member={dn})',
  };
  const report = await connectors.test(admin, input(searched, {}), id);
  assert.deepEqual(report.found.find((each) => each.login === 'ann')?.groups, [
    `cn=staff,ou=groups,${suffix}`,
  ]);
});

test(
  'a directory that is down keeps nobody out who is known elsewhere, and lets nobody in',
  { skip },
  async () => {
    const other = await connectors.create(
      admin,
      input({ url: 'ldap://127.0.0.1:1' }, { position: 0, name: 'Down' }),
    );
    assert.equal(await signIn('ann', 'ann-secret'), 'ann', 'the next directory is asked');
    assert.equal(await signIn('bob', 'correct horse 3'), 'bob');
    await connectors.delete(admin, other.id);
    const { id: broken } = await connectors.create(admin, input({}, { secret: 'wrong', position: 5 }));
    const tested = await connectors.test(admin, input({}, { secret: 'wrong' }), null);
    assert.equal(tested.ok, false);
    assert.match(tested.message, /bind DN/);
    assert.ok(!tested.message.includes('wrong'));
    await connectors.delete(admin, broken);
  },
);

test('StartTLS is used where it is asked for, with the certificate checked', { skip }, async () => {
  const file = server.environment['SLAPD_CA'];
  if (file === undefined) return;
  const url = server.url.replace('127.0.0.1', 'localhost');
  const good = await connectors.test(
    admin,
    input({ url, startTls: true, ca: readFileSync(file, 'utf8') }),
    null,
  );
  assert.deepEqual([good.ok, good.message], [true, '']);
  assert.equal(
    (await connectors.test(admin, input({ url, startTls: true }), null)).ok,
    false,
    'unknown authority',
  );
});

test('synchronisation makes, changes, disables and enables; a dry run only says so', { skip }, async () => {
  for (let n = 0; n < 12; n++) await addPerson(`p${n}`);
  const dry = await connectors.sync(admin, id, true);
  assert.deepEqual([dry.seen, dry.created, dry.disabled], [14, 13, 1], 'lou has left');
  assert.equal(await node.identity.userByLogin('p1'), null);
  assert.deepEqual(await connectors.syncDue(new AbortController().signal), { synced: 1, failed: 0 });
  assert.deepEqual(
    await connectors.syncDue(new AbortController().signal),
    { synced: 0, failed: 0 },
    'not due',
  );
  assert.equal((await node.identity.userByLogin('p1'))?.displayName, 'The p1');
  assert.ok(await node.identity.userByLogin('bob-2'), 'a login that is taken gets a number');
  kept.length = 0;
  const again = await connectors.sync(admin, id, false);
  assert.deepEqual([again.created, again.updated, again.unchanged], [0, 0, 14]);
  const name = (await connectors.list(admin)).find((each) => each.id === id)?.name;
  const done = { name, seen: 14, created: 0, updated: 0, disabled: 0, enabled: 0 };
  assert.deepEqual(kept, [{ kind: 'connector.synchronised', subjectId: id, details: done }]);

  await ldap.del(`uid=p1,${people}`);
  await ldap.modify(
    `uid=p2,${people}`,
    new Change({ operation: 'replace', modification: new Attribute({ type: 'cn', values: ['Renamed'] }) }),
  );
  const second = await connectors.sync(admin, id, false);
  assert.deepEqual([second.disabled, second.updated], [1, 1]);
  assert.equal((await node.identity.userByLogin('p1'))?.disabled, true);
  assert.equal((await node.identity.userByLogin('p2'))?.displayName, 'Renamed');
});

test('a directory that suddenly lacks most of its people disables nobody', { skip }, async () => {
  const wrong = input({ listFilter: '(uid=ann)' });
  await connectors.update(admin, id, wrong);
  await assert.rejects(connectors.sync(admin, id, false), (error) => isAppError(error, 'conflict'));
  assert.equal((await node.identity.userByLogin('p3'))?.disabled, false);
  const [shown] = await connectors.list(admin);
  assert.match(shown?.lastSync?.error ?? '', /would be disabled/);
  await connectors.update(admin, id, input());
});

test('more people than the server gives at once are read page by page', { skip }, async () => {
  for (let n = 0; n < 600; n++) await addPerson(`many${n}`);
  const report = await connectors.sync(admin, id, true);
  assert.ok(report.seen > 600, String(report.seen));
});

test('the secret is in no setting, no answer and no table', { skip }, async () => {
  const shown = JSON.stringify(await connectors.list(admin));
  assert.ok(!shown.includes('reader-secret'));
  assert.equal(await cluster.vault.get(`connectors/${id}`), 'reader-secret');
});

test('the kept secret is tried with the address and name only that it was kept for', { skip }, async () => {
  const { secret: _secret, ...kept } = input();
  const ask = async (patch: Partial<LdapConnectorSettings>) =>
    (
      await connectors.test(
        admin,
        { ...kept, settings: { ...(kept.settings as LdapConnectorSettings), ...patch } },
        id,
      )
    ).ok;
  assert.equal(await ask({}), true);
  assert.equal(await ask({ url: `${server.url}/` }), false);
});

test('a directory that does not answer is given up after a while', { skip }, async () => {
  server.freeze();
  const began = performance.now();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  assert.equal((await connectors.test(admin, input(), null)).ok, false);
  assert.ok(performance.now() - began < 40_000);
  socket.destroy();
  server.thaw();
});
