import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type { Lease, NodeRecord, Registration, RegistryStore } from '../contract.ts';
import { snapshot, sweepNodes, tellWatchers, type Cluster } from './cluster.ts';
import { MemoryLease } from './lease.ts';

/** One client of a cluster in memory. Closing it is like dying: what it held ends by itself. */
export class MemoryRegistry implements RegistryStore {
  readonly #cluster: Cluster;
  readonly #nodeTtlMs: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #own = new Map<string, NodeRecord>();
  readonly #leases = new Set<MemoryLease>();
  readonly #closing = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(cluster: Cluster, nodeTtlMs: number, deps: DriverDeps) {
    this.#cluster = cluster;
    this.#nodeTtlMs = nodeTtlMs;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#heartbeat = setInterval(() => this.#beat(), nodeTtlMs / 3).unref();
  }

  async register(record: NodeRecord): Promise<Registration> {
    this.#checkOpen();
    sweepNodes(this.#cluster, this.#clock.monotonic());
    if (this.#cluster.nodes.has(record.id))
      throw new AppError('conflict', `node ${record.id} is registered already`);
    this.#put({ ...record });
    return {
      update: async (change) => {
        this.#checkOpen();
        const present = this.#own.get(record.id);
        if (present === undefined)
          throw new AppError('gone', `the registration of node ${record.id} has ended`);
        this.#put({ ...present, ...change });
      },
      end: async () => {
        if (this.#own.delete(record.id) && this.#cluster.nodes.delete(record.id)) tellWatchers(this.#cluster);
      },
    };
  }

  async nodes(): Promise<readonly NodeRecord[]> {
    this.#checkOpen();
    sweepNodes(this.#cluster, this.#clock.monotonic());
    return snapshot(this.#cluster);
  }

  async watch(listener: (nodes: readonly NodeRecord[]) => void, signal: AbortSignal): Promise<void> {
    this.#checkOpen();
    sweepNodes(this.#cluster, this.#clock.monotonic());
    const over = AbortSignal.any([signal, this.#closing.signal]);
    const tell = (): void => {
      try {
        if (!over.aborted) listener(snapshot(this.#cluster));
      } catch (error) {
        this.#log.error({ err: error }, 'a listener of the registry threw');
      }
    };
    this.#cluster.watchers.add(tell);
    over.addEventListener('abort', () => this.#cluster.watchers.delete(tell));
    if (over.aborted) this.#cluster.watchers.delete(tell);
    tell();
  }

  async acquire(name: string, ttlMs: number): Promise<Lease | null> {
    this.#checkOpen();
    if (!(ttlMs > 0)) throw new AppError('invalid_input', 'a lease needs a time to live above 0');
    const held = this.#cluster.leases.get(name);
    if (held !== undefined && held.until > this.#clock.monotonic()) return null;
    const lease = new MemoryLease(this.#cluster, name, ttlMs, this.#clock, () => this.#leases.delete(lease));
    this.#leases.add(lease);
    return lease;
  }

  async ping(): Promise<StoreHealth> {
    this.#checkOpen();
    return { version: null };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#heartbeat);
    for (const lease of [...this.#leases]) lease.lose();
  }

  #put(record: NodeRecord): void {
    this.#own.set(record.id, record);
    this.#cluster.nodes.set(record.id, { record, until: this.#clock.monotonic() + this.#nodeTtlMs });
    tellWatchers(this.#cluster);
  }

  /** Keeps the own records alive; one that ended while this process stood still comes back. */
  #beat(): void {
    const until = this.#clock.monotonic() + this.#nodeTtlMs;
    for (const record of this.#own.values()) {
      if (this.#cluster.nodes.has(record.id)) this.#cluster.nodes.set(record.id, { record, until });
      else this.#put(record);
    }
    sweepNodes(this.#cluster, this.#clock.monotonic());
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new AppError('unavailable', 'the registry is closed');
  }
}
