import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { cacheMemoryDriver } from '../../stores/cache/memory/driver.ts';
import type { Readiness } from './api.ts';
import { nodeStores, startHealthReports } from './node-health.ts';

const finding = (ok: boolean): Promise<Readiness> =>
  Promise.resolve({
    ready: true,
    state: 'ready',
    stores: [{ kind: 'sql', ok, needed: true, error: ok ? null : 'no route' }],
  });

test('each node tells the others what it finds of the stores', async () => {
  const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
  const cache = await cacheMemoryDriver.open(parseStoreUrl('memory:'), deps);
  const fine = startHealthReports({ cache, nodeName: 'one', readiness: () => finding(true) });
  const cut = startHealthReports({ cache, nodeName: 'two', readiness: () => finding(false) });
  await Promise.all([fine.stop(), cut.stop()]);
  assert.deepEqual(await nodeStores(cache, 'one'), [{ kind: 'sql', ok: true, error: null }]);
  assert.deepEqual(await nodeStores(cache, 'two'), [{ kind: 'sql', ok: false, error: 'no route' }]);
  assert.equal(await nodeStores(cache, 'three'), null);
  await cache.set('node-health/four', 'of another version', 1000);
  assert.equal(await nodeStores(cache, 'four'), null);
  await cache.close();
});

test('a cache or a store that is away only leaves a report out', async () => {
  const away = () => Promise.reject(new Error('away'));
  const cache = { get: away, set: away } as never;
  const reports = startHealthReports({ cache, nodeName: 'one', readiness: () => finding(true) });
  await reports.stop();
  assert.equal(await nodeStores(cache, 'one'), null);
});
