import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { Json } from '../../config/contract.ts';
import { brokerMemoryDriver } from './driver.ts';

const open = (url: string, log: Logger = silentLogger) =>
  brokerMemoryDriver.open(parseStoreUrl(url), { log, clock: systemClock, durability: 'full' });

test('memory: is alone', async (t) => {
  const [a, b] = [await open('memory:'), await open('memory:')];
  const [mine, others]: [Json[], Json[]] = [[], []];
  await a.subscribe('t', (payload) => void mine.push(payload));
  await b.subscribe('t', (payload) => void others.push(payload));
  await a.publish('t', 1);
  await t.waitFor(() => assert.deepEqual(mine, [1]));
  assert.deepEqual(others, []);
});

test('exactly the last 1024 messages are kept for a slow subscriber, and one gap is told', async (t) => {
  const store = await open('memory:');
  const gate = Promise.withResolvers<void>();
  const seen: Json[] = [];
  let gaps = 0;
  const handler = async (payload: Json): Promise<void> => {
    seen.push(payload);
    await gate.promise;
  };
  await store.subscribe('t', handler, { onGap: () => void gaps++ });
  await store.publish('t', 'first');
  await t.waitFor(() => assert.equal(seen.length, 1));
  for (let i = 0; i < 1_030; i++) await store.publish('t', i);
  gate.resolve();
  await t.waitFor(() => assert.equal(seen.length, 1_025), { timeout: 5_000 });
  assert.deepEqual([seen[1], seen.at(-1), gaps], [6, 1_029, 1]);
});

test('a group gives the next message to a member that is free', async (t) => {
  const store = await open('memory:');
  const stuck = Promise.withResolvers<void>();
  const free: Json[] = [];
  await store.subscribe('t', () => stuck.promise, { group: 'g' });
  await store.subscribe('t', (payload) => void free.push(payload), { group: 'g' });
  for (let i = 0; i < 20; i++) {
    await store.publish('t', i);
    await new Promise((done) => setImmediate(done));
  }
  await t.waitFor(() => assert.equal(free.length, 19));
  stuck.resolve();
});

test('what a handler throws is logged with its topic', async (t) => {
  const errors: object[] = [];
  const store = await open('memory:', { ...silentLogger, error: (fields) => void errors.push(fields) });
  await store.subscribe('a.b', () => {
    throw new Error('mine');
  });
  await store.publish('a.b', 1);
  await t.waitFor(() => assert.equal(errors.length, 1));
  assert.equal(Reflect.get(errors[0] ?? {}, 'topic'), 'a.b');
});

test('a handler may end its own subscription', async (t) => {
  const store = await open('memory:');
  const seen: Json[] = [];
  const subscription = await store.subscribe('t', async (payload) => {
    seen.push(payload);
    await subscription.end();
  });
  const other: Json[] = [];
  await store.publish('t', 1);
  await store.publish('t', 2);
  await store.subscribe('t', (payload) => void other.push(payload));
  await store.publish('t', 3);
  await t.waitFor(() => assert.deepEqual(other, [3]));
  assert.deepEqual(seen, [1]);
});
