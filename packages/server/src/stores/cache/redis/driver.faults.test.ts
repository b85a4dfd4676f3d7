/** The server dies, stands still, forgets or is cut off: nothing but slower. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failure, succeeds, took, until } from '../../../testing/expectations.ts';
import { faultProxy, startServer, type FaultProxy, type OwnServer } from '../../../testing/servers/index.ts';
import type { CacheStore } from '../contract.ts';
import { command, openRedis, portOf, skip } from './testing.ts';

const minute = 60_000;
const healMs = 10_000;

interface Scene {
  readonly server: OwnServer;
  readonly proxy: FaultProxy;
  /** Through the proxy. */
  readonly cache: CacheStore;
  /** Straight to the server. */
  readonly witness: CacheStore;
}

async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startServer('redis');
  const proxy = await faultProxy(portOf(server.url));
  const cache = await openRedis(`redis://127.0.0.1:${proxy.port}/0`);
  const witness = await openRedis(server.url);
  try {
    await run({ server, proxy, cache, witness });
  } finally {
    await cache.close();
    await witness.close();
    await proxy.close();
    await server.stop();
  }
}

/** A request: it asks, works a little, and fills. */
async function request(cache: CacheStore, key: string): Promise<void> {
  const found = await cache.get(key);
  if (found === undefined) await cache.set(key, 'made', minute);
}

const works = (cache: CacheStore) => async (): Promise<boolean> => {
  await cache.set('works', 1, minute);
  return (await cache.get('works')) === 1;
};

describe('cache redis: faults', { skip, concurrency: 4 }, () => {
  test('killed: every call goes on without error and without waiting; back by itself', () =>
    withScene(async ({ server, cache }) => {
      await cache.set('k', 1, minute);
      await server.kill();
      await until(async () => !(await succeeds(cache.ping())), 'the loss');
      assert.equal((await failure(cache.ping())).code, 'unavailable');
      const ms = await took(
        (async () => {
          for (let i = 0; i < 200; i++) await request(cache, `k${i}`);
          await cache.delete('k');
          await cache.clear('k');
        })(),
      );
      assert.ok(ms < 10_000, `${Math.round(ms)} ms: some of 200 waited`);
      assert.equal(await cache.get('k'), undefined);
      await server.start();
      await until(works(cache), 'its return', healMs);
      await cache.ping();
    }));

  for (const how of ['frozen', 'black-holed'] as const)
    test(`${how}: one wait of half a second, then calls cost nothing`, () =>
      withScene(async ({ server, proxy, cache }) => {
        for (let i = 0; i < 50; i++) await request(cache, `k${i}`);
        if (how === 'frozen') server.freeze();
        else proxy.blackhole();
        const first = await took(
          Promise.all([request(cache, 'a'), request(cache, 'b'), request(cache, 'c')]),
        );
        assert.ok(first < 2_000, `the first: ${Math.round(first)} ms`);
        const times: number[] = [];
        const until3s = performance.now() + 3_000;
        while (performance.now() < until3s) {
          times.push(await took(request(cache, `k${times.length % 50}`)));
          await new Promise((done) => setTimeout(done, 5));
        }
        times.sort((x, y) => x - y);
        const p95 = times[Math.floor(times.length * 0.95)] ?? Infinity;
        assert.ok(p95 < 20, `p95 ${p95.toFixed(1)} ms`);
        if (how === 'frozen') server.thaw();
        else proxy.heal();
        await until(works(cache), 'its return', healMs);
      }));

  test('cut: back by itself; what could not be removed meanwhile does not come back', () =>
    withScene(async ({ proxy, cache, witness }) => {
      for (const key of ['deleted', 'overwritten', 'x:1', 'x:2', 'kept']) await cache.set(key, 'old', minute);
      proxy.cut();
      await until(async () => !(await succeeds(cache.ping())), 'the loss');
      await cache.delete('deleted');
      await cache.set('overwritten', 'new', minute);
      await cache.clear('x:');
      assert.equal(await witness.get('deleted'), 'old');
      proxy.heal();
      await until(async () => (await cache.get('kept')) === 'old', 'its return', healMs);
      for (const key of ['deleted', 'overwritten', 'x:1', 'x:2'])
        assert.notEqual(await cache.get(key), 'old', key);
      for (const key of ['deleted', 'overwritten', 'x:1', 'x:2'])
        await until(async () => (await witness.get(key)) === undefined, `the removal of ${key}`);
    }));

  test('flushed: everything is missing, nothing fails', () =>
    withScene(async ({ server, cache }) => {
      await cache.set('k', 1, minute);
      await command(portOf(server.url), 'FLUSHALL');
      assert.equal(await cache.get('k'), undefined);
      assert.ok(await works(cache)());
    }));

  test('full: a value that is refused does not leave the one before', () =>
    withScene(async ({ server, cache }) => {
      await cache.set('k', 'old', minute);
      await command(portOf(server.url), 'CONFIG SET maxmemory 1');
      await cache.set('k', 'new', minute);
      assert.equal(await cache.get('k'), undefined);
      await command(portOf(server.url), 'CONFIG SET maxmemory 0');
      await until(works(cache), 'room');
      await until(async () => (await cache.get('k')) === undefined, 'the removal');
    }));

  test('small, evicting: only forgets', () =>
    withScene(async ({ server, cache }) => {
      await command(portOf(server.url), 'CONFIG SET maxmemory-policy allkeys-lru');
      await command(portOf(server.url), 'CONFIG SET maxmemory 3mb');
      for (let i = 0; i < 200; i++) await cache.set(`k${i}`, 'x'.repeat(50_000), minute);
      assert.equal(await cache.get('k0'), undefined);
      assert.ok(await works(cache)());
    }));

  test('a master that has become a replica: reconnects until it may write', () =>
    withScene(async ({ server, cache }) => {
      await command(portOf(server.url), 'REPLICAOF 127.0.0.1 1');
      await command(portOf(server.url), 'CONFIG SET replica-serve-stale-data yes');
      await cache.set('k', 1, minute);
      assert.equal(await cache.get('k'), undefined);
      await command(portOf(server.url), 'REPLICAOF NO ONE');
      await until(works(cache), 'writes', healMs);
    }));

  test('a server that accepts and says nothing: opening fails in time', async () => {
    const server = await startServer('redis');
    try {
      server.freeze();
      const from = performance.now();
      assert.equal((await failure(openRedis(server.url))).code, 'unavailable');
      assert.ok(performance.now() - from < 6_000);
    } finally {
      await server.stop();
    }
  });

  test('closing while it is away takes no longer than a moment', () =>
    withScene(async ({ server, cache, witness }) => {
      server.freeze();
      assert.ok((await took(cache.close())) < 2_000);
      await server.kill();
      await until(async () => !(await succeeds(witness.ping())), 'the loss');
      assert.ok((await took(witness.close())) < 2_000);
    }));
});
