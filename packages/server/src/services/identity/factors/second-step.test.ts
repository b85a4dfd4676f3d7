import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { queriesOf } from '../../../stores/sql/query.ts';
import { client, contextOf, openCluster, type TestCluster, type TestNode } from '../testing.ts';
import type { FactorTables } from './tables.ts';
import { codeAt, openWorld, password, refusal, site, type World } from './testing.ts';

let cluster: TestCluster;
let world: World;
let other: TestNode;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
  other = await cluster.start();
});
after(() => cluster.close());

const countChallenges = queriesOf<FactorTables>()<Record<string, never>, { count: number }>((db) =>
  db.selectFrom('signin_challenges').select((f) => f.fn.countAll<number>().as('count')),
);

const totp = (code: string) => ({ method: 'totp', code }) as const;

test('a password alone no longer suffices; the second step may be taken on another node', async () => {
  await world.person('ann');
  const { secret, recovery } = await world.withTotp('ann');
  assert.equal(recovery.length, 10);
  const { challenge, methods } = await world.challenge('ann');
  assert.deepEqual(methods, ['totp', 'recovery']);
  const { session } = await other.identity.signIn.second(
    challenge,
    totp(world.nextCode(secret)),
    site,
    client,
  );
  assert.equal(session.principal.login, 'ann');
  assert.ok(session.principal.scopes.includes('files:write'));
});

test('what a right password gives opens no door', async () => {
  await world.person('bea');
  await world.withTotp('bea');
  const { challenge } = await world.challenge('bea');
  for (const node of [world.node, other]) {
    const { identity } = node;
    await refusal(identity.authenticate({ kind: 'session', secret: challenge }, client), 'unauthenticated');
    await refusal(identity.authenticate({ kind: 'bearer', secret: challenge }, client), 'unauthenticated');
    for (const login of ['bea', challenge])
      await refusal(
        identity.authenticate({ kind: 'basic', login, secret: challenge }, client),
        'unauthenticated',
      );
  }
});

test('programs need an app password, and the refusal says so only to whoever has the right one', async () => {
  await world.person('cyd');
  const basic = (secret: string) =>
    world.node.identity.authenticate({ kind: 'basic', login: 'cyd', secret }, client);
  assert.equal((await basic(password)).login, 'cyd');
  const context = await world.context('cyd');
  const app = await world.node.identity.createToken(context, { kind: 'app_password', label: 'phone' });
  const { secret } = await world.withTotp('cyd');
  // What was warm before the factor came must be over on every node.
  const refused = await refusal(basic(password), 'unauthenticated', 'app_password');
  assert.match(refused.message, /app password/);
  await refusal(basic('another one'), 'unauthenticated');
  assert.equal((await basic(app.secret)).login, 'cyd');
  const { challenge } = await world.challenge('cyd');
  const { session } = await world.node.identity.signIn.second(
    challenge,
    totp(world.nextCode(secret)),
    site,
    client,
  );
  await world.node.identity.signIn.removeTotp(contextOf(session.principal));
  assert.equal((await basic(password)).login, 'cyd');
});

test('a code counts once in the cluster, and so does a challenge', async () => {
  await world.person('dan');
  const { secret } = await world.withTotp('dan');
  const [one, two] = [await world.challenge('dan'), await world.challenge('dan', other)];
  const code = world.nextCode(secret);
  const tries = [
    world.node.identity.signIn.second(one.challenge, totp(code), site, client),
    other.identity.signIn.second(two.challenge, totp(code), site, client),
  ];
  const results = await Promise.allSettled(tries);
  assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  const used = results[0]?.status === 'fulfilled' ? one : two;
  const left = used === one ? two : one;
  const fresh = world.nextCode(secret);
  await refusal(
    other.identity.signIn.second(used.challenge, totp(fresh), site, client),
    'unauthenticated',
    'challenge',
  );
  await other.identity.signIn.second(left.challenge, totp(fresh), site, client);
  // The code of an earlier step does not count after a later one.
  const { challenge } = await world.challenge('dan');
  const old = codeAt(secret, cluster.clock.time - 30_000);
  await refusal(
    world.node.identity.signIn.second(challenge, totp(old), site, client),
    'unauthenticated',
    'code',
  );
});

test('a code that has let somebody in lets nobody in again while it would still be right, on any node', async () => {
  await world.person('ned');
  const { secret } = await world.withTotp('ned');
  const code = totp(world.nextCode(secret));
  const { challenge } = await world.challenge('ned');
  const { session } = await world.node.identity.signIn.second(challenge, code, site, client);
  for (const node of [world.node, other]) {
    const again = await world.challenge('ned', node);
    await refusal(
      node.identity.signIn.second(again.challenge, code, site, client),
      'unauthenticated',
      'code',
    );
    const proof = node.identity.signIn.prove(contextOf(session.principal), code, site);
    await refusal(proof, 'forbidden', 'code');
  }
});

test('one step of grace on either side, not two', async () => {
  await world.person('eve');
  const { secret } = await world.withTotp('eve');
  cluster.clock.time += 300_000;
  const { challenge } = await world.challenge('eve');
  const at = (steps: number) => totp(codeAt(secret, cluster.clock.time + steps * 30_000));
  const second = (steps: number) => world.node.identity.signIn.second(challenge, at(steps), site, client);
  await refusal(second(-2), 'unauthenticated', 'code');
  await refusal(second(2), 'unauthenticated', 'code');
  await second(-1);
});

test("a challenge is of its account, for five minutes, and another user's code is no code", async () => {
  await world.person('fay');
  await world.person('gus');
  const fay = await world.withTotp('fay');
  const gus = await world.withTotp('gus');
  const { challenge } = await world.challenge('fay');
  const { signIn } = world.node.identity;
  await refusal(
    signIn.second(challenge, totp(world.nextCode(gus.secret)), site, client),
    'unauthenticated',
    'code',
  );
  await refusal(
    signIn.second(challenge, { method: 'recovery', code: gus.recovery[0] ?? '' }, site, client),
    'unauthenticated',
    'code',
  );
  cluster.clock.time += 5 * 60_000;
  await refusal(
    signIn.second(challenge, totp(world.nextCode(fay.secret)), site, client),
    'unauthenticated',
    'challenge',
  );
});

test('a new password, a disabling or a reset of factors ends what was begun', async () => {
  const { id } = await world.person('hal');
  const { secret } = await world.withTotp('hal');
  const { signIn } = world.node.identity;
  const begun = await world.challenge('hal');
  await world.node.identity.updateUser(await adminAgain(), id, { disabled: true });
  await refusal(
    signIn.second(begun.challenge, totp(world.nextCode(secret)), site, client),
    'unauthenticated',
    'challenge',
  );
  await world.node.identity.updateUser(await adminAgain(), id, { disabled: false });
  const again = await world.challenge('hal');
  await world.node.identity.updateUser(await adminAgain(), id, { password: 'another lighthouse' });
  await refusal(
    signIn.second(again.challenge, totp(world.nextCode(secret)), site, client),
    'unauthenticated',
    'challenge',
  );
  await signIn.resetFactors(await adminAgain(), id);
  const session = await world.node.identity.login('hal', 'another lighthouse', client, false);
  assert.equal(session.principal.login, 'hal');
});

async function adminAgain() {
  return contextOf((await world.node.identity.login('root', 'correct horse', client, false)).principal);
}

test('guesses are counted over all nodes; a right password forgives none', async () => {
  await world.person('ivy');
  const { secret } = await world.withTotp('ivy');
  let guesses = 0;
  for (let round = 0; round < 20; round++) {
    const node = round % 2 === 0 ? world.node : other;
    const { challenge } = await world.challenge('ivy', node);
    const attempt = node.identity.signIn.second(challenge, totp('000000'), site, client);
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    if ((error as { code: string }).code === 'unauthenticated') guesses++;
  }
  assert.equal(guesses, 5);
  const { challenge } = await world.challenge('ivy');
  const right = () =>
    other.identity.signIn.second(challenge, totp(codeAt(secret, cluster.clock.time + 30_000)), site, client);
  await refusal(right(), 'too_many_requests');
  cluster.clock.time += 31_000;
  await right();
});

test('storms of guesses at once do not slip past the limit', async () => {
  await world.person('jon');
  await world.withTotp('jon');
  const { challenge } = await world.challenge('jon');
  const storm = Array.from({ length: 40 }, (_, at) =>
    (at % 2 === 0 ? world.node : other).identity.signIn
      .second(challenge, totp(String(at).padStart(6, '0')), site, client)
      .then(
        () => 'opened',
        (error: { code: string }) => error.code,
      ),
  );
  const codes = await Promise.all(storm);
  assert.ok(!codes.includes('opened'));
  assert.ok(codes.filter((code) => code === 'unauthenticated').length <= 5, codes.join());
});

test('recovery codes count once each, in any spelling, and new ones void the old', async () => {
  await world.person('kim');
  const { secret, recovery } = await world.withTotp('kim');
  const [first = '', second = ''] = recovery;
  const use = async (code: string, on = world.node) => {
    const { challenge } = await world.challenge('kim', on);
    return on.identity.signIn.second(challenge, { method: 'recovery', code }, site, client);
  };
  const { session } = await use(first.toUpperCase().replaceAll('-', ' '));
  await refusal(use(first, other), 'unauthenticated', 'code');
  const context = contextOf(session.principal);
  assert.equal((await world.node.identity.signIn.factors(context)).recoveryCodes.left, 9);
  await world.node.identity.signIn.newRecoveryCodes(context);
  await refusal(use(second), 'unauthenticated', 'code');
  const { challenge } = await world.challenge('kim');
  await world.node.identity.signIn.second(challenge, totp(world.nextCode(secret)), site, client);
});

test('the secret and the codes are in the database neither in plain nor guessable form', async () => {
  await world.person('lea');
  const { secret, recovery } = await world.withTotp('lea');
  const define = queriesOf<FactorTables>();
  const all = define<Record<string, never>, object>((db) => db.selectFrom('factor_totp').selectAll());
  const codes = define<Record<string, never>, object>((db) => db.selectFrom('factor_recovery').selectAll());
  const kept = JSON.stringify([
    ...(await cluster.sql.background.all(all, {})),
    ...(await cluster.sql.background.all(codes, {})),
  ]);
  assert.ok(!kept.includes(secret));
  for (const code of recovery) assert.ok(!kept.includes(code) && !kept.includes(code.replaceAll('-', '')));
  assert.ok(!cluster.logged.join().includes(secret) && !JSON.stringify(cluster.journal).includes(secret));
});

test('steps that are begun and left are bounded, by address or login, over all nodes, and removed', async () => {
  await world.person('kay');
  await world.withTotp('kay');
  const challenges = async () => (await cluster.sql.reader.get(countChallenges, {}))?.count ?? 0;
  await world.node.identity.expire();
  const before = await challenges();
  const of = (address: string) => ({ ...client, address });
  const begin = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      assert.equal((error as { code: string }).code, 'too_many_requests');
      return false;
    }
  };
  const nodes = [world.node, other];
  const at = (i: number) => (nodes[i % 2] ?? world.node).identity.signIn;
  let begun = 0;
  for (let i = 0; i < 320; i++) if (await begin(() => at(i).passkeyOptions(site, of('203.0.113.1')))) begun++;
  assert.equal(begun, 300);
  assert.ok(await begin(() => at(0).passkeyOptions(site, of('203.0.113.2'))), 'others go on');
  const { challenge } = await world.challenge('kay');
  let asked = 0;
  for (let i = 0; i < 25; i++) if (await begin(() => at(i).secondOptions(challenge, site))) asked++;
  assert.equal(asked, 20);
  assert.equal((await challenges()) - before, 300 + 1 + 1 + 20);
  cluster.clock.time += 10 * 60_000;
  assert.ok(await begin(() => at(0).passkeyOptions(site, of('203.0.113.1'))), 'after a while');
  await other.identity.expire();
  assert.equal(await challenges(), 1, 'the rest is over');
});
