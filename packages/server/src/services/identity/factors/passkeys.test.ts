import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, contextOf, openCluster, type TestCluster, type TestNode } from '../testing.ts';
import { openWorld, password, refusal, site, SoftKey, type World } from './testing.ts';

let cluster: TestCluster;
let world: World;
let other: TestNode;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
  other = await cluster.start();
});
after(() => cluster.close());

const alone = { remember: false };

test('a key is a second step, begun on one node and finished on another', async () => {
  await world.person('ann');
  const key = new SoftKey();
  await world.withKey('ann', key);
  const { challenge, methods } = await world.challenge('ann');
  assert.deepEqual(methods, ['passkey', 'recovery']);
  const options = await world.node.identity.signIn.secondOptions(challenge, site);
  assert.deepEqual(
    options.allowCredentials?.map(({ id }) => id),
    [key.id],
  );
  const step = { method: 'passkey', assertion: key.get(options) } as const;
  const { session } = await other.identity.signIn.second(challenge, step, site, client);
  assert.equal(session.principal.login, 'ann');
  await refusal(other.identity.signIn.second(challenge, step, site, client), 'unauthenticated', 'challenge');
});

test('a key alone signs in, without a name, if it has looked at its owner', async () => {
  await world.person('bob');
  const key = new SoftKey();
  await world.withKey('bob', key);
  const { signIn } = world.node.identity;
  const options = await signIn.passkeyOptions(site, client);
  assert.equal(options.userVerification, 'required');
  assert.deepEqual(options.allowCredentials ?? [], []);
  const assertion = key.get(options);
  assert.equal((await signIn.passkeyLogin(assertion, site, client, alone)).principal.login, 'bob');
  // Once, here and anywhere.
  for (const node of [world.node, other])
    await refusal(node.identity.signIn.passkeyLogin(assertion, site, client, alone), 'unauthenticated');
  key.verifies = false;
  const lazy = key.get(await signIn.passkeyOptions(site, client));
  await refusal(signIn.passkeyLogin(lazy, site, client, alone), 'unauthenticated');
});

test('the same answer at once on two nodes opens one session', async () => {
  await world.person('cat');
  const key = new SoftKey();
  await world.withKey('cat', key);
  const assertion = key.get(await world.node.identity.signIn.passkeyOptions(site, client));
  const both = await Promise.allSettled(
    [world.node, other].map((node) => node.identity.signIn.passkeyLogin(assertion, site, client, alone)),
  );
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
});

test('what was signed for another site, challenge, purpose or person is refused', async () => {
  await world.person('dot');
  await world.person('eli');
  const [key, foreign] = [new SoftKey(), new SoftKey()];
  await world.withKey('dot', key);
  await world.withKey('eli', foreign);
  const { signIn } = world.node.identity;
  const evil = { origin: 'https://files.example.evil', rpId: 'files.example' };
  const other = { origin: 'https://other.example', rpId: 'other.example' };
  for (const place of [evil, other]) {
    const assertion = key.get(await signIn.passkeyOptions(site, client), place);
    await refusal(signIn.passkeyLogin(assertion, site, client, alone), 'unauthenticated');
  }
  const made = { challenge: Buffer.alloc(32, 7).toString('base64url') };
  await refusal(signIn.passkeyLogin(key.get(made), site, client, alone), 'unauthenticated');
  // A challenge for the second step is none for signing in alone, nor the other way round.
  const { challenge } = await world.challenge('dot');
  const second = await signIn.secondOptions(challenge, site);
  await refusal(signIn.passkeyLogin(key.get(second), site, client, alone), 'unauthenticated');
  const open = await signIn.passkeyOptions(site, client);
  const step = (assertion: ReturnType<SoftKey['get']>) =>
    signIn.second(challenge, { method: 'passkey', assertion }, site, client);
  await refusal(step(key.get(open)), 'unauthenticated', 'code');
  await refusal(step(foreign.get(second)), 'unauthenticated', 'code');
  await step(key.get(await signIn.secondOptions(challenge, site)));
});

test('a key whose counter went back was copied: it is refused', async () => {
  await world.person('fin');
  const key = new SoftKey();
  await world.withKey('fin', key);
  const { signIn } = world.node.identity;
  key.counter = 10;
  await signIn.passkeyLogin(key.get(await signIn.passkeyOptions(site, client)), site, client, alone);
  key.counter = 5;
  const stale = key.get(await signIn.passkeyOptions(site, client));
  await refusal(signIn.passkeyLogin(stale, site, client, alone), 'unauthenticated');
});

test('a challenge is over after five minutes, a removed key and a disabled owner at once', async () => {
  const { id } = await world.person('gil');
  const key = new SoftKey();
  await world.withKey('gil', key);
  const { signIn } = world.node.identity;
  const old = await signIn.passkeyOptions(site, client);
  cluster.clock.time += 5 * 60_000;
  await refusal(signIn.passkeyLogin(key.get(old), site, client, alone), 'unauthenticated');
  const rootAgain = async () =>
    contextOf((await world.node.identity.login('root', 'correct horse', client, false)).principal);
  const options = await signIn.passkeyOptions(site, client);
  await world.node.identity.updateUser(await rootAgain(), id, { disabled: true });
  await refusal(other.identity.signIn.passkeyLogin(key.get(options), site, client, alone), 'unauthenticated');
  await world.node.identity.updateUser(await rootAgain(), id, { disabled: false });
  const answer = key.get(await signIn.passkeyOptions(site, client));
  const context = contextOf((await signIn.passkeyLogin(answer, site, client, alone)).principal);
  const [kept] = (await signIn.factors(context)).passkeys;
  await signIn.removePasskey(context, kept?.id ?? '');
  const gone = key.get(await signIn.passkeyOptions(site, client));
  await refusal(other.identity.signIn.passkeyLogin(gone, site, client, alone), 'unauthenticated');
  // The last factor is gone: the password suffices again, and no recovery code is left.
  assert.equal((await world.login('gil')).principal.login, 'gil');
  assert.equal((await signIn.factors(context)).recoveryCodes.left, 0);
});

test('several keys have names; one is nobody else’s to rename or remove, and none is registered twice', async () => {
  await world.person('hua');
  await world.person('ina');
  const [one, two] = [new SoftKey(), new SoftKey()];
  const { signIn } = world.node.identity;
  const context = await world.context('hua');
  const stranger = await world.context('ina');
  const first = await signIn.addPasskey(
    context,
    one.create(await signIn.beginPasskey(context, site)),
    'phone',
    site,
  );
  assert.equal(first?.length, 10);
  const options = await signIn.beginPasskey(context, site);
  assert.deepEqual(
    options.excludeCredentials?.map(({ id }) => id),
    [one.id],
  );
  // The challenge was for hua.
  const attestation = two.create(options);
  await refusal(signIn.addPasskey(stranger, attestation, 'mine', site), 'unauthenticated', 'challenge');
  assert.equal(await signIn.addPasskey(context, attestation, 'key ring', site), null);
  await refusal(signIn.addPasskey(context, attestation, 'again', site), 'unauthenticated', 'challenge');
  const { passkeys } = await signIn.factors(context);
  assert.deepEqual(passkeys.map(({ name }) => name).toSorted(), ['key ring', 'phone']);
  const [{ id } = { id: '' }] = passkeys;
  await refusal(signIn.renamePasskey(stranger, id, 'stolen'), 'not_found');
  await refusal(signIn.removePasskey(stranger, id), 'not_found');
  await signIn.renamePasskey(context, id, 'work phone');
  assert.ok((await signIn.factors(context)).passkeys.some(({ name }) => name === 'work phone'));
});

test('damaged answers are refused, not faults', async () => {
  await world.person('joy');
  const key = new SoftKey();
  await world.withKey('joy', key);
  const { signIn } = world.node.identity;
  const good = () => signIn.passkeyOptions(site, client).then((options) => key.get(options));
  for (const field of ['clientDataJSON', 'authenticatorData', 'signature'] as const)
    for (const damage of ['', 'AAAA', '!!', 'eyJhIjoxfQ']) {
      const assertion = await good();
      const response = { ...assertion.response, [field]: damage };
      await refusal(signIn.passkeyLogin({ ...assertion, response }, site, client, alone), 'unauthenticated');
    }
  const swapped = await good();
  const userHandle = Buffer.from('somebody else').toString('base64url');
  const response = { ...swapped.response, userHandle };
  await refusal(signIn.passkeyLogin({ ...swapped, response }, site, client, alone), 'unauthenticated');
  await refusal(world.node.identity.login('joy', password, client, false), 'second_factor_required');
});

test('an administrator removes one key of several, which is told and written down; codes stay while a factor does', async () => {
  const told: unknown[] = [];
  const node = await cluster.start(undefined, {
    mail: {
      configured: () => true,
      enqueue: async (_tx, message) => void told.push([message.to, message.data]),
    },
  });
  const { id } = await world.person('una');
  const root = async () =>
    contextOf((await world.node.identity.login('root', 'correct horse', client, false)).principal);
  await world.node.identity.updateUser(await root(), id, { email: 'una@example.org' });
  const [lost, kept] = [new SoftKey(), new SoftKey()];
  await world.withKey('una', lost);
  const { challenge } = await world.challenge('una');
  const assertion = lost.get(await node.identity.signIn.secondOptions(challenge, site));
  const { session } = await node.identity.signIn.second(
    challenge,
    { method: 'passkey', assertion },
    site,
    client,
  );
  const una = contextOf(session.principal);
  const { signIn } = world.node.identity;
  await signIn.prove(una, { method: 'password', password }, site);
  const options = await signIn.beginPasskey(una, site);
  await signIn.addPasskey(una, kept.create(options), 'the other', site);
  const state = await node.identity.signIn.stateOf(await root(), id);
  assert.deepEqual(
    state.passkeys.map(({ name }) => name),
    ['my key', 'the other'],
  );
  const [first, second] = state.passkeys.map((key) => key.id);
  const remove = async (key = '') =>
    node.identity.signIn.removeFactor(await root(), id, { kind: 'passkey', id: key });
  await remove(first);
  assert.deepEqual(told, [
    [
      'una@example.org',
      {
        name: 'una',
        what: 'passkey-removed',
        at: cluster.clock.now(),
        address: '',
      },
    ],
  ]);
  await refusal(remove(first), 'not_found');
  const left = await node.identity.signIn.stateOf(await root(), id);
  assert.deepEqual([left.passkeys.map((key) => key.name), left.recoveryCodes], [['the other'], 10]);
  const again = await world.challenge('una');
  const stale = lost.get(await signIn.secondOptions(again.challenge, site));
  await refusal(
    signIn.second(again.challenge, { method: 'passkey', assertion: stale }, site, client),
    'unauthenticated',
    'code',
  );
  assert.equal((await signIn.factors(una)).passkeys.length, 1, 'sessions go on');
  await remove(second);
  assert.equal((await node.identity.signIn.stateOf(await root(), id)).recoveryCodes, 0);
  assert.equal((await world.login('una')).principal.login, 'una');
});
