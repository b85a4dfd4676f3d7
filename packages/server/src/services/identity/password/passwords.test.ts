import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, contextOf, openCluster, type TestCluster } from '../testing.ts';
import { openWorld, password, refusal, type World } from '../factors/testing.ts';
import { PasswordPolicy, type Weakness } from './policy.ts';

let cluster: TestCluster;
let world: World;
before(async () => {
  cluster = await openCluster();
  world = await openWorld(cluster);
});
after(() => cluster.close());

const log = (login: string, secret: string) => world.node.identity.login(login, secret, client, false);

test('a new password must be long enough, uncommon, of the wanted kinds and not the login', () => {
  const facts: Record<string, number | boolean> = {
    'password.minLength': 10,
    'password.classes': 3,
    'password.refuseCommon': true,
  };
  const policy = new PasswordPolicy({ get: (key) => facts[key] as never });
  const refused: readonly (readonly [string, Weakness])[] = [
    ['Sh0rt!', 'too_short'],
    ['🙂🙂🙂🙂🙂', 'too_short'],
    ['only small letters', 'classes'],
    ['Marianne-2026', 'login'],
    ['P@ssw0rd1', 'too_short'],
    ['Qwerty12345', 'common'],
    ['vvx_Abc123!xyz', 'reserved'],
    ['A1!'.repeat(400), 'too_long'],
  ];
  for (const [text, reason] of refused)
    assert.throws(
      () => policy.check(text, 'marianne'),
      (error: { details?: { reason?: string } }) => error.details?.reason === reason,
      text,
    );
  for (const fine of ['Quiet-lighthouse 7', 'Marianne, the 7 seas']) policy.check(fine, 'marianne');
});

test('the latest passwords do not come back, as many as the setting says', async () => {
  cluster.settings['password.history'] = 3;
  await world.person('ann');
  const { identity } = world.node;
  const words = [password, 'second lighthouse', 'third lighthouse', 'fourth lighthouse'] as const;
  const change = async (from: string, to: string) =>
    identity.changePassword(contextOf((await log('ann', from)).principal), from, to);
  await change(words[0], words[1]);
  await change(words[1], words[2]);
  for (const used of [words[0], words[1], words[2]])
    await refusal(change(words[2], used), 'invalid_input', 'used');
  await change(words[2], words[3]);
  await change(words[3], words[0]);
  cluster.settings['password.history'] = 0;
});

test('a hash with old parameters is made anew at the next log-in, and nothing else happens', async () => {
  const { id } = await world.person('cat');
  const { hash, verify } = await import('@node-rs/argon2');
  const { argon2 } = await import('../passwords.ts');
  const weak = await hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 });
  const strong = await argon2.hash(password);
  assert.deepEqual([argon2.outdated?.(weak), argon2.outdated?.(strong)], [true, false]);
  const real = await cluster.start(argon2);
  const { rehashPassword } = await import('../factors/queries.ts');
  const { accountById } = await import('../credential-queries.ts');
  const stored = async () => (await cluster.sql.reader.get(accountById, { id }))?.password_hash ?? '';
  const old = await stored();
  await cluster.sql.transaction((tx) => tx.run(rehashPassword, { id, old, hash: weak }));
  const session = await real.identity.login('cat', password, client, false);
  const fresh = await stored();
  assert.notEqual(fresh, weak);
  assert.equal(argon2.outdated?.(fresh), false);
  assert.ok(await verify(fresh, password));
  await real.identity.login('cat', password, client, false);
  assert.equal(await stored(), fresh);
  assert.equal(
    (await real.identity.authenticate({ kind: 'session', secret: session.secret }, client)).userId,
    id,
  );
});

test('a password that is too old leads to nothing but another one', async () => {
  await world.person('bob');
  cluster.settings['password.expireDays'] = 30;
  assert.ok(!(await log('bob', password)).principal.scopes.includes('signin'));
  cluster.clock.time += 31 * 86_400_000;
  const context = contextOf((await log('bob', password)).principal);
  assert.deepEqual(context.principal.scopes, ['signin']);
  await refusal(
    world.node.identity.authenticate({ kind: 'basic', login: 'bob', secret: password }, client),
    'unauthenticated',
  );
  await world.node.identity.changePassword(context, password, 'a new lighthouse');
  assert.ok((await log('bob', 'a new lighthouse')).principal.scopes.includes('account'));
  cluster.settings['password.expireDays'] = 0;
});
