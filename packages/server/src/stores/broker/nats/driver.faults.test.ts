/** The server dies, stands still or is cut off. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { failure, succeeds, took, until } from '../../../testing/expectations.ts';
import { faultProxy, startServer, type FaultProxy, type OwnServer } from '../../../testing/servers/index.ts';
import type { Json } from '../../config/contract.ts';
import type { BrokerStore } from '../contract.ts';
import { openNats, skip } from './testing.ts';

/** As long as a subscription may take to live again. */
const healMs = 10_000;

interface Scene {
  readonly server: OwnServer;
  readonly proxy: FaultProxy;
  /** Through the proxy. */
  readonly store: BrokerStore;
  /** Straight to the server. */
  readonly witness: BrokerStore;
}

async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startServer('nats');
  const proxy = await faultProxy(parseStoreUrl(server.url).hosts[0]?.port ?? 0);
  const open: BrokerStore[] = [];
  try {
    const store = await openNats(`nats://127.0.0.1:${proxy.port}`);
    open.push(store);
    const witness = await openNats(server.url);
    open.push(witness);
    await run({ server, proxy, store, witness });
  } finally {
    for (const store of open) await store.close();
    await proxy.close();
    await server.stop();
  }
}

/** Rings until the subscriber hears it, as publishers do that can't know whether it listens. */
async function ringUntilHeard(publisher: BrokerStore, seen: readonly Json[]): Promise<void> {
  const before = seen.length;
  await until(
    async () => {
      await publisher.publish('bell', 'ring').catch(() => undefined);
      return seen.length > before;
    },
    'a ring',
    healMs,
  );
}

async function listen(store: BrokerStore): Promise<{ seen: Json[]; gaps: () => number }> {
  const seen: Json[] = [];
  let gaps = 0;
  await store.subscribe('bell', (payload) => void seen.push(payload), { onGap: () => void gaps++ });
  return { seen, gaps: () => gaps };
}

describe('broker nats: faults', { skip, concurrency: 3 }, () => {
  test('killed and started again: every subscription, groups too, lives on and is told of the gap', () =>
    withScene(async ({ server, store, witness }) => {
      const one = await listen(store);
      const grouped: Json[] = [];
      let groupGaps = 0;
      await store.subscribe('bell', (payload) => void grouped.push(payload), {
        group: 'g',
        onGap: () => void groupGaps++,
      });
      await ringUntilHeard(witness, one.seen);
      assert.equal(one.gaps(), 0);
      await server.kill();
      await until(async () => !(await succeeds(store.publish('bell', 'lost'))), 'a refusal');
      assert.equal((await failure(store.publish('bell', 'lost'))).code, 'unavailable');
      assert.equal((await failure(store.ping())).code, 'unavailable');
      assert.equal((await failure(store.subscribe('bell', () => {}))).code, 'unavailable');
      await server.start();
      await ringUntilHeard(witness, one.seen);
      await ringUntilHeard(store, grouped);
      assert.ok(one.gaps() >= 1 && groupGaps >= 1);
      assert.ok(!one.seen.includes('lost'), 'nothing old is delivered late');
      await store.ping();
    }));

  test('frozen: noticed, nothing waits for ever or piles up; back when it wakes', () =>
    // Without the proxy, which would take in what the server does not.
    withScene(async ({ server, store: witness, witness: store }) => {
      const { seen, gaps } = await listen(store);
      await ringUntilHeard(witness, seen);
      server.freeze();
      const text = 'x'.repeat(60_000);
      const before = process.memoryUsage().rss;
      let refusal = '';
      await until(
        async () => {
          for (let i = 0; i < 100; i++)
            await store.publish('flood', text).catch((error: unknown) => (refusal = String(error)));
          return /out of reach/.test(refusal);
        },
        'the loss to be noticed, though much is unsent',
        healMs,
      );
      assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024, 'memory is bounded');
      assert.ok((await took(succeeds(store.ping()))) < 3_000);
      assert.ok((await took(succeeds(store.subscribe('other', () => {})))) < 7_000);
      server.thaw();
      await ringUntilHeard(witness, seen);
      await until(() => gaps() >= 1, 'the gap', healMs);
      await until(() => succeeds(store.ping()), 'an answer', healMs);
    }));

  test('cut and healed: lives on within seconds', () =>
    withScene(async ({ proxy, store, witness }) => {
      const { seen, gaps } = await listen(store);
      await ringUntilHeard(witness, seen);
      proxy.cut();
      await until(async () => !(await succeeds(store.ping())), 'the loss');
      proxy.heal();
      await ringUntilHeard(witness, seen);
      assert.ok(gaps() >= 1);
    }));

  test('a half-open connection, with much unsent, is noticed within 10 s without a word from the network', () =>
    withScene(async ({ proxy, store, witness }) => {
      const { seen, gaps } = await listen(store);
      await ringUntilHeard(witness, seen);
      proxy.blackhole();
      const text = 'x'.repeat(60_000);
      for (let i = 0; i < 100; i++) await store.publish('flood', text).catch(() => undefined);
      await until(
        async () => /out of reach/.test((await failure(store.ping())).text),
        'the loss to be noticed',
        healMs,
      );
      proxy.heal();
      await ringUntilHeard(witness, seen);
      assert.ok(gaps() >= 1);
    }));

  test('of several servers one dies: subscriptions live on at another', async () => {
    const servers = [await startServer('nats'), await startServer('nats')];
    const hosts = servers.map(({ url }) => url.replace('nats://', '')).join(',');
    const store = await openNats(`nats://${hosts}`);
    try {
      const { seen, gaps } = await listen(store);
      await servers[0]?.kill();
      await ringUntilHeard(store, seen);
      await servers[0]?.start();
      await servers[1]?.kill();
      await ringUntilHeard(store, seen);
      assert.ok(gaps() >= 1);
    } finally {
      await store.close();
      for (const server of servers) await server.stop();
    }
  });

  test('a server that accepts and says nothing: opening fails in time and leaves nothing open', async () => {
    const server = await startServer('nats');
    try {
      server.freeze();
      const from = performance.now();
      assert.equal((await failure(openNats(server.url))).code, 'unavailable');
      assert.ok(performance.now() - from < 6_000);
    } finally {
      await server.stop();
    }
  });

  test('closing while it is away takes no longer than a moment', () =>
    withScene(async ({ server, store }) => {
      await listen(store);
      server.freeze();
      assert.ok((await took(succeeds(store.close()))) < 3_000);
    }));

  test('a slow handler does not hold up the connection', () =>
    withScene(async ({ store, witness }) => {
      const gate = Promise.withResolvers<void>();
      let gaps = 0;
      let slow = 0;
      await store.subscribe('bell', () => (slow++, gate.promise), { onGap: () => void gaps++ });
      const fast = await listen(store);
      for (let i = 0; i < 3_000; i++) await witness.publish('bell', i);
      await until(() => fast.seen.length > 0 && slow === 1, 'messages');
      await store.ping();
      gate.resolve();
      await until(() => gaps >= 1, 'the gap');
    }));
});
