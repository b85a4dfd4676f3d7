import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { cacheMemoryDriver } from '../../stores/cache/memory/driver.ts';
import type { Readiness } from './api.ts';
import { nodeReport, startHealthReports, type NodeReport } from './node-health.ts';

const finding = (ok: boolean): Promise<Readiness> =>
  Promise.resolve({
    ready: true,
    state: 'ready',
    stores: [{ kind: 'sql', ok, needed: true, error: ok ? null : 'no route' }],
  });

test('each node tells the others what it finds of the stores and which settings it goes by', async () => {
  const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
  const cache = await cacheMemoryDriver.open(parseStoreUrl('memory:'), deps);
  const common = { cache, settingsHash: () => 'aa', clock: { monotonic: () => 7 } };
  const fine = startHealthReports({ ...common, nodeName: 'one', readiness: () => finding(true) });
  const cut = startHealthReports({ ...common, nodeName: 'two', readiness: () => finding(false) });
  await Promise.all([fine.stop(), cut.stop()]);
  const settings = { hash: 'aa', forMs: 0 };
  const [one, two] = [await nodeReport(cache, 'one'), await nodeReport(cache, 'two')];
  assert.deepEqual(one, { stores: [{ kind: 'sql', ok: true, error: null }], settings });
  assert.deepEqual(two, { stores: [{ kind: 'sql', ok: false, error: 'no route' }], settings });
  assert.equal(await nodeReport(cache, 'three'), null);
  await cache.set('node-health/four', 'of another version', 1000);
  assert.equal(await nodeReport(cache, 'four'), null);
  await cache.close();
});

test('a node says for how long it has gone by its settings', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let [hash, now] = ['aa', 0];
  const told: unknown[] = [];
  const reports = startHealthReports({
    cache: { set: async (_key: string, report: NodeReport) => void told.push(report.settings) } as never,
    nodeName: 'one',
    readiness: () => finding(true),
    settingsHash: () => hash,
    clock: { monotonic: () => now },
  });
  const next = async (): Promise<void> => {
    now += 10_000;
    t.mock.timers.tick(10_000);
    await new Promise(setImmediate);
  };
  await new Promise(setImmediate);
  await next();
  hash = 'bb';
  await next();
  await next();
  await reports.stop();
  assert.deepEqual(told, [
    { hash: 'aa', forMs: 0 },
    { hash: 'aa', forMs: 10_000 },
    { hash: 'bb', forMs: 0 },
    { hash: 'bb', forMs: 10_000 },
  ]);
});

test('a cache or a store that is away only leaves a report out', async () => {
  const away = () => Promise.reject(new Error('away'));
  const cache = { get: away, set: away } as never;
  const reports = startHealthReports({
    cache,
    nodeName: 'one',
    readiness: () => finding(true),
    settingsHash: () => 'aa',
    clock: systemClock,
  });
  await reports.stop();
  assert.equal(await nodeReport(cache, 'one'), null);
});
