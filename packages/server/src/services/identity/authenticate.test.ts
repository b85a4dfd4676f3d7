import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { Credentials } from './api.ts';
import {
  adminPassword,
  client,
  contextOf,
  openCluster,
  setUp,
  type TestCluster,
  type TestNode,
} from './testing.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  await node.identity.createUser(admin, { login: 'ann', password: 'password-1' });
});
afterEach(() => cluster.close());

const basic = (secret: string, login = 'ann'): Credentials => ({ kind: 'basic', login, secret });
const refused = (error: unknown): boolean => isAppError(error, 'unauthenticated');

const statements = (work: () => Promise<unknown>): Promise<number> => statementsOf(cluster.sql, work);

/** Only where several processes share a database is it asked each time. */
const epochReads = () => (cluster.sql.dialect === 'sqlite' ? 0 : 1);

test('a warm request costs the epoch and no hash, whatever the credential', async () => {
  const session = await node.identity.login('ann', 'password-1', client, false);
  const ann = contextOf(session.principal);
  const token = await node.identity.createToken(ann, { kind: 'access_token', label: 't' });
  const app = await node.identity.createToken(ann, { kind: 'app_password', label: 'a' });
  const all: Credentials[] = [
    basic('password-1'),
    basic(app.secret),
    { kind: 'bearer', secret: token.secret },
    { kind: 'session', secret: session.secret },
  ];
  for (const credentials of all) {
    await node.identity.authenticate(credentials, client);
    await node.stop();
    const hashes = node.engine.verified;
    assert.equal(
      await statements(() => node.identity.authenticate(credentials, client)),
      epochReads(),
      credentials.kind,
    );
    assert.equal(node.engine.verified, hashes);
  }
});

test('the same principal is handed out while nothing changes', async () => {
  const first = await node.identity.authenticate(basic('password-1'), client);
  assert.equal(await node.identity.authenticate(basic('password-1'), client), first);
  assert.equal(await node.identity.authenticate(basic('password-1', 'ANN'), client), first);
});

test('a moved epoch costs a few statements, no hash, and renews roles', async () => {
  const before = await node.identity.authenticate(basic('password-1'), client);
  const group = await node.identity.createGroup(admin, 'staff', null);
  const user = await node.identity.userByLogin('ann');
  await node.identity.updateUser(admin, user?.id ?? '', { groupId: group.id });
  const hashes = node.engine.verified;
  let after = before;
  const spent = await statements(
    async () => (after = await node.identity.authenticate(basic('password-1'), client)),
  );
  assert.ok(spent <= 4, String(spent));
  assert.equal(node.engine.verified, hashes);
  assert.ok(after.epoch > before.epoch);
  assert.deepEqual(after.roles, [before.roles[0], group.roleId, before.roles.at(-1)]);
});

test('many cold requests with one credential share one verification', async () => {
  const hashes = node.engine.verified;
  const got = await Promise.all(
    Array.from({ length: 20 }, () => node.identity.authenticate(basic('password-1'), client)),
  );
  assert.equal(new Set(got).size, 1);
  assert.equal(node.engine.verified, hashes + 1);
});

test('known and unknown logins cost one verification each, and get the same answer', async () => {
  const answers: unknown[] = [];
  await node.identity.authenticate(basic('password-1'), client);
  for (const login of ['ann', 'nobody', 'bad login/..']) {
    const hashes = node.engine.verified;
    const spent = await statements(() =>
      node.identity.authenticate(basic('wrong-password', login), client).catch((error: unknown) => {
        assert.ok(isAppError(error));
        answers.push([error.code, error.message, error.details]);
      }),
    );
    answers.push(spent);
    assert.equal(node.engine.verified, hashes + 1, login);
  }
  assert.deepEqual(answers.slice(2, 4), answers.slice(0, 2));
  assert.deepEqual(answers.slice(4), answers.slice(0, 2));
});

test('nothing but the right secret of the right kind gets in', async () => {
  const session = await node.identity.login('ann', 'password-1', client, false);
  const ann = contextOf(session.principal);
  const token = await node.identity.createToken(ann, { kind: 'access_token', label: 't' });
  const app = await node.identity.createToken(ann, { kind: 'app_password', label: 'a' });
  const wrong: Credentials[] = [
    basic(''),
    basic('password-2'),
    basic('password-1', ''),
    basic('password-1', 'root'),
    basic(app.secret, 'root'),
    basic(token.secret),
    basic(session.secret),
    { kind: 'bearer', secret: app.secret },
    { kind: 'bearer', secret: session.secret },
    { kind: 'bearer', secret: '' },
    { kind: 'bearer', secret: 'vvx_pat_' },
    { kind: 'session', secret: token.secret },
    { kind: 'session', secret: '' },
    { kind: 'session', secret: 'x'.repeat(43) },
  ];
  for (const credentials of wrong) {
    await assert.rejects(
      node.identity.authenticate(credentials, client),
      refused,
      JSON.stringify(credentials),
    );
  }
});

test('what is known under one login is unknown under another', async () => {
  const ann = contextOf((await node.identity.login('ann', 'password-1', client, false)).principal);
  const app = await node.identity.createToken(ann, { kind: 'app_password', label: 'a' });
  for (const secret of ['password-1', app.secret]) {
    await node.identity.authenticate(basic(secret), client);
    for (const login of ['root', 'an', 'annp', '']) {
      await assert.rejects(node.identity.authenticate(basic(secret, login), client), refused, login);
    }
    await assert.rejects(
      node.identity.authenticate(basic(secret.slice(1), `ann${secret[0]}`), client),
      refused,
    );
  }
});

test('a stolen hash from the database is no credential', async () => {
  const { secret } = await node.identity.login('ann', 'password-1', client, false);
  const { hashSecret } = await import('./secrets.ts');
  await assert.rejects(
    node.identity.authenticate({ kind: 'session', secret: hashSecret(secret) }, client),
    refused,
  );
});

test('a password that was wrong and is set to just that afterwards works', async () => {
  await assert.rejects(node.identity.authenticate(basic('password-new'), client), refused);
  const user = await node.identity.userByLogin('ann');
  await node.identity.updateUser(admin, user?.id ?? '', { password: 'password-new' });
  assert.equal((await node.identity.authenticate(basic('password-new'), client)).login, 'ann');
  await assert.rejects(node.identity.authenticate(basic('password-1'), client), refused);
});

test('the same password set anew keeps its user in', async () => {
  await node.identity.authenticate(basic('password-1'), client);
  const user = await node.identity.userByLogin('ann');
  await node.identity.updateUser(admin, user?.id ?? '', { password: 'password-1' });
  assert.equal((await node.identity.authenticate(basic('password-1'), client)).login, 'ann');
});

test('roles are ordered: groups from the root, admins, the own role', async () => {
  const outer = await node.identity.createGroup(admin, 'outer', null);
  const inner = await node.identity.createGroup(admin, 'inner', outer.id);
  const user = await node.identity.createUser(admin, {
    login: 'bob',
    password: 'password-1',
    groupId: inner.id,
    admin: true,
  });
  const principal = await node.identity.principalOf(user.id);
  const groups = await node.identity.groups(admin);
  const root = groups.find((group) => group.parentId === null);
  const admins = await node.access.adminsRoleId();
  assert.deepEqual(principal.roles.slice(0, 4), [root?.roleId, outer.roleId, inner.roleId, admins]);
  assert.equal(principal.roles.length, 5);
});

test('principalOf knows no such user, and gives the disabled nothing', async () => {
  await assert.rejects(node.identity.principalOf('none'), (error) => isAppError(error, 'not_found'));
  const user = await node.identity.userByLogin('ann');
  await node.identity.updateUser(admin, user?.id ?? '', { disabled: true });
  assert.deepEqual((await node.identity.principalOf(user?.id ?? '')).roles, []);
});

test('admins have the admin scope, others do not', async () => {
  const root = await node.identity.authenticate(basic(adminPassword, 'root'), client);
  const ann = await node.identity.authenticate(basic('password-1'), client);
  assert.deepEqual([root.admin, root.scopes.includes('admin')], [true, true]);
  assert.deepEqual([ann.admin, ann.scopes.includes('admin')], [false, false]);
});

test('a wrong password costs the same steps whoever it is for: here, kept by a directory, or nobody', async () => {
  const asked: { readonly login: string; readonly password: string }[] = [];
  const password = async (login: string, secret: string): Promise<null> => {
    asked.push({ login, password: secret });
    return null;
  };
  const { identity, engine } = await cluster.start(undefined, { verifiers: { password } });
  const outside = { source: 'directory', externalId: 'x1' };
  await node.identity.createUser(admin, { login: 'dora', password: null, ...outside });
  for (const secret of ['wrong', '']) {
    const costs: unknown[] = [];
    for (const login of ['ann', 'dora', 'nobody']) {
      const [hashes, questions] = [engine.verified, asked.length];
      await assert.rejects(identity.login(login, secret, client, false), refused);
      costs.push([engine.verified - hashes, asked.length - questions, asked.at(-1)?.password.length]);
    }
    assert.deepEqual(costs, [costs[0], costs[0], costs[0]], secret);
    assert.deepEqual(costs[0], [1, 1, secret.length]);
  }
  // What somebody mistyped here is none of the directory's business.
  assert.ok(!asked.some(({ login }) => login === 'ann'));
  assert.equal(asked.filter((each) => each.password === 'wrong').length, 2);
  assert.equal((await identity.login('ann', 'password-1', client, false)).principal.login, 'ann');
});
