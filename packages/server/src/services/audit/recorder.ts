import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AuditSource, SecurityEvent } from './api.ts';
import { eventOf, type Event } from './event.ts';
import { insertPending } from './queries.ts';

export interface RecorderDeps {
  readonly sql: SqlStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Events were committed that wait to be chained. */
  readonly kept: () => void;
}

const flushMs = 100;
const retryMs = 2_000;
const batch = 200;
/** What may wait in memory while the database is away; about 10 MB. */
const most = 10_000;

/** Keeps events in `audit_pending`: those of a change with it, others in batches of their own, off the request's path. */
export class Recorder {
  readonly #deps: RecorderDeps;
  /** A batch is everybody's: it must not belong to whichever duty recorded first. */
  readonly #apart = AsyncLocalStorage.snapshot();
  #waiting: Event[] = [];
  #lost = 0;
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;
  #stopped = false;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  record(source: AuditSource, event: SecurityEvent): void {
    if (this.#waiting.length >= most) {
      this.#lost++;
      return;
    }
    this.#waiting.push(eventOf(newId(), this.#deps.clock.now(), source, event));
    this.#schedule(flushMs);
  }

  async append(tx: SqlTransaction, source: AuditSource, event: SecurityEvent): Promise<void> {
    const kept = eventOf(newId(), this.#deps.clock.now(), source, event);
    await tx.run(insertPending, rowOf(kept));
    tx.afterCommit(this.#deps.kept);
  }

  async keep(source: AuditSource, event: SecurityEvent): Promise<void> {
    try {
      await this.#deps.sql.transaction((tx) => this.append(tx, source, event));
    } catch (error) {
      this.record(source, event);
      throw error;
    }
  }

  /** Resolves when everything recorded before the call is kept, or could not be. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#flushing !== null) await this.#flushing;
    this.#flushing ??= this.#apart(() => this.#write()).finally(() => (this.#flushing = null));
    await this.#flushing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.flush();
  }

  #schedule(ms: number): void {
    if (this.#timer !== null || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, ms);
  }

  async #write(): Promise<void> {
    const { sql, log, kept } = this.#deps;
    try {
      while (this.#waiting.length > 0) {
        this.#noteLoss();
        const some = this.#waiting.slice(0, batch);
        await sql.transaction((tx) => tx.runMany(insertPending, some.map(rowOf)));
        this.#waiting.splice(0, some.length);
        kept();
      }
    } catch (error) {
      log.warn({ err: error, waiting: this.#waiting.length }, 'audit events could not be kept yet');
      this.#schedule(retryMs);
    }
  }

  /** A gap says that it is one. */
  #noteLoss(): void {
    if (this.#lost === 0) return;
    const details = { count: this.#lost };
    this.#waiting.push(eventOf(newId(), this.#deps.clock.now(), 'system', { kind: 'audit.lost', details }));
    this.#lost = 0;
  }
}

function rowOf(event: Event): { id: string; entry: string } {
  return { id: event.id, entry: JSON.stringify(event) };
}
