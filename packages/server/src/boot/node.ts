/** A node: opens the stores, starts the services, listens; drains and stops in reverse order. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock, type Clock } from '../kernel/clock.ts';
import type { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Services } from '../gateways/contract.ts';
import { leftBehind } from '../services/migration/node-side.ts';
import { createMetrics, type Metrics } from '../services/operations/metrics.ts';
import type { Readiness } from '../services/operations/api.ts';
import type { Registration } from '../stores/registry/contract.ts';
import { compileDefined } from '../stores/sql/query.ts';
import type { Bootstrap } from './bootstrap.ts';
import { listen, readTls, type Listener } from './gateways.ts';
import { defineJobs } from './jobs.ts';
import { createNodeLog, type NodeLog } from './logging.ts';
import { watchSchema } from './schema-watch.ts';
import { migrations } from './migrations.ts';
import { assemble } from './services.ts';
import { shareClock } from './shared-clock.ts';
import { isShared, placesOf } from './recorded-stores.ts';
import { openStores, storeDeps, type Stores } from './stores.ts';
import { version } from './version.ts';
import { openWaitingRoom, type WaitingRoom } from './waiting-room.ts';

export interface Node {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The one-time set-up link; null once set up. */
  readonly setupUrl: string | null;
  readonly services: Services;
  readonly stores: Stores;
  /** Stage -> milliseconds, in the order in which they ran. */
  readonly stages: ReadonlyMap<string, number>;
  /** Resolves when the node can't go on beside newer ones, with the reason: to be stopped then. */
  readonly outdated: Promise<AppError>;
  /** Finishes what runs, then closes everything. May be called twice. */
  stop(drainMs?: number): Promise<void>;
}

export interface NodeOptions {
  readonly clock?: Clock;
  readonly write?: (line: string) => void;
}

/** A part that takes longer to stop is left behind: whatever a node holds may vanish at any instruction. */
const partStopMs = 10_000;

/** Load balancers ask a node every second or two whether it is ready, and want to hear "no" twice. */
const clusterDrainWaitMs = 3_000;

export async function startNode(bootstrap: Bootstrap, options: NodeOptions = {}): Promise<Node> {
  const clock = options.clock ?? systemClock;
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const run = new Run(bootstrap, clock, createNodeLog(bootstrap, clock, write));
  try {
    return await run.start();
  } catch (error) {
    await run.stop(0);
    throw error;
  }
}

class Run {
  private readonly bootstrap: Bootstrap;
  private readonly clock: Clock;
  private readonly nodeLog: NodeLog;
  private readonly metrics: Metrics = createMetrics(version);
  private readonly stages = new Map<string, number>();
  private readonly stops: (() => Promise<void>)[] = [];
  private state: Readiness['state'] = 'starting';
  private registration: Registration | null = null;
  private listener: Listener | null = null;
  private stopping: Promise<void> | null = null;
  private drainWaitMs = 0;
  private readonly waitingRoom: WaitingRoom;

  constructor(bootstrap: Bootstrap, clock: Clock, nodeLog: NodeLog) {
    this.bootstrap = bootstrap;
    this.clock = clock;
    this.nodeLog = nodeLog;
    this.waitingRoom = openWaitingRoom({
      ...bootstrap.listen,
      tls: () => (bootstrap.tls === null ? null : readTls(bootstrap.tls)),
      log: nodeLog.log,
    });
    this.stops.push(() => this.waitingRoom.close());
  }

  async start(): Promise<Node> {
    const { bootstrap, clock, nodeLog } = this;
    const { log } = nodeLog;
    const opened = await openStores(bootstrap, process.env, storeDeps(bootstrap, log, clock), {
      opened: (kind, ms) => this.stages.set(kind, ms),
      called: this.metrics.store,
    });
    this.stops.push(() => opened.close());
    const { stores, urls } = opened;
    this.drainWaitMs = bootstrap.drainWaitMs ?? (isShared(urls.registry) ? clusterDrainWaitMs : 0);
    nodeLog.attach(stores.documents.logs, (count) => this.metrics.droppedLogs(count));
    this.stops.push(() => nodeLog.detach());
    const shared = await shareClock(stores.sql, clock, log);
    this.stops.push(() => Promise.resolve(shared.stop()));
    const services = await this.stage('services', () =>
      assemble({
        stores,
        urls,
        clock: shared.clock,
        log,
        metrics: this.metrics,
        nodeName: bootstrap.nodeName,
        publicUrl: bootstrap.url,
        state: () => this.state,
      }),
    );
    this.stops.push(() => services.stop());
    await this.stage('set-up', () => this.setUp(services.api));
    await this.stage('listen', () => this.listen(services.api, stores, opened.local));
    defineJobs(services.api, stores.documents, shared.clock);
    if (stores.documents.freshlyCreated === true) this.rebuildDocuments(services.api);
    this.state = 'ready';
    await this.registration?.update({ state: 'ready' });
    const url = this.listener?.url ?? '';
    const stages = Object.fromEntries([...this.stages].map(([name, ms]) => [name, Math.round(ms)]));
    log.info({ url, version, ms: Object.values(stages).reduce((a, b) => a + b, 0), stages }, 'ready');
    const compiling = new AbortController();
    this.stops.push(() => Promise.resolve(compiling.abort()));
    compileDefined(stores.sql.dialect, compiling.signal).catch((error: unknown) =>
      log.error({ err: error }, 'a statement does not compile'),
    );
    const { sql } = stores;
    const places = placesOf(urls);
    const schema = watchSchema({
      sql,
      migrations,
      version,
      log,
      leftBehind: () => leftBehind(sql, places),
    });
    this.stops.push(() => Promise.resolve(schema.stop()));
    const key = await services.api.identity.setupKey();
    return {
      url,
      setupUrl: key === null ? null : `${bootstrap.url ?? url}/setup?key=${encodeURIComponent(key)}`,
      services: services.api,
      stores,
      stages: this.stages,
      outdated: schema.outdated,
      stop: (drainMs) => this.stop(drainMs),
    };
  }

  /** What was lost with the documents is made again from SQL, while this node serves. */
  private rebuildDocuments({ journal }: Services): void {
    const rebuild = async (): Promise<void> => {
      if ((await journal.head()) === 0) return;
      for (const name of ['search', 'activity']) await journal.rebuild(name);
    };
    rebuild().catch((error: unknown) =>
      this.nodeLog.log.error({ err: error }, 'rebuilding the documents failed; it is tried again'),
    );
  }

  stop(drainMs = 25_000): Promise<void> {
    this.stopping ??= this.stopOnce(drainMs);
    return this.stopping;
  }

  private async stopOnce(drainMs: number): Promise<void> {
    this.state = 'draining';
    const { registration, listener } = this;
    if (registration !== null) await this.end(() => registration.update({ state: 'draining' }));
    if (listener !== null && drainMs > 0) await delay(this.drainWaitMs);
    if (listener !== null) await this.end(() => listener.drain(drainMs), drainMs + partStopMs);
    if (registration !== null) await this.end(() => registration.end());
    for (const stop of this.stops.reverse()) await this.end(stop);
    this.metrics.stop();
  }

  /** What fails or hangs in one part must not keep the others from ending. */
  private async end(stop: () => Promise<void>, limitMs = partStopMs): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not stopped within ${limitMs} ms`)), limitMs);
    });
    try {
      await Promise.race([stop(), late]);
    } catch (error) {
      this.nodeLog.log.error({ err: error }, 'stopping a part failed');
    } finally {
      clearTimeout(timer);
    }
  }

  private async stage<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = this.clock.monotonic();
    try {
      return await work();
    } finally {
      this.stages.set(name, this.clock.monotonic() - from);
    }
  }

  /** Unattended set-up, where the variables ask for it and nothing is set up yet. */
  private async setUp(services: Services): Promise<void> {
    const { admin } = this.bootstrap;
    if (admin === null || !(await services.identity.setupRequired())) return;
    try {
      await services.identity.setup({ key: null, login: admin.login, password: admin.password, admin: true });
      this.nodeLog.log.info({ login: admin.login }, 'set up from the environment');
    } catch (error) {
      // Another node may have been first.
      if (await services.identity.setupRequired()) throw error;
    }
  }

  private async listen(services: Services, stores: Stores, local: boolean): Promise<void> {
    const { bootstrap } = this;
    this.listener = await listen({
      bootstrap,
      local,
      services,
      metrics: this.metrics,
      log: this.nodeLog.log,
      webRoot: webRoot(),
      waitingRoom: this.waitingRoom,
    });
    this.registration = await stores.registry.register({
      id: newId(),
      name: bootstrap.nodeName,
      url: bootstrap.url ?? this.listener.url,
      version,
      state: 'starting',
      startedAt: this.clock.now(),
    });
  }
}

/** Built pages; null where they have not been built. */
function webRoot(): string | null {
  const folder = fileURLToPath(new URL('../../../web/dist', import.meta.url));
  return existsSync(folder) ? folder : null;
}
