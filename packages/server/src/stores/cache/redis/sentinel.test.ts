import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, until } from '../../../testing/expectations.ts';
import { command, openRedis, skip, startRedis, startSentinel } from './testing.ts';

const minute = 60_000;

test('Sentinel: asks the name of the master, follows it to another server', { skip }, async (t) => {
  const master = await startRedis(() => []);
  t.after(() => master.stop());
  const replica = await startRedis(() => ['--replicaof', `127.0.0.1 ${master.port}`]);
  t.after(() => replica.stop());
  const sentinel = await startSentinel(master.port);
  t.after(() => sentinel.stop());
  const url = `redis://127.0.0.1:1,127.0.0.1:${sentinel.port}/0?sentinel=main`;
  const cache = await openRedis(url);
  t.after(() => cache.close());
  const isSet = async (): Promise<boolean> => {
    await cache.set('k', 1, minute);
    return (await cache.get('k')) === 1;
  };
  assert.ok(await isSet());
  assert.equal((await failure(openRedis(url.replace('=main', '=other')))).code, 'unavailable');
  await until(async () => (await command(replica.port, 'GET volvox:k')).includes('1'), 'the replica', 20_000);
  await until(
    async () => (await command(sentinel.port, 'SENTINEL REPLICAS main')).includes(String(replica.port)),
    'the Sentinel to know it',
    20_000,
  );
  await master.kill();
  await until(isSet, 'the new master', 20_000);
  assert.match(await command(replica.port, 'GET volvox:k'), /1/);
});
