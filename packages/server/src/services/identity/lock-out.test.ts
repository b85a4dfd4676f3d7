import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { ClientInfo, Credentials } from './api.ts';
import { networkOf } from './attempts.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  await node.identity.createUser(admin, { login: 'ann', password: 'password-1' });
});
afterEach(() => cluster.close());

const from = (address: string): ClientInfo => ({ address, userAgent: 'test' });
const basic = (secret: string, login = 'ann'): Credentials => ({ kind: 'basic', login, secret });

/** The code of the answer, and after how many seconds to come back. */
async function attempt(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'in';
  } catch (error) {
    assert.ok(isAppError(error));
    return error.code === 'too_many_requests' ? `wait ${String(error.details['retryAfter'])}` : error.code;
  }
}

const guess = (i: number, on = node, address = '192.0.2.1', login = 'ann'): Promise<string> =>
  attempt(on.identity.login(login, `wrong-${i}`, from(address), false));

test('blocks after the allowed failures, ever longer, up to an hour', async () => {
  for (let i = 0; i < 5; i++) assert.equal(await guess(i), 'unauthenticated');
  const waits: string[] = [];
  for (let i = 0; i < 9; i++) {
    const answer = await guess(100 + i);
    waits.push(answer);
    cluster.clock.time += Number(answer.slice(5)) * 1000 + 1;
    assert.equal(await guess(200 + i), 'unauthenticated');
  }
  assert.deepEqual(
    waits,
    [30, 60, 120, 240, 480, 960, 1920, 3600, 3600].map((s) => `wait ${s}`),
  );
});

test('while blocked, the right password is not even looked at', async () => {
  for (let i = 0; i < 5; i++) await guess(i);
  const hashes = node.engine.verified;
  assert.equal(await attempt(node.identity.login('ann', 'password-1', client, false)), 'wait 30');
  assert.equal(node.engine.verified, hashes);
});

test('an unknown login is blocked just the same', async () => {
  for (let i = 0; i < 5; i++) assert.equal(await guess(i, node, '192.0.2.1', 'nobody'), 'unauthenticated');
  assert.equal(await guess(5, node, '192.0.2.1', 'nobody'), 'wait 30');
});

test('the count holds over nodes', async () => {
  const other = await cluster.start();
  for (let i = 0; i < 5; i++) assert.equal(await guess(i, i % 2 ? node : other), 'unauthenticated');
  assert.equal(await guess(5), 'wait 30');
  assert.equal(await guess(6, other), 'wait 30');
});

test('a hundred guesses at once get no more tries than one after another', async () => {
  const other = await cluster.start();
  const hashes = node.engine.verified + other.engine.verified;
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => guess(i, i % 2 ? node : other)));
  assert.equal(answers.filter((answer) => answer === 'unauthenticated').length, 5);
  assert.equal(node.engine.verified + other.engine.verified - hashes, 5);
});

test('Basic guesses count as well', async () => {
  for (let i = 0; i < 5; i++) {
    assert.equal(await attempt(node.identity.authenticate(basic(`wrong-${i}`), client)), 'unauthenticated');
  }
  assert.equal(await attempt(node.identity.authenticate(basic('wrong-9'), client)), 'wait 30');
});

test('a client that repeats one old password neither hashes nor locks out its user', async () => {
  const hashes = node.engine.verified;
  for (let i = 0; i < 50; i++) {
    assert.equal(await attempt(node.identity.authenticate(basic('old-password'), client)), 'unauthenticated');
  }
  assert.equal(node.engine.verified, hashes + 1);
  assert.equal(await attempt(node.identity.login('ann', 'password-1', client, false)), 'in');
});

test('success forgets the failures from there', async () => {
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 4; i++) assert.equal(await guess(round * 10 + i), 'unauthenticated');
    assert.equal(await attempt(node.identity.login('ann', 'password-1', client, false)), 'in');
  }
});

test('failures elsewhere disturb neither another address nor what is known already', async () => {
  await node.identity.authenticate(basic('password-1'), client);
  for (let i = 0; i < 6; i++) await guess(i, node, '198.51.100.9');
  assert.equal(await attempt(node.identity.login('ann', 'password-1', from('203.0.113.5'), false)), 'in');
  assert.equal(await attempt(node.identity.authenticate(basic('password-1'), from('198.51.100.9'))), 'in');
});

test('guessing one login from everywhere meets the coarser limit; sessions and app passwords go on', async () => {
  const session = await node.identity.login('ann', 'password-1', client, false);
  const ann = contextOf(session.principal);
  const app = await node.identity.createToken(ann, { kind: 'app_password', label: 'phone' });
  const answers: string[] = [];
  for (let i = 0; i < 60; i++) answers.push(await guess(i, node, `198.51.100.${i}`));
  assert.equal(answers.filter((answer) => answer === 'unauthenticated').length, 50);
  const cold = await cluster.start();
  assert.equal(await attempt(cold.identity.authenticate(basic(app.secret), client)), 'in');
  assert.equal(
    await attempt(cold.identity.authenticate({ kind: 'session', secret: session.secret }, client)),
    'in',
  );
});

test('spraying many logins from one address meets the limit of the address', async () => {
  const answers: string[] = [];
  for (let i = 0; i < 120; i++) answers.push(await guess(i, node, '198.51.100.1', `user${i}`));
  assert.equal(answers.filter((answer) => answer === 'unauthenticated').length, 100);
  assert.equal(await guess(0, node, '198.51.100.2', 'user0'), 'unauthenticated');
});

test('own log-ins do not buy an attacker more tries on others', async () => {
  const hashes = node.engine.verified;
  await node.identity.createUser(admin, { login: 'mallory', password: 'password-m' });
  let tries = 0;
  for (let i = 0; i < 200; i++) {
    if ((await guess(i, node, '198.51.100.1', `user${i}`)) === 'unauthenticated') tries++;
    await attempt(node.identity.login('mallory', 'password-m', from('198.51.100.1'), false));
  }
  assert.equal(tries, 100);
  assert.ok(node.engine.verified > hashes);
});

test('an admin sees the block and lifts it', async () => {
  for (let i = 0; i < 5; i++) await guess(i);
  const user = await node.identity.userByLogin('ann');
  assert.equal(user?.lockedUntil, cluster.clock.now() + 30_000);
  await node.identity.updateUser(admin, user?.id ?? '', { unlock: true });
  assert.equal((await node.identity.userByLogin('ann'))?.lockedUntil, null);
  assert.equal(await attempt(node.identity.login('ann', 'password-1', client, false)), 'in');
});

test('a day without failures forgets them, and expire removes the rows', async () => {
  for (let i = 0; i < 4; i++) await guess(i);
  cluster.clock.time += 25 * 3_600_000;
  for (let i = 0; i < 4; i++) assert.equal(await guess(10 + i), 'unauthenticated');
  cluster.clock.time += 25 * 3_600_000;
  assert.ok((await node.identity.expire()) >= 3);
});

test('a signed-in thief of a session cannot try passwords without end', async () => {
  const session = await node.identity.login('ann', 'password-1', client, false);
  const ann = contextOf(session.principal);
  const answers: string[] = [];
  for (let i = 0; i < 7; i++)
    answers.push(await attempt(node.identity.changePassword(ann, `wrong-${i}`, 'password-2')));
  assert.deepEqual(answers.slice(4), ['forbidden', 'wait 30', 'wait 30']);
  assert.equal(await attempt(node.identity.login('ann', 'password-1', client, false)), 'in');
});

test('addresses count by IPv6 network', () => {
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:DB8:1:2::1'));
  assert.equal(networkOf('2001:db8::1'), networkOf('2001:0db8:0:0:9::'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2'));
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
});
