/** The key of the queue, as several nodes make and read it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryVault, openCluster } from '../identity/testing.ts';
import { isAppError } from '../../kernel/errors.ts';
import { QueueKeys } from './queue-keys.ts';

const row = { id: '1', recipient: 'ada@example.org', template: 'test' } as const;

test('of nodes that start at once on an empty vault one makes the key, and each opens what another sealed', async () => {
  const cluster = await openCluster();
  try {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => cluster.start()));
    const { vault } = cluster;
    const keys = await Promise.all(
      nodes.map(({ identity }) => QueueKeys.open({ vault, sharedKey: identity.sharedKey })),
    );
    assert.deepEqual(await vault.list('mail/'), ['mail/queue-key-1']);
    for (const mine of keys) {
      const { data, keyId } = mine.seal(row, { link: 'https://files.example/#secret' });
      assert.doesNotMatch(Buffer.from(data, 'base64').toString('latin1'), /secret/);
      for (const other of keys)
        assert.deepEqual(await other.open({ ...row, data, key_id: keyId }), {
          link: 'https://files.example/#secret',
        });
    }
  } finally {
    await cluster.close();
  }
});

test('says so where the vault is another one', async () => {
  const open = async (secret: string): Promise<QueueKeys> => {
    const vault = new MemoryVault();
    await vault.put('mail/queue-key-1', secret);
    return QueueKeys.open({ vault, sharedKey: () => Promise.reject(new Error('not asked for')) });
  };
  const { data, keyId } = (await open('one secret')).seal(row, {});
  await assert.rejects((await open('another')).open({ ...row, data, key_id: keyId }), (error) =>
    isAppError(error, 'corrupt'),
  );
  await assert.rejects((await open('one secret')).open({ ...row, data, key_id: 7 }), /queue-key-7/);
});

test('a vault whose list lags, or is empty for a while, takes no key away', async () => {
  const vault = new MemoryVault();
  vault.list = () => Promise.resolve([]);
  const keys = await QueueKeys.open({ vault, sharedKey: () => Promise.resolve('a secret') });
  const sealed = keys.seal(row, { a: 1 });
  const opened = () => keys.open({ ...row, data: sealed.data, key_id: sealed.keyId });
  assert.deepEqual(await opened(), { a: 1 });
  await assert.rejects(keys.open({ ...row, data: sealed.data, key_id: 7 }), /queue-key-7/);
  assert.deepEqual([await opened(), keys.seal(row, {}).keyId], [{ a: 1 }, 1]);
});
