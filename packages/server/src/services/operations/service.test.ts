import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { createMetrics } from './metrics.ts';
import { createOperations, type OperationsDeps, type WatchedStore } from './service.ts';

const away = new AppError('unavailable', 'the database is away', { retryable: true });

function store(kind: string, needed: boolean, error: Error | null = null): WatchedStore {
  const ping = async (): Promise<{ readonly version: string }> => {
    if (error !== null) throw error;
    return { version: '1' };
  };
  return { kind, driver: 'fake', url: 'fake:', needed, ping };
}

/** Of the services only what is asked here. */
function operations(
  stores: readonly WatchedStore[],
  sqlError: Error | null = null,
  days = 30,
  hashes: readonly string[] = [],
) {
  const list = async (): Promise<readonly []> => {
    if (sqlError !== null) throw sqlError;
    return [];
  };
  const metrics = createMetrics('1');
  metrics.stop();
  const deps = {
    stores,
    registry: { nodes: async () => hashes.map((_, i) => ({ id: `${i}`, name: `n${i}`, version: '1' })) },
    documents: {},
    journal: { followers: list },
    jobs: { list },
    settings: {
      list: () => [
        { key: 'trash.keepDays', value: days, sensitive: false, revision: 1 },
        { key: 'audit.webhook', value: Math.random(), sensitive: true, revision: 1 },
      ],
    },
    contents: {
      scrubState: async () => {
        if (sqlError !== null) throw sqlError;
        return { damaged: 2, beganAt: 5_000, endedAt: 1_000 };
      },
    },
    metrics,
    clock: systemClock,
    state: () => 'ready',
    reportOf: async (name: string) => ({
      stores: [],
      settings: { hash: hashes[Number(name[1])], forMs: 60_000 },
    }),
  } as unknown as OperationsDeps;
  return createOperations(deps);
}

test('is ready without what only degrades it, and not without what it needs', async () => {
  const degraded = await operations([store('sql', true), store('cache', false, away)]).readiness();
  assert.equal(degraded.ready, true);
  assert.deepEqual(
    degraded.stores.map((s) => [s.kind, s.ok, s.error]),
    [
      ['sql', true, null],
      ['cache', false, 'the database is away'],
    ],
  );
  assert.equal((await operations([store('sql', true, away)]).readiness()).ready, false);
});

test('a store that only degrades does not make a balancer wait when it hangs', async () => {
  const hung: WatchedStore = { ...store('cache', false), ping: () => new Promise(() => undefined) };
  // Their checks give up after a second, and would take out every node at once.
  const giveUp = new Promise<never>((_, reject) => setTimeout(reject, 900, new Error('too late')).unref());
  const { ready, stores } = await Promise.race([operations([store('sql', true), hung]).readiness(), giveUp]);
  assert.deepEqual([ready, stores[1]?.ok, stores[1]?.error], [true, false, 'no answer yet']);
});

test('status and metrics tell which store is away even where it is the one that knows followers and duties', async () => {
  const { status, metrics } = operations([store('sql', true, away)], away);
  const found = await status();
  assert.deepEqual([found.followers, found.jobs, found.contents], [[], [], undefined]);
  assert.deepEqual(
    found.stores.map((s) => [s.ok, s.error]),
    [[false, 'the database is away']],
  );
  assert.match(await metrics(), /store="sql",operation="ping",outcome="error"\} 1/);
});

test('status and metrics tell what reading contents again has found', async () => {
  const { status, metrics } = operations([store('sql', true)]);
  assert.deepEqual((await status()).contents, { damaged: 2, beganAt: 5_000, endedAt: 1_000 });
  const text = await metrics();
  assert.match(text, /^volvox_damaged_chunks 2$/m);
  assert.match(text, /^volvox_scrub_end_timestamp_seconds 1$/m);
});

test('metrics show by a hash whether nodes go by the same settings', async () => {
  const shown = async (days: number): Promise<string> => {
    const text = await operations([], null, days).metrics();
    return /^volvox_settings_info\{hash="([0-9a-f]{16})",version="1"\} 1$/m.exec(text)?.[1] ?? '';
  };
  assert.equal(await shown(30), await shown(30));
  assert.notEqual(await shown(30), await shown(31));
});

test('status names the node that goes by other settings than the rest', async () => {
  const { status } = operations([], null, 30, ['aa', 'bb', 'aa']);
  assert.deepEqual(
    (await status()).nodes.map(({ name, settings }) => [name, settings]),
    [
      ['n0', { hash: 'aa', differ: false }],
      ['n1', { hash: 'bb', differ: true }],
      ['n2', { hash: 'aa', differ: false }],
    ],
  );
});

test('status hides no fault of ours', async () => {
  const bug = new TypeError('a bug');
  await assert.rejects(operations([], bug).status(), (error) => error === bug);
});
