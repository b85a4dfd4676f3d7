import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { SqlTransaction } from '../contract.ts';
import type { Activity } from './activity.ts';
import type { Engine, Fault } from './engine.ts';
import { Dropped, faultOf, pause } from './faults.ts';
import type { Pool } from './pool.ts';
import type { Session } from './session.ts';
import { PooledTransaction } from './transaction.ts';

type Work<T> = (tx: SqlTransaction) => Promise<T>;

/** How one try ended. `retry`: it was surely rolled back, and may succeed if run again. */
type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T; readonly callbacks: readonly (() => void)[] }
  | { readonly kind: 'retry'; readonly fault: Fault }
  | { readonly kind: 'failed'; readonly error: unknown };

const maxTries = 5;

/** Runs whole transactions, again where the server gave one up. Never again after a commit whose outcome is unknown. */
export class Transactions {
  transactions = 0;
  commits = 0;
  statements = 0;
  readonly #engine: Engine;
  readonly #pool: Pool;
  readonly #activity: Activity;
  readonly #log: Logger;

  constructor(engine: Engine, pool: Pool, activity: Activity, log: Logger) {
    this.#engine = engine;
    this.#pool = pool;
    this.#activity = activity;
    this.#log = log;
  }

  async run<T>(work: Work<T>, signal?: AbortSignal): Promise<T> {
    this.#activity.begin();
    try {
      return await this.#run(work, signal);
    } finally {
      this.#activity.end();
    }
  }

  async #run<T>(work: Work<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let tries = 1; ; tries++) {
      if (signal?.aborted) throw new AppError('aborted', 'the operation was aborted');
      const outcome = await this.#attempt(work, signal);
      if (outcome.kind === 'failed') throw outcome.error;
      if (outcome.kind === 'done') {
        for (const callback of outcome.callbacks) this.#notify(callback);
        return outcome.value;
      }
      if (outcome.fault.kind === 'stale') this.#pool.renew();
      if (tries >= maxTries) throw outcome.fault.error;
      this.#log.debug({ err: outcome.fault.error, tries }, 'a transaction is run again');
      await pause(tries);
    }
  }

  async #attempt<T>(work: Work<T>, signal: AbortSignal | undefined): Promise<Outcome<T>> {
    const session = await this.#pool.acquire('transaction');
    const tx = new PooledTransaction(this.#engine, session, signal);
    this.transactions++;
    try {
      const value = await interruptible(session, work(tx));
      await tx.end();
      return tx.failure === null
        ? await this.#commit(session, tx, value)
        : await this.#undo(session, tx, tx.failure.error);
    } catch (error) {
      await tx.end();
      return await this.#undo(session, tx, error);
    } finally {
      this.statements += tx.statements;
      this.#pool.release(session);
    }
  }

  async #commit<T>(session: Session, tx: PooledTransaction, value: T): Promise<Outcome<T>> {
    if (tx.begun) {
      // Nothing was sent yet, so the server rolls back by itself.
      if (session.broken) return { kind: 'retry', fault: lostBeforeCommit() };
      try {
        await session.commit();
      } catch (error) {
        return this.#commitFailed(session, error);
      }
    }
    this.commits++;
    return { kind: 'done', value, callbacks: tx.callbacks };
  }

  #commitFailed(session: Session, error: unknown): Outcome<never> {
    const fault = faultOf(this.#engine, error);
    if (fault.kind === 'lost' || session.broken) {
      session.destroy(error);
      return { kind: 'failed', error: unknownOutcome(fault.error) };
    }
    return fault.kind === 'final' ? { kind: 'failed', error: fault.error } : { kind: 'retry', fault };
  }

  /** Rolls back. The error is the one that `work` threw; whether to try again is for the statement that failed first to say. */
  async #undo(session: Session, tx: PooledTransaction, error: unknown): Promise<Outcome<never>> {
    const fault = tx.failure;
    if (fault !== null && fault.kind === 'lost') session.destroy(error);
    else if (tx.begun && !session.broken)
      await session.rollback().catch((cause: unknown) => session.destroy(cause));
    return fault === null || fault.kind === 'final' ? { kind: 'failed', error } : { kind: 'retry', fault };
  }

  #notify(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#log.error({ err: error }, 'a callback after a commit failed');
    }
  }
}

/** Gives up on work that keeps its connection without using it: the pool would run dry. */
function interruptible<T>(session: Session, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    session.onStuck = () => {
      const error = new AppError(
        'internal',
        'a transaction waited for something other than its own statements',
      );
      session.destroy(new Dropped({ kind: 'final', error }));
      reject(error);
    };
    work.then(resolve, reject);
  });
}

function lostBeforeCommit(): Fault {
  const error = new AppError('unavailable', 'the connection to the database was lost', { retryable: true });
  return { kind: 'lost', error };
}

function unknownOutcome(cause: AppError): AppError {
  return new AppError(
    'unavailable',
    'the connection to the database was lost during a commit: whether the change was made is unknown',
    { cause, details: { outcome: 'unknown' } },
  );
}
