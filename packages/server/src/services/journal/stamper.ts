import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { batch, lockHead, selectUnstamped, stampOrdinals, stampRows } from './stamp-queries.ts';

/**
 * Gives committed rows their positions, in the order of their insertion: without gaps, and none that a reader could have passed already, as
 * whoever stamps holds the one row of `journal_head`. Any node does it, whenever it learns of a commit. SQLite needs none of this.
 */
export class Stamper {
  readonly #sql: SqlStore;
  /** Whether rows are written without a position here. */
  readonly needed: boolean;
  /** A run is everybody's: it must not belong to whichever duty asked first. */
  readonly #apart = AsyncLocalStorage.snapshot();
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(sql: SqlStore) {
    this.#sql = sql;
    this.needed = sql.dialect !== 'sqlite';
  }

  /** Resolves when everything that was committed before the call has its position. Callers at the same time share one run. */
  stamp(): Promise<void> {
    if (!this.needed) return Promise.resolve();
    if (this.#running === null) return this.#start();
    // What runs now may have looked before the caller's commit.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#running ?? this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#apart(() => this.#run()).finally(() => (this.#running = null));
    return this.#running;
  }

  async #run(): Promise<void> {
    const stampBatch = this.#sql.dialect === 'postgres' ? stampOnPostgres : stampOnMysql;
    let stamped = batch;
    while (stamped === batch) {
      stamped = await this.#sql.transaction(async (tx) => {
        await tx.get(lockHead, {});
        return stampBatch(tx);
      });
    }
  }
}

function stampOnPostgres(tx: SqlTransaction): Promise<number> {
  return tx.run(stampRows, {});
}

async function stampOnMysql(tx: SqlTransaction): Promise<number> {
  const rows = await tx.all(selectUnstamped, {});
  const head = rows[0]?.head;
  if (head === undefined) return 0;
  return tx.run(stampOrdinals, { ordinals: JSON.stringify(rows.map((row) => row.ordinal)), head });
}
