import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import type { Lease } from '../contract.ts';
import { keepRenewing, revokeLease, type Granted } from './renewal.ts';

/** The rest is for clocks that run at different speeds, and for the way from a check to what it was made for. */
const certainShare = 0.9;

export interface HeldLock {
  readonly name: string;
  readonly fence: number;
  readonly granted: Granted;
  /** The revision that made the lock. */
  readonly created: number;
}

/** A lock that is held for as long as it can be renewed in time. Once lost it stays lost: nothing is renewed after that. */
export class EtcdLease implements Lease {
  readonly name: string;
  readonly fence: number;
  readonly #lock: HeldLock;
  readonly #connection: EtcdConnection;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onEnd: () => void;
  readonly #lost = new AbortController();
  readonly #renewal: { stop(): void };
  #until: number;
  #expiry: NodeJS.Timeout | undefined;

  constructor(
    lock: HeldLock,
    connection: EtcdConnection,
    { clock, log }: { readonly clock: Clock; readonly log: Logger },
    onEnd: () => void,
  ) {
    this.name = lock.name;
    this.fence = lock.fence;
    this.#lock = lock;
    this.#connection = connection;
    this.#clock = clock;
    this.#log = log;
    this.#onEnd = onEnd;
    this.#until = this.#certainUntil(lock.granted.sentAt);
    const plan = {
      what: lock.name,
      mayRenew: () => this.valid(),
      onRenewed: (sentAt: number) => this.#extend(sentAt),
      onGone: () => this.lose('etcd has ended it'),
    };
    this.#renewal = keepRenewing(connection, lock.granted, plan, { clock, log });
    this.#watchTime();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  valid(): boolean {
    if (this.#lost.signal.aborted) return false;
    if (this.#clock.monotonic() < this.#until) return true;
    this.lose('it was not renewed in time');
    return false;
  }

  async release(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    this.#end();
    await revokeLease(this.#connection, this.#lock.granted.id, this.#log);
  }

  /** For the others it ends as soon as etcd hears of it, or when its time is over. */
  lose(because: string): void {
    if (this.#lost.signal.aborted) return;
    this.#log.warn({ lease: this.name, because }, 'a lease is lost');
    this.#end();
    void revokeLease(this.#connection, this.#lock.granted.id, this.#log);
  }

  /** As if the holder had died. */
  abandon(): void {
    if (!this.#lost.signal.aborted) this.#end();
  }

  /** Somebody removed or replaced the lock in etcd. */
  changedAt(revision: number): void {
    if (revision > this.#lock.created) this.lose('its key in etcd was changed');
  }

  #end(): void {
    this.#renewal.stop();
    clearTimeout(this.#expiry);
    this.#onEnd();
    this.#lost.abort();
  }

  #extend(sentAt: number): void {
    if (this.#lost.signal.aborted) return;
    this.#until = Math.max(this.#until, this.#certainUntil(sentAt));
    this.valid();
  }

  #certainUntil(sentAt: number): number {
    return sentAt + this.#lock.granted.ttlMs * certainShare;
  }

  /** Tells by the signal also where nobody asks. */
  #watchTime(): void {
    const left = Math.max(1, this.#until - this.#clock.monotonic());
    this.#expiry = setTimeout(() => {
      if (this.valid()) this.#watchTime();
    }, left);
  }
}
