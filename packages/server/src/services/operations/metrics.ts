/** The Prometheus metrics of a node. One registry per node, so that a process may hold several (tests). */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ScrubState } from '../contents/api.ts';
import type { FollowerStatus } from '../journal/api.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface FinishedRequest {
  readonly method: string;
  /** A route's pattern, never a path: bounded in number. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Metrics {
  request(finished: FinishedRequest): void;
  store(kind: string, operation: string, ms: number, ok: boolean): void;
  followers(list: readonly Pick<FollowerStatus, 'name' | 'lag' | 'parked'>[]): void;
  droppedLogs(count: number): void;
  contents(state: Pick<ScrubState, 'damaged' | 'endedAt'>): void;
  /** @param hash of the values in force on this node */
  settings(hash: string): void;
  text(): Promise<string>;
  stop(): void;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Embedded stores answer well within a millisecond. */
const storeBuckets = [0.0001, 0.00025, 0.0005, ...buckets];
/** A timer of this length is watched: what it takes longer is the delay. */
const loopSampleMs = 20;

export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'volvox_http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers,
  });
  const bytes = new Counter({
    name: 'volvox_http_bytes_total',
    help: 'Bytes of bodies',
    labelNames: ['direction'],
    registers,
  });
  const stores = new Histogram({
    name: 'volvox_store_duration_seconds',
    help: 'Time of a call to a store',
    labelNames: ['store', 'operation', 'outcome'],
    buckets: storeBuckets,
    registers,
  });
  const dropped = new Counter({
    name: 'volvox_log_entries_dropped_total',
    help: 'Log entries that did not reach the documents store',
    registers,
  });
  new Gauge({
    name: 'volvox_build_info',
    help: 'Version of this node',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const loop = monitorEventLoopDelay({ resolution: loopSampleMs });
  loop.enable();
  const delay = new Gauge({
    name: 'volvox_event_loop_delay_seconds',
    help: 'Event-loop delay since the last scrape',
    labelNames: ['quantile'],
    registers,
  });
  const memory = new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory', registers });
  const cpu = new Gauge({ name: 'process_cpu_seconds_total', help: 'CPU time, user and system', registers });
  return {
    request(finished) {
      requests.observe(
        { method: finished.method, route: finished.route, status: finished.status },
        finished.ms / 1000,
      );
      if (finished.bytesIn > 0) bytes.inc({ direction: 'in' }, finished.bytesIn);
      if (finished.bytesOut > 0) bytes.inc({ direction: 'out' }, finished.bytesOut);
    },
    store: (kind, operation, ms, ok) =>
      stores.observe({ store: kind, operation, outcome: ok ? 'ok' : 'error' }, ms / 1000),
    followers: followerGauges(registers),
    contents: contentsGauges(registers),
    settings: settingsGauge(version, registers),
    droppedLogs: (count) => dropped.inc(count),
    async text() {
      for (const quantile of [0.5, 0.99, 1])
        delay.set(
          { quantile },
          Math.max(0, (loop.percentile(quantile * 100) / 1e6 - loopSampleMs) / 1000 || 0),
        );
      loop.reset();
      memory.set(process.memoryUsage.rss());
      const used = process.cpuUsage();
      cpu.set((used.user + used.system) / 1e6);
      return registry.metrics();
    },
    stop: () => loop.disable(),
  };
}

function settingsGauge(version: string, registers: Registry[]): Metrics['settings'] {
  const info = new Gauge({
    name: 'volvox_settings_info',
    help: 'Hash of the settings in force: nodes of one version that show another one for long do not follow the configuration',
    labelNames: ['hash', 'version'],
    registers,
  });
  return (hash) => {
    info.reset();
    info.set({ hash, version }, 1);
  };
}

function followerGauges(registers: Registry[]): Metrics['followers'] {
  const lag = new Gauge({
    name: 'volvox_follower_lag',
    help: 'Journal rows that a follower has not handled yet',
    labelNames: ['follower'],
    registers,
  });
  const parked = new Gauge({
    name: 'volvox_follower_parked_rows',
    help: 'Journal rows that a follower could not handle and has passed over',
    labelNames: ['follower'],
    registers,
  });
  return (list) => {
    for (const follower of list) {
      lag.set({ follower: follower.name }, follower.lag);
      parked.set({ follower: follower.name }, follower.parked);
    }
  };
}

function contentsGauges(registers: Registry[]): Metrics['contents'] {
  const damaged = new Gauge({
    name: 'volvox_damaged_chunks',
    help: 'Chunks of contents that were read again in the background and found damaged or missing',
    registers,
  });
  const ended = new Gauge({
    name: 'volvox_scrub_end_timestamp_seconds',
    help: 'When all contents had last been read again, seconds since 1970; 0 before that',
    registers,
  });
  return (state) => {
    damaged.set(state.damaged);
    ended.set((state.endedAt ?? 0) / 1000);
  };
}
