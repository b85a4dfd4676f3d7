import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { MailMessage } from '../../mail/api.ts';
import { client, contextOf, openCluster, type TestCluster, type TestNode } from '../testing.ts';
import { openWorld, password, refusal, site, type World } from '../factors/testing.ts';
import { statementsOf } from '../../../testing/counted-sql.ts';

let cluster: TestCluster;
let world: World;
let node: TestNode;
let other: TestNode;
const sent: MailMessage[] = [];
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
  const mail = {
    configured: () => true,
    enqueue: async (_tx: unknown, message: MailMessage) => void sent.push(message),
  };
  const options = { mail, publicUrl: 'https://files.example/' };
  node = await cluster.start(undefined, options);
  other = await cluster.start(undefined, options);
});
after(() => cluster.close());
beforeEach(() => void sent.splice(0));

let addresses = 0;
/** Each from another network, so that one test's requests do not slow down another's. */
const from = () => ({ ...client, address: `198.51.100.${++addresses}` });

async function person(login: string, email = `${login}@example.org`) {
  const { id } = await world.person(login);
  const root = await world.node.identity.login('root', 'correct horse', client, false);
  await world.node.identity.updateUser(contextOf(root.principal), id, { email });
  return id;
}

/** Asks, and waits for what goes on behind the answer. */
async function ask(text: string, on = node): Promise<string | null> {
  const before = sent.length;
  await on.identity.signIn.requestReset(text, from(), null);
  await on.identity.signIn.settled();
  const message = sent[before];
  if (message?.template !== 'password-reset') return null;
  return new URL(message.data.link).hash.slice(1);
}

const finish = (token: string, next: string, on = node) =>
  on.identity.signIn.finishReset(token, next, from());

test('a link by mail sets a new password, once, on any node, and ends all sessions and tokens', async () => {
  await person('ann');
  const session = await world.login('ann');
  const app = { kind: 'app_password', label: 'phone' } as const;
  const { secret } = await world.node.identity.createToken(contextOf(session.principal), app);
  const token = await ask('ann');
  assert.match(token ?? '', /^[A-Za-z0-9_-]{43}$/);
  assert.equal(sent[0]?.to, 'ann@example.org');
  await refusal(finish(token ?? '', 'short', other), 'invalid_input', 'too_short');
  await finish(token ?? '', 'a found lighthouse', other);
  await refusal(finish(token ?? '', 'once more please'), 'gone');
  await refusal(world.login('ann'), 'unauthenticated');
  await refusal(
    world.node.identity.authenticate({ kind: 'session', secret: session.secret }, client),
    'unauthenticated',
  );
  await refusal(
    world.node.identity.authenticate({ kind: 'basic', login: 'ann', secret }, client),
    'unauthenticated',
  );
  await world.node.identity.login('ann', 'a found lighthouse', client, false);
});

test('a link ends with the address that it went to, whoever changes that', async () => {
  const id = await person('uma');
  const { identity } = world.node;
  const root = async () =>
    contextOf((await identity.login('root', 'correct horse', client, false)).principal);
  const own = async () => contextOf((await world.login('uma')).principal);
  const ways: readonly (() => Promise<unknown>)[] = [
    async () => identity.updateUser(await root(), id, { email: 'uma@new.example' }),
    async () => identity.updateProfile(await own(), { email: 'uma@other.example' }),
    async () => identity.updateProfile(await own(), { email: null }),
  ];
  for (const change of ways) {
    const token = (await ask('uma')) ?? '';
    await change();
    await refusal(finish(token, 'a found lighthouse', other), 'gone');
  }
  await identity.updateUser(await root(), id, { email: 'uma@new.example' });
  const token = (await ask('uma')) ?? '';
  await identity.updateProfile(await own(), { displayName: 'Uma', email: 'uma@new.example' });
  await finish(token, 'a found lighthouse', other);
});

test('the token in another role opens nothing', async () => {
  await person('amy');
  const token = (await ask('amy')) ?? '';
  const { identity } = node;
  await refusal(identity.authenticate({ kind: 'session', secret: token }, client), 'unauthenticated');
  await refusal(identity.authenticate({ kind: 'bearer', secret: token }, client), 'unauthenticated');
  const step = { method: 'totp', code: '000000' } as const;
  await refusal(identity.signIn.second(token, step, site, client), 'unauthenticated', 'challenge');
});

test('whoever is not there, disabled, without mail or doubtful gets no mail and the same answer', async () => {
  const gone = await person('bob');
  await world.node.identity.updateUser(world.admin, gone, { disabled: true });
  await world.person('nomail');
  await person('two1', 'both@example.org');
  await person('two2', 'both@example.org');
  for (const text of ['nobody', 'bob', 'bob@example.org', 'nomail', 'both@example.org', '', "' or 1=1 --"])
    assert.equal(await ask(text), null, text);
  assert.equal(sent.length, 0);
  assert.notEqual(await ask('two1'), null);
  await person('cat', 'Cat@example.org');
  assert.notEqual(await ask('Cat@example.org'), null);
});

test('it is answered before anybody is looked up', async () => {
  await person('dan');
  const statements = async (text: string) => {
    const spent = await statementsOf(cluster.sql, () =>
      node.identity.signIn.requestReset(text, from(), null),
    );
    await node.identity.signIn.settled();
    return spent;
  };
  assert.equal(await statements('dan'), await statements('nobody at all'));
});

test('a link dies after an hour, by a newer one, with a new password and with the account', async () => {
  const id = await person('eve');
  const first = (await ask('eve')) ?? '';
  const second = (await ask('eve', other)) ?? '';
  await refusal(finish(first, 'a found lighthouse'), 'gone');
  cluster.clock.time += 3_600_000;
  await refusal(finish(second, 'a found lighthouse'), 'gone');
  const third = (await ask('eve')) ?? '';
  const session = await world.login('eve');
  await world.node.identity.changePassword(contextOf(session.principal), password, 'my own lighthouse');
  await refusal(finish(third, 'a found lighthouse'), 'gone');
  const fourth = (await ask('eve')) ?? '';
  const root = await world.node.identity.login('root', 'correct horse', client, false);
  await world.node.identity.updateUser(contextOf(root.principal), id, { disabled: true });
  await refusal(finish(fourth, 'a found lighthouse'), 'gone');
});

test('second factors stay: the mailbox replaces the password alone', async () => {
  await person('fay');
  await world.withTotp('fay');
  await finish((await ask('fay')) ?? '', 'a found lighthouse');
  await refusal(
    world.node.identity.login('fay', 'a found lighthouse', client, false),
    'second_factor_required',
  );
});

test('asking is slowed down per address and per person, known or not', async () => {
  await person('gus');
  for (const text of ['gus', 'nobody']) {
    const one = from();
    const ask = () => node.identity.signIn.requestReset(text, one, null);
    for (let request = 0; request < 3; request++) await ask();
    await refusal(ask(), 'too_many_requests');
    await node.identity.signIn.settled();
  }
});

test('a new password by mail buys no further guesses of the second step; an administrator does', async () => {
  const id = await person('hana');
  const { secret } = await world.withTotp('hana');
  const { signIn } = world.node.identity;
  const begin = async (secret: string): Promise<string> => {
    const login = world.node.identity.login('hana', secret, from(), false);
    return String((await refusal(login, 'second_factor_required')).details['challenge']);
  };
  const guess = async (challenge: string, code = '000000') =>
    signIn.second(challenge, { method: 'totp', code }, site, from());
  const first = await begin(password);
  for (let i = 0; i < 5; i++) await refusal(guess(first), 'unauthenticated', 'code');
  await refusal(guess(first), 'too_many_requests');
  await finish((await ask('hana')) ?? '', 'a found lighthouse');
  const second = await begin('a found lighthouse');
  await refusal(guess(second), 'too_many_requests');
  assert.notEqual((await world.node.identity.userByLogin('hana'))?.lockedUntil, null, 'seen by admins');
  const root = await world.node.identity.login('root', 'correct horse', client, false);
  await world.node.identity.updateUser(contextOf(root.principal), id, { unlock: true });
  assert.equal((await world.node.identity.userByLogin('hana'))?.lockedUntil, null);
  const code = world.nextCode(secret);
  assert.equal((await guess(await begin('a found lighthouse'), code)).session.principal.login, 'hana');
});

test('a new password by mail does forgive wrong passwords', async () => {
  await person('ian');
  const address = from();
  const login = (secret: string) => world.node.identity.login('ian', secret, address, false);
  for (let i = 0; i < 5; i++) await refusal(login(`wrong ${i}`), 'unauthenticated');
  await refusal(login(password), 'too_many_requests');
  await finish((await ask('ian')) ?? '', 'a found lighthouse');
  assert.equal((await login('a found lighthouse')).principal.login, 'ian');
});
