/** What each node finds of the stores, told to the others through the cache: one node may reach what another can't. */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Started } from '../../kernel/service.ts';
import type { CacheStore } from '../../stores/cache/contract.ts';
import type { Readiness } from './api.ts';

const Reports = Type.Array(
  Type.Object({
    kind: Type.String(),
    ok: Type.Boolean(),
    error: Type.Union([Type.String(), Type.Null()]),
  }),
);
export type NodeStores = Static<typeof Reports>;

const everyMs = 10_000;
/** Three reports missed, and nothing is said of a node any more. */
const keptMs = 3 * everyMs;
const keyOf = (nodeName: string): string => `node-health/${nodeName}`;

/** Tells what this node finds until it is stopped. A cache that is away misses a report, no more. */
export function startHealthReports(deps: {
  readonly cache: CacheStore;
  readonly nodeName: string;
  readonly readiness: () => Promise<Readiness>;
}): Started<null> {
  let telling: Promise<void> = Promise.resolve();
  const tell = async (): Promise<void> => {
    const { stores } = await deps.readiness();
    const report = stores.map(({ kind, ok, error }) => ({ kind, ok, error }));
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

/** null: nothing was heard of the node's stores lately */
export async function nodeStores(cache: CacheStore, nodeName: string): Promise<NodeStores | null> {
  const report = await cache.get(keyOf(nodeName)).catch(() => undefined);
  return Value.Check(Reports, report) ? report : null;
}
