import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { OpenedSession } from './api.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';

const hour = 3_600_000;
let cluster: TestCluster;
let node: TestNode;
let admin: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  await node.identity.createUser(admin, { login: 'ann', password: 'password-1' });
});
afterEach(() => cluster.close());

const open = (remember = false): Promise<OpenedSession> =>
  node.identity.login('Ann', 'password-1', client, remember);
const use = (secret: string, on = node): Promise<unknown> =>
  on.identity.authenticate({ kind: 'session', secret }, client);
const over = (error: unknown): boolean => isAppError(error, 'unauthenticated');

test('each log-in has a secret of its own, made by the server: a planted one is worth nothing', async () => {
  const planted = 'A'.repeat(43);
  await assert.rejects(use(planted), over);
  const [one, two] = [await open(), await open()];
  assert.notEqual(one.secret, two.secret);
  assert.equal(Buffer.from(one.secret, 'base64url').length, 32);
  await assert.rejects(use(planted), over);
});

test('a session lasts from its last use, on every node', async () => {
  const { secret } = await open();
  const other = await cluster.start();
  for (let i = 0; i < 4; i++) {
    cluster.clock.time += 11 * hour;
    await use(secret, i % 2 ? node : other);
    await node.stop();
    await other.stop();
  }
  cluster.clock.time += 12 * hour;
  await assert.rejects(use(secret), over);
  await assert.rejects(use(secret, other), over);
});

test('a remembered one lasts days', async () => {
  const [short, long] = [await open(), await open(true)];
  cluster.clock.time += 20 * 24 * hour;
  await assert.rejects(use(short.secret), over);
  await use(long.secret);
});

test('the last use is written at most once a minute, over all nodes', async () => {
  const { secret } = await open();
  const other = await cluster.start();
  const commits = async (work: () => Promise<void>): Promise<number> => {
    const from = cluster.sql.statistics().transactions;
    await work();
    await node.stop();
    await other.stop();
    return cluster.sql.statistics().transactions - from;
  };
  const uses = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await use(secret);
  };
  assert.equal(await commits(uses), 0);
  cluster.clock.time += 60_000;
  assert.equal(await commits(uses), 1);
  assert.equal(await commits(uses), 0);
  const [session] = await node.identity.sessions(contextOf((await open()).principal));
  assert.equal(session?.lastSeenAt, cluster.clock.now());
});

test('lists the own sessions only, the current one marked, none that is over', async () => {
  await open();
  cluster.clock.time += 13 * hour;
  const mine = await node.identity.login(
    'ann',
    'password-1',
    { address: '192.0.2.7', userAgent: 'curl\u0007/8' },
    false,
  );
  await open();
  const sessions = await node.identity.sessions(contextOf(mine.principal));
  assert.deepEqual(sessions.map((s) => [s.current, s.address, s.client]).sort(), [
    [false, '192.0.2.1', 'test'],
    [true, '192.0.2.7', 'curl/8'],
  ]);
});

test('nobody ends the session of somebody else', async () => {
  const mine = await open();
  await assert.rejects(node.identity.revokeSession(admin, mine.principal.sessionId ?? ''), (error) =>
    isAppError(error, 'not_found'),
  );
  await use(mine.secret);
});

test('what is no session cannot log out, what lacks the account scope sees no sessions', async () => {
  const mine = contextOf((await open()).principal);
  const { secret } = await node.identity.createToken(mine, { kind: 'app_password', label: 'a' });
  const app = contextOf(await node.identity.authenticate({ kind: 'basic', login: 'ann', secret }, client));
  await assert.rejects(node.identity.logout(app), (error) => isAppError(error, 'invalid_input'));
  const forbidden = (error: unknown): boolean => isAppError(error, 'forbidden');
  await assert.rejects(node.identity.sessions(app), forbidden);
  await assert.rejects(node.identity.tokens(app), forbidden);
  await assert.rejects(node.identity.updateProfile(app, { displayName: 'x' }), forbidden);
  await assert.rejects(node.identity.revokeSession(app, mine.principal.sessionId ?? ''), forbidden);
  await assert.rejects(node.identity.changePassword(app, 'password-1', 'password-2'), forbidden);
});

test('the CSRF token belongs to the session, and every node computes the same', async () => {
  const [one, two] = [await open(), await open()];
  const other = await cluster.start();
  assert.equal(other.identity.csrfToken(one.secret), one.csrfToken);
  assert.notEqual(one.csrfToken, two.csrfToken);
  assert.ok(!one.csrfToken.includes(one.secret));
});

test('expire removes what is over', async () => {
  const mine = contextOf((await open()).principal);
  await node.identity.createToken(mine, {
    kind: 'app_password',
    label: 'a',
    expiresAt: cluster.clock.now() + hour,
  });
  cluster.clock.time += 13 * hour;
  assert.equal(await node.identity.expire(), 3); // the admin's session, ann's, and the token
  assert.equal(await node.identity.expire(), 0);
});
