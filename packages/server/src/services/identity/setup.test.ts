import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { adminPassword, client, contextOf, openCluster, setUp, type TestCluster } from './testing.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

const input = { login: 'Root', password: adminPassword } as const;

test('every node prints the same key, until the server is set up with it', async () => {
  const [one, two] = [await cluster.start(), await cluster.start()];
  const key = await one.identity.setupKey();
  assert.ok(key !== null && key.length >= 40);
  assert.equal(await two.identity.setupKey(), key);
  assert.equal(await two.identity.setupRequired(), true);
  const user = await two.identity.setup({ ...input, key });
  assert.deepEqual([user.login, user.admin, user.displayName], ['root', true, 'root']);
  assert.equal(await one.identity.setupRequired(), false);
  assert.equal(await one.identity.setupKey(), null);
  assert.equal(cluster.vault.values.has('setup/key'), false);
});

test('a wrong key is refused and changes nothing', async () => {
  const { identity } = await cluster.start();
  for (const key of ['', 'wrong', `${await identity.setupKey()}x`]) {
    await assert.rejects(identity.setup({ ...input, key }), (error) => isAppError(error, 'unauthenticated'));
  }
  assert.equal(await identity.setupRequired(), true);
});

test('of ten at once on two nodes one wins, the others meet a conflict', async () => {
  const nodes = [await cluster.start(), await cluster.start()];
  const key = await nodes[0]?.identity.setupKey();
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      nodes[i % 2]?.identity.setup({ ...input, login: `admin${i}`, key: key ?? null }),
    ),
  );
  const lost = results.filter((result) => result.status === 'rejected');
  assert.equal(lost.length, 9);
  assert.ok(lost.every((result) => isAppError(result.reason, 'conflict')));
  assert.equal(cluster.journal.length > 0, true);
  const admins = await Promise.all(results.map((_, i) => nodes[0]?.identity.userByLogin(`admin${i}`)));
  assert.equal(admins.filter(Boolean).length, 1);
});

test('a weak password is refused before anything is made', async () => {
  const { identity } = await cluster.start();
  await assert.rejects(identity.setup({ ...input, key: null, password: 'short' }), (error) =>
    isAppError(error, 'invalid_input'),
  );
  assert.equal(await identity.setupRequired(), true);
});

test('a key that a crash left behind goes with the next start', async () => {
  await setUp(cluster);
  cluster.vault.values.set('setup/key', 'left behind');
  const { identity } = await cluster.start();
  assert.equal(cluster.vault.values.has('setup/key'), false);
  await assert.rejects(identity.setup({ ...input, key: 'left behind' }), (error) =>
    isAppError(error, 'conflict'),
  );
});

test('a node whose vault lacks the secrets of a cluster that is set up makes none of its own', async () => {
  await setUp(cluster);
  const secrets = new Map(cluster.vault.values);
  cluster.vault.values.clear();
  await assert.rejects(
    cluster.start(),
    (error) => isAppError(error, 'conflict') && error.message.includes('VOLVOX_VAULT'),
  );
  assert.equal(cluster.vault.values.size, 0);
  for (const [name, value] of secrets) cluster.vault.values.set(name, value);
  await cluster.start();
  assert.equal(cluster.vault.values.get('session/csrf-key'), secrets.get('session/csrf-key'));
});

test('makes group, roles and workspaces with their rights', async () => {
  const { node, admin } = await setUp(cluster);
  const groups = await node.identity.groups(admin);
  assert.deepEqual(
    groups.map((group) => [group.name, group.parentId]),
    [['everyone', null]],
  );
  assert.deepEqual(
    (await node.workspaces.list(admin)).map((w) => [w.slug, w.permissions.length]),
    [
      ['personal', 4],
      ['common', 4],
    ],
  );
  await node.identity.createUser(admin, { login: 'ann', password: 'password-1' });
  const ann = contextOf((await node.identity.login('ann', 'password-1', client, false)).principal);
  assert.deepEqual(
    (await node.workspaces.list(ann)).map((w) => [w.slug, w.permissions]),
    [
      ['personal', ['read', 'write', 'share', 'manage']],
      ['common', ['read', 'write']],
    ],
  );
});
