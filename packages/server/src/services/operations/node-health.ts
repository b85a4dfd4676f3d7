/** What each node finds of the stores and which settings it goes by, told to the others through the cache: one node may reach what another can't. */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Started } from '../../kernel/service.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { CacheStore } from '../../stores/cache/contract.ts';
import type { Readiness } from './api.ts';

const Report = Type.Object({
  stores: Type.Array(
    Type.Object({
      kind: Type.String(),
      ok: Type.Boolean(),
      error: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  settings: Type.Object({ hash: Type.String(), forMs: Type.Number() }),
});
export type NodeReport = Static<typeof Report>;

const everyMs = 10_000;
/** Three reports missed, and nothing is said of a node any more. */
const keptMs = 3 * everyMs;
const keyOf = (nodeName: string): string => `node-health/${nodeName}`;

/** Tells what this node finds until it is stopped. A cache that is away misses a report, no more. */
export function startHealthReports(deps: {
  readonly cache: CacheStore;
  readonly nodeName: string;
  readonly readiness: () => Promise<Readiness>;
  readonly settingsHash: () => string;
  readonly clock: Pick<Clock, 'monotonic'>;
}): Started<null> {
  let telling: Promise<void> = Promise.resolve();
  let settings = { hash: deps.settingsHash(), since: deps.clock.monotonic() };
  const tell = async (): Promise<void> => {
    const { stores } = await deps.readiness();
    const now = deps.clock.monotonic();
    const hash = deps.settingsHash();
    if (hash !== settings.hash) settings = { hash, since: now };
    const report: NodeReport = {
      stores: stores.map(({ kind, ok, error }) => ({ kind, ok, error })),
      settings: { hash, forMs: now - settings.since },
    };
    await deps.cache.set(keyOf(deps.nodeName), report, keptMs);
  };
  const timer = setInterval(() => {
    telling = telling.then(tell).catch(() => undefined);
  }, everyMs).unref();
  telling = tell().catch(() => undefined);
  return {
    api: null,
    async stop() {
      clearInterval(timer);
      await telling;
    },
  };
}

/** null: nothing was heard of the node lately */
export async function nodeReport(cache: CacheStore, nodeName: string): Promise<NodeReport | null> {
  const report = await cache.get(keyOf(nodeName)).catch(() => undefined);
  return Value.Check(Report, report) ? report : null;
}
