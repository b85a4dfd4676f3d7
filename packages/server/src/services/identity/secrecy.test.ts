import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { AppError } from '../../kernel/errors.ts';
import { argon2, Passwords } from './passwords.ts';
import { adminPassword, client, contextOf, FakeEngine, openCluster, setUp } from './testing.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables } from './tables.ts';

test('no secret shows in errors, logs, journal or answers, nor in plain text in the database', async () => {
  const cluster = await openCluster();
  try {
    const { node, admin, secret } = await setUp(cluster);
    const { identity } = node;
    const secrets = [
      adminPassword,
      secret,
      'guess-guess',
      'password-ann',
      'password-new',
      'vvx_pat_' + 'g'.repeat(32),
    ];
    const shown: unknown[] = [];
    const keep = async (work: Promise<unknown>): Promise<void> => {
      shown.push(await work.catch((error: unknown) => error));
    };
    await keep(identity.createUser(admin, { login: 'ann', password: 'password-ann' }));
    const session = await identity.login('ann', 'password-ann', client, true);
    const ann = contextOf(session.principal);
    const pat = await identity.createToken(ann, { kind: 'access_token', label: 't' });
    const app = await identity.createToken(ann, { kind: 'app_password', label: 'a' });
    secrets.push(session.secret, session.csrfToken, pat.secret, app.secret);
    await keep(identity.changePassword(ann, 'guess-guess', 'password-new'));
    await keep(identity.changePassword(ann, 'password-ann', 'password-new'));
    await keep(identity.login('guess-guess', 'guess-guess', client, false));
    await keep(identity.authenticate({ kind: 'basic', login: 'ann', secret: 'guess-guess' }, client));
    await keep(identity.authenticate({ kind: 'bearer', secret: secrets[5] ?? '' }, client));
    await keep(identity.setup({ login: 'x', password: 'guess-guess', key: 'guess-guess' }));
    await keep(identity.updateUser(admin, ann.principal.userId ?? '', { password: 'guess-guess' }));
    await keep(identity.updateUser(admin, ann.principal.userId ?? '', { password: 'ann' }));
    await keep(identity.users(admin, { limit: 10 }));
    await keep(identity.sessions(admin));
    await keep(identity.tokens(ann));
    const text = [
      ...shown.map((each) =>
        each instanceof AppError
          ? `${each.stack} ${JSON.stringify(each.details)} ${String(each.cause)}`
          : JSON.stringify(each),
      ),
      ...cluster.logged,
      JSON.stringify(cluster.journal),
    ].join('\n');
    for (const each of secrets) assert.ok(!text.includes(each), 'a secret shows');
    assert.ok(!/password_?hash|secret_?hash|\$argon2/i.test(text));

    const define = queriesOf<IdentityTables>();
    const none: Record<string, never> = {};
    const rows = [
      await cluster.sql.reader.all(
        define((db) => db.selectFrom('users').selectAll()),
        none,
      ),
      await cluster.sql.reader.all(
        define((db) => db.selectFrom('sessions').selectAll()),
        none,
      ),
      await cluster.sql.reader.all(
        define((db) => db.selectFrom('tokens').selectAll()),
        none,
      ),
      await cluster.sql.reader.all(
        define((db) => db.selectFrom('login_attempts').selectAll()),
        none,
      ),
    ];
    const stored = JSON.stringify(rows);
    for (const each of secrets) assert.ok(!stored.includes(each), 'a secret is stored');
  } finally {
    await cluster.close();
  }
});

test('passwords are argon2id at the stated cost', async () => {
  const stored = await argon2.hash('password-1');
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await argon2.verify(stored, 'password-1'), true);
  assert.equal(await argon2.verify(stored, 'password-2'), false);
});

test('at most two passwords are hashed at once, and the queue is bounded', async () => {
  const engine = new FakeEngine();
  const passwords = await Passwords.create(engine);
  const results = await Promise.allSettled(Array.from({ length: 300 }, () => passwords.verify(null, 'x')));
  assert.equal(engine.most, 2);
  const refused = results.filter((result) => result.status === 'rejected');
  assert.ok(refused.length > 0 && refused.length <= 100, String(refused.length));
  assert.ok(
    refused.every(
      (result) => result.reason instanceof AppError && result.reason.code === 'too_many_requests',
    ),
  );
  assert.equal(await passwords.verify(null, 'x'), false);
});

test('nobody ever gets in by the dummy hash', async () => {
  const everything = { hash: async () => 'h', verify: async () => true };
  const passwords = await Passwords.create(everything);
  assert.equal(await passwords.verify(null, 'anything'), false);
});

test('access knows nothing of identity', async () => {
  for (const file of ['service.ts', 'rules.ts', 'rule-cache.ts', 'explain.ts', 'queries.ts']) {
    const text = await readFile(new URL(`../access/${file}`, import.meta.url), 'utf8');
    assert.ok(!text.includes('/identity/'), file);
  }
});
