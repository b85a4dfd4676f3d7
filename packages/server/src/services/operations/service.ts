/** Operations: health of this node and its stores, status of the cluster, metrics, the log. Owns no table. */
import type { ClusterStatus, LogEntry, StoreStatus } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { StoreHealth } from '../../kernel/service.ts';
import type { DocumentsStore } from '../../stores/documents/contract.ts';
import type { RegistryStore } from '../../stores/registry/contract.ts';
import type { ContentsService } from '../contents/api.ts';
import type { JobsService } from '../jobs/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { OperationsService, Readiness } from './api.ts';
import type { Metrics } from './metrics.ts';
import type { NodeReport } from './node-health.ts';
import { differing, settingsHash } from './settings-hash.ts';

/** A store as operations sees it. `needed`: without it the node can't serve. */
export interface WatchedStore {
  readonly kind: string;
  readonly driver: string;
  readonly url: string;
  readonly needed: boolean;
  ping(): Promise<StoreHealth>;
}

export interface OperationsDeps {
  readonly stores: readonly WatchedStore[];
  readonly registry: RegistryStore;
  readonly documents: DocumentsStore;
  readonly journal: JournalService;
  readonly jobs: JobsService;
  readonly contents: Pick<ContentsService, 'scrubState'>;
  readonly settings: Pick<SettingsService, 'list'>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly state: () => Readiness['state'];
  /** What a node last said; null: nothing was heard. */
  readonly reportOf: (nodeName: string) => Promise<NodeReport | null>;
}

/** A store that does not answer within this time counts as unreachable. */
const pingLimitMs = 2000;
/** Probes come every second or so from several sides; stores are asked at most this often. */
const pingFreshMs = 1000;
/** Balancers give a node a second to say that it is ready: a store that it can do without must not use it up. */
const unneededPatienceMs = 250;
/** A node that is not ready for another reason, as one that drains, says so at once. */
const notReadyPatienceMs = 50;

export function createOperations(deps: OperationsDeps): OperationsService {
  let last: { readonly at: number; readonly pings: readonly Promise<StoreStatus>[] } | null = null;
  const pings = (): readonly Promise<StoreStatus>[] => {
    const now = deps.clock.monotonic();
    if (last === null || now - last.at > pingFreshMs)
      last = { at: now, pings: deps.stores.map((s) => pingOne(deps, s)) };
    return last.pings;
  };
  const pingAll = (): Promise<readonly StoreStatus[]> => Promise.all(pings());
  return {
    async readiness() {
      const state = deps.state();
      const stores = await Promise.all(
        pings().map(async (ping, i) => {
          const needed = deps.stores[i]?.needed ?? false;
          const limitMs = state === 'ready' ? unneededPatienceMs : notReadyPatienceMs;
          const status = needed && state === 'ready' ? await ping : await within(ping, limitMs);
          const { ok, error } = status ?? { ok: false, error: 'no answer yet' };
          return { kind: deps.stores[i]?.kind ?? '', ok, needed, error };
        }),
      );
      return { ready: state === 'ready' && stores.every((s) => s.ok || !s.needed), state, stores };
    },
    async status(): Promise<ClusterStatus> {
      const [nodes, stores, followers, contents, jobs] = await Promise.all([
        deps.registry.nodes().catch(noneWhileAway),
        pingAll(),
        deps.journal.followers().catch(noneWhileAway),
        deps.contents.scrubState().catch(nothingWhileAway),
        deps.jobs.list().catch(noneWhileAway),
      ]);
      const told = await Promise.all(
        nodes.map(async (node) => {
          const report = await deps.reportOf(node.name);
          return { ...node, stores: report?.stores ?? null, settings: report?.settings ?? null };
        }),
      );
      const odd = differing(told);
      return {
        nodes: told.map(({ settings, ...node }) => ({
          ...node,
          settings: settings && { hash: settings.hash, differ: odd.has(node.id) },
        })),
        stores: [...stores],
        followers: [...followers],
        ...(contents !== undefined && { contents }),
        jobs: [...jobs],
      };
    },
    async metrics() {
      await pingAll();
      deps.metrics.followers(await deps.journal.followers().catch(noneWhileAway));
      const contents = await deps.contents.scrubState().catch(nothingWhileAway);
      if (contents !== undefined) deps.metrics.contents(contents);
      deps.metrics.settings(settingsHash(deps.settings));
      return deps.metrics.text();
    },
    async logs(filter, limit, cursor) {
      const page = await deps.documents.logs.query(filter, limit, cursor);
      return { items: page.items as readonly LogEntry[], next: page.next };
    },
  };
}

/** What SQL or the registry would tell is missing while it can't be reached; that it is away is among the stores. */
function noneWhileAway(error: unknown): readonly never[] {
  nothingWhileAway(error);
  return [];
}

function nothingWhileAway(error: unknown): undefined {
  if (!isAppError(error, 'unavailable') && !isAppError(error, 'timeout')) throw error;
}

/** @returns null where it takes longer */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function pingOne(deps: OperationsDeps, store: WatchedStore): Promise<StoreStatus> {
  const from = deps.clock.monotonic();
  const base = { kind: store.kind, driver: store.driver, url: store.url };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${pingLimitMs} ms`)), pingLimitMs);
  });
  try {
    const health = await Promise.race([store.ping(), late]);
    const ms = deps.clock.monotonic() - from;
    deps.metrics.store(store.kind, 'ping', ms, true);
    return { ...base, ok: true, latencyMs: Math.round(ms * 100) / 100, version: health.version, error: null };
  } catch (error) {
    deps.metrics.store(store.kind, 'ping', deps.clock.monotonic() - from, false);
    return {
      ...base,
      ok: false,
      latencyMs: null,
      version: null,
      error: error instanceof Error ? error.message : String(error),
    };
  } finally {
    clearTimeout(timer);
  }
}
