import type { Clock } from '../../../kernel/clock.ts';
import type { Lease } from '../contract.ts';
import type { Cluster } from './cluster.ts';

/** Renews itself at a third of its time; once over, it stays over, also if nobody else took it. */
export class MemoryLease implements Lease {
  readonly name: string;
  readonly fence: number;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #onEnd: () => void;
  readonly #lost = new AbortController();
  readonly #renewal: NodeJS.Timeout;
  #until = 0;

  constructor(cluster: Cluster, name: string, ttlMs: number, clock: Clock, onEnd: () => void) {
    this.name = name;
    this.fence = ++cluster.fence;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#onEnd = onEnd;
    this.#extend();
    this.#renewal = setInterval(() => this.#renew(), ttlMs / 3).unref();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  valid(): boolean {
    if (this.#lost.signal.aborted) return false;
    if (this.#clock.monotonic() < this.#until) return true;
    this.lose();
    return false;
  }

  async release(): Promise<void> {
    if (this.#cluster.leases.get(this.name)?.holder === this) this.#cluster.leases.delete(this.name);
    this.lose();
  }

  /** The holder gives up; for the others the lease lasts until its time is over. */
  lose(): void {
    clearInterval(this.#renewal);
    this.#onEnd();
    this.#lost.abort();
  }

  #renew(): void {
    if (this.valid()) this.#extend();
  }

  #extend(): void {
    this.#until = this.#clock.monotonic() + this.#ttlMs;
    this.#cluster.leases.set(this.name, { holder: this, until: this.#until });
  }
}
