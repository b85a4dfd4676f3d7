import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import type { Follower } from './api.ts';
import { append, openCluster, until, type TestCluster } from './testing.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

interface Recorder extends Follower {
  readonly batches: string[][];
  readonly names: () => string[];
}

/** A follower that notes what it was given. `before` runs first and may throw. */
function recorder(
  name: string,
  before?: (batch: number, signal: AbortSignal) => unknown,
  batchSize = 10,
): Recorder {
  const batches: string[][] = [];
  return {
    name,
    batchSize,
    batches,
    names: () => batches.flat(),
    async handle(rows, signal) {
      await before?.(batches.length, signal);
      batches.push(rows.map((row) => String(row.after?.['name'])));
    },
  };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

test('hands over every row in order, in batches no larger than asked for', async () => {
  const { api } = await cluster.node();
  await append(cluster.sql, api, ...numbers(25));
  const follower = recorder('f');
  api.follow(follower);
  await api.settled();
  assert.deepEqual(follower.names(), numbers(25));
  assert.deepEqual(
    follower.batches.map((b) => b.length),
    [10, 10, 5],
  );
  assert.deepEqual(await api.followers(), [
    { name: 'f', position: 25, head: 25, lag: 0, rebuilding: false, error: null, parked: 0 },
  ]);
});

test('starts a new name at the head if asked to, and a known one where it was', async () => {
  const first = await cluster.node();
  await append(cluster.sql, first.api, 'old');
  first.api.follow(recorder('f'), 'head');
  await first.api.settled();
  await first.stop();
  await append(cluster.sql, first.api, 'meanwhile');
  const second = await cluster.node();
  const follower = recorder('f');
  second.api.follow(follower, 'head');
  await second.api.settled();
  assert.deepEqual(follower.names(), ['meanwhile']);
});

test('hands a batch over again after a throw, shows the error and clears it', async () => {
  const { api } = await cluster.node();
  let tries = 0;
  let broken = true;
  const follower = recorder('f', () => {
    tries++;
    if (broken) throw new Error('index is away');
  });
  api.follow(follower);
  await append(cluster.sql, api, 'a', 'b');
  await until(async () => (await api.followers())[0]?.error === 'index is away');
  assert.equal((await api.followers())[0]?.position, 0);
  broken = false;
  await api.settled();
  assert.deepEqual(follower.names(), ['a', 'b']);
  assert.ok(tries >= 2);
  assert.equal((await api.followers())[0]?.error, null);
});

test('does not let one failing follower hold up another', async () => {
  const { api } = await cluster.node();
  const fine = recorder('fine');
  const failing = recorder('failing', () => {
    throw new Error('no');
  });
  api.follow(failing);
  api.follow(fine);
  await append(cluster.sql, api, 'a');
  await until(() => fine.names().length === 1);
});

test('runs a name on one node at a time, and another takes over where the first stopped', async () => {
  const nodes = [await cluster.node(), await cluster.node()];
  const [one, two] = [recorder('f'), recorder('f')];
  nodes[0]?.api.follow(one);
  const writer = nodes[1]?.api;
  assert.ok(writer);
  await nodes[0]?.api.settled();
  writer.follow(two);
  for (let i = 0; i < 30; i++) await append(cluster.sql, writer, `${i}`);
  await nodes[0]?.api.settled();
  assert.deepEqual([...one.names(), ...two.names()], numbers(30));
  await nodes[0]?.stop();
  await append(cluster.sql, writer, 'after');
  await writer.settled();
  assert.deepEqual(two.names(), ['after']);
});

test('comes to its turn although rings never pause', async () => {
  const { api } = await cluster.node();
  const follower = recorder('f');
  api.follow(follower);
  await append(cluster.sql, api, 'first');
  await api.settled();
  let writing = true;
  const load = (async () => {
    while (writing) {
      await append(cluster.sql, api, 'x');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await until(() => follower.names().length > 1);
  writing = false;
  await load;
});

test('rebuilds, holding the handler back, and goes on with what came meanwhile', async () => {
  const { api } = await cluster.node();
  await append(cluster.sql, api, 'a', 'b');
  const events: string[] = [];
  api.follow({
    name: 'f',
    batchSize: 10,
    handle: async (rows) => void events.push(...rows.map((row) => String(row.after?.['name']))),
    rebuild: async () => {
      events.push('rebuild');
      await append(cluster.sql, api, 'c');
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push('rebuilt');
    },
  });
  await api.settled();
  await api.rebuild('f');
  await api.settled();
  assert.deepEqual(events, ['a', 'b', 'rebuild', 'rebuilt', 'c']);
});

test('handles everything again when a follower that cannot rebuild is asked to', async () => {
  const { api } = await cluster.node();
  await append(cluster.sql, api, 'a', 'b');
  const follower = recorder('f');
  api.follow(follower);
  await api.settled();
  await api.rebuild('f');
  await api.settled();
  assert.deepEqual(follower.names(), ['a', 'b', 'a', 'b']);
});

test('reports a rebuild that fails, and goes on trying, on another node if need be', async () => {
  const first = await cluster.node();
  const failing: Follower = {
    ...recorder('f'),
    rebuild: async () => {
      throw new Error('no room');
    },
  };
  first.api.follow(failing);
  await first.api.settled();
  await assert.rejects(
    first.api.rebuild('f'),
    (e) => isAppError(e, 'unavailable') && e.message.includes('no room'),
  );
  await first.stop();
  const second = await cluster.node();
  let rebuilt = 0;
  second.api.follow({ ...recorder('f'), rebuild: async () => void rebuilt++ });
  await second.api.settled();
  assert.equal(rebuilt, 1);
  await assert.rejects(second.api.rebuild('nobody'), (e) => isAppError(e, 'not_found'));
});

test('stops in the middle of a batch: tells the handler, waits for it, and hands the batch over again later', async () => {
  const first = await cluster.node();
  await append(cluster.sql, first.api, ...numbers(3));
  let ended = false;
  let began = false;
  const slow = recorder('f', async (_batch, signal) => {
    began = true;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended = true;
    signal.throwIfAborted();
  });
  first.api.follow(slow);
  await until(() => began);
  await first.stop();
  assert.ok(ended);
  const second = await cluster.node();
  assert.deepEqual(
    (await second.api.followers()).map((f) => [f.position, f.error]),
    [[0, null]],
  );
  const follower = recorder('f');
  second.api.follow(follower);
  await second.api.settled();
  assert.deepEqual(follower.names(), numbers(3));
});

test('keeps the cursor of a batch whose handler came to its end while stopping', async () => {
  const first = await cluster.node();
  await append(cluster.sql, first.api, 'a');
  let began = false;
  first.api.follow(
    recorder('f', async (_batch, signal) => {
      began = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }),
  );
  await until(() => began);
  await first.stop();
  const second = await cluster.node();
  assert.equal((await second.api.followers())[0]?.position, 1);
});

test('waits for followers only as long as asked to', async () => {
  const { api } = await cluster.node();
  api.follow(
    recorder('f', () => {
      throw new Error('never');
    }),
  );
  await append(cluster.sql, api, 'a');
  await assert.rejects(api.settled(AbortSignal.timeout(50)), (e) => isAppError(e, 'aborted'));
  await assert.rejects(
    async () => api.follow(recorder('f')),
    (e) => isAppError(e, 'internal'),
  );
});
