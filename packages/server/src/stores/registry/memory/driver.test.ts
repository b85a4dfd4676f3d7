import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { registryMemoryDriver } from './driver.ts';

function handClock() {
  let time = 1_000;
  const clock: Clock = { now: () => 0, monotonic: () => time };
  return { clock, advance: (ms: number) => void (time += ms) };
}

const open = (url: string, clock: Clock) =>
  registryMemoryDriver.open(parseStoreUrl(url), { log: silentLogger, clock, durability: 'full' });

test('a lease is valid by the monotonic clock only, and once over it stays over', async () => {
  const { clock, advance } = handClock();
  const store = await open('memory:', clock);
  const lease = await store.acquire('l', 30_000);
  assert.ok(lease);
  advance(29_999);
  assert.equal(lease.valid(), true);
  assert.equal(await store.acquire('l', 30_000), null);
  advance(1);
  let lost = 0;
  lease.signal.addEventListener('abort', () => lost++);
  assert.equal(lease.valid(), false);
  assert.equal(lost, 1);
  const next = await store.acquire('l', 30_000);
  assert.ok(next && next.fence > lease.fence);
  await lease.release();
  assert.equal(next.valid(), true);
  assert.equal(await store.acquire('l', 30_000), null);
  await store.close();
});

test('a renewal that comes too late takes nothing back, and the signal tells', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { clock, advance } = handClock();
  const store = await open('memory:', clock);
  const lease = await store.acquire('l', 3_000);
  advance(2_000);
  t.mock.timers.tick(1_000);
  advance(2_000);
  assert.equal(lease?.valid(), true, 'renewed');
  advance(1_000);
  t.mock.timers.tick(1_000);
  assert.equal(lease?.signal.aborted, true);
  assert.ok(await store.acquire('l', 3_000));
});

test('a node that stood still for too long is registered again with its next beat', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { clock, advance } = handClock();
  const store = await open('memory:?ttl=3', clock);
  await store.register({ id: 'a', name: 'n', url: '', version: '1', state: 'ready', startedAt: 1 });
  advance(3_000);
  assert.deepEqual(await store.nodes(), []);
  t.mock.timers.tick(1_000);
  assert.equal((await store.nodes()).length, 1);
});

test('memory: is alone, memory:name is shared; a wrong ttl is refused', async () => {
  const { clock } = handClock();
  const [a, b, c, d] = [
    await open('memory:', clock),
    await open('memory:', clock),
    await open('memory:x1', clock),
    await open('memory:x1', clock),
  ];
  assert.ok(await a.acquire('l', 1_000));
  assert.ok(await b.acquire('l', 1_000));
  assert.ok(await c.acquire('l', 1_000));
  assert.equal(await d.acquire('l', 1_000), null);
  for (const ttl of ['0', '-1', 'x', ''])
    await assert.rejects(open(`memory:?ttl=${ttl}`, clock), { code: 'invalid_input' });
  await Promise.all([a, b, c, d].map((store) => store.close()));
  await assert.rejects(a.acquire('l', 1_000), { code: 'unavailable' });
});
