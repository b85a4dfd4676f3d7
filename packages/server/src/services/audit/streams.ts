import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Lease, RegistryStore } from '../../stores/registry/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AuditRow } from './api.ts';
import {
  deleteStream,
  eventsAfter,
  insertStream,
  moveStream,
  noteStreamError,
  readChain,
  streamOf,
} from './queries.ts';
import { auditRowOf } from './rows.ts';

/** Where rows go. */
export interface Sink {
  /** Resolves when they are taken. @throws where they are not: all of them come again */
  deliver(rows: readonly AuditRow[], signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface StreamDeps {
  readonly sql: SqlStore;
  readonly registry: RegistryStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const batch = 100;
const leaseMs = 15_000;
const pollMs = 2_000;
const idleMs = 30_000;
const maxBackOffMs = 60_000;

/**
 * Hands the rows of the chain on, in order, each at least once, from where its cursor stands; a new stream begins with what comes next. One
 * runner in the cluster by a lease; where there is nowhere to send nothing is asked, and the cursor goes.
 */
export class Stream {
  readonly name: string;
  readonly #open: () => Promise<Sink | null>;
  readonly #deps: StreamDeps;
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #sink: Sink | null = null;
  #stale = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(name: string, open: () => Promise<Sink | null>, deps: StreamDeps) {
    this.name = name;
    this.#open = open;
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#run();
  }

  ring(): void {
    this.#wake.resolve();
  }

  /** Where it goes may have changed. */
  reopen(): void {
    this.#stale = true;
    this.ring();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.ring();
    await this.#loop;
    this.#sink?.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const sink = await this.#current();
        if (sink === null) await this.#rest(idleMs);
        else await this.#lead(sink, () => (failures = 0));
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        this.#stale = true;
        await this.#note(error);
        await sleep(Math.min(maxBackOffMs, 500 * 2 ** Math.min(failures, 8)), undefined, { signal }).catch(
          () => undefined,
        );
      }
    }
  }

  async #current(): Promise<Sink | null> {
    if (!this.#stale) return this.#sink;
    this.#stale = false;
    this.#sink?.close();
    this.#sink = null;
    this.#sink = await this.#open();
    if (this.#sink === null) await this.#forget();
    return this.#sink;
  }

  /** Nothing is to be sent any more: a stream that is set up later is a new one. Who leads yet has not heard of it, and does so itself. */
  async #forget(): Promise<void> {
    const { registry, sql } = this.#deps;
    const { name } = this;
    if ((await sql.reader.get(streamOf, { name })) === undefined) return;
    const lease = await registry.acquire(leaseOf(name), leaseMs);
    if (lease === null) return;
    try {
      await sql.transaction((tx) => tx.run(deleteStream, { name }));
    } finally {
      await lease.release();
    }
  }

  async #lead(sink: Sink, onProgress: () => void): Promise<void> {
    const lease = await this.#deps.registry.acquire(leaseOf(this.name), leaseMs);
    if (lease === null) return this.#rest(pollMs * (1 + Math.random()));
    try {
      const signal = AbortSignal.any([this.#stop.signal, lease.signal]);
      while (!signal.aborted && lease.valid() && !this.#stale) {
        if (await this.#step(sink, lease, signal)) onProgress();
        else await this.#rest(pollMs);
      }
    } finally {
      await lease.release();
    }
  }

  /** @returns whether rows were delivered */
  async #step(sink: Sink, lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { sql, clock } = this.#deps;
    const { name } = this;
    const cursor = await sql.reader.get(streamOf, { name });
    if (cursor === undefined) {
      await this.#begin();
      return false;
    }
    const rows = await sql.reader.all(eventsAfter, { after: cursor.position, limit: batch });
    const last = rows.at(-1);
    if (last === undefined) return false;
    await sink.deliver(rows.map(auditRowOf), signal);
    if (!lease.valid()) return false;
    const moved = { name, from: cursor.position, to: last.seq, at: clock.now() };
    await sql.transaction((tx) => tx.run(moveStream, moved));
    return true;
  }

  async #begin(): Promise<void> {
    const { sql, clock } = this.#deps;
    const position = (await sql.reader.get(readChain, {}))?.seq ?? 0;
    try {
      await sql.transaction((tx) => tx.run(insertStream, { name: this.name, position, at: clock.now() }));
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
    }
  }

  async #note(error: unknown): Promise<void> {
    const { sql, clock, log } = this.#deps;
    const text = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    log.warn({ stream: this.name, error: text }, 'audit events could not be handed on yet');
    await sql
      .transaction((tx) => tx.run(noteStreamError, { name: this.name, error: text, at: clock.now() }))
      .catch(() => undefined); // it is in the log
  }

  async #rest(ms: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([
      this.#wake.promise,
      sleep(ms, undefined, { signal: over.signal, ref: false }).catch(() => undefined),
    ]);
    over.abort();
    this.#wake = Promise.withResolvers();
  }
}

function leaseOf(name: string): string {
  return `audit-stream/${name}`;
}
