import { AppError } from '../../../kernel/errors.ts';
import type { Query, SqlParameters, SqlTransaction } from '../contract.ts';
import type { Engine, Fault, Result } from './engine.ts';
import { faultOf } from './faults.ts';
import type { Session } from './session.ts';
import { bind } from './values.ts';

/** For each of these the clock of a statement begins anew: many rows may take longer than one statement may. */
const rowsAtOnce = 1000;

/**
 * One try of a transaction on one connection. Its statements run one after another, also where `work` asks for several at once; the first
 * opens it. Refuses statements after it failed and after it ended.
 */
export class PooledTransaction implements SqlTransaction {
  readonly callbacks: (() => void)[] = [];
  /** The first statement that failed: it can only roll back, even where `work` swallowed the error. */
  failure: Fault | null = null;
  /** Whether the server knows of it. */
  begun = false;
  statements = 0;
  #ended = false;
  #running: Promise<void> | null = null;
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #signal: AbortSignal | undefined;

  constructor(engine: Engine, session: Session, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#session = session;
    this.#signal = signal;
  }

  async all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]> {
    return (await this.#execute(query, parameters)).rows as R[];
  }

  async get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.#execute(query, parameters)).rows[0] as R | undefined;
  }

  async run<P extends SqlParameters>(query: Query<P, unknown>, parameters: P): Promise<number> {
    return (await this.#execute(query, parameters)).changes;
  }

  async runMany<P extends SqlParameters>(query: Query<P, unknown>, rows: readonly P[]): Promise<number> {
    if (rows.length === 0) return 0;
    return this.#serially(async (begin) => {
      const compiled = query.compiled(this.#engine.dialect);
      let changes = 0;
      for (let i = 0; i < rows.length; i += rowsAtOnce) {
        const some = rows.slice(i, i + rowsAtOnce);
        const values = some.map((row) => bind(this.#engine, compiled.slots, row));
        changes += await this.#session.executeMany(compiled, values, begin && i === 0);
      }
      return changes;
    });
  }

  afterCommit(callback: () => void): void {
    this.#check();
    this.callbacks.push(callback);
  }

  /** Takes no more statements, and waits for one that `work` did not wait for. */
  async end(): Promise<void> {
    this.#ended = true;
    while (this.#running !== null) await this.#running;
  }

  #execute<P extends SqlParameters>(query: Query<P, unknown>, parameters: P): Promise<Result> {
    return this.#serially((begin) => {
      const compiled = query.compiled(this.#engine.dialect);
      return this.#session.execute(compiled, bind(this.#engine, compiled.slots, parameters), begin);
    });
  }

  async #serially<T>(statement: (begin: boolean) => Promise<T>): Promise<T> {
    this.#check();
    while (this.#running !== null) {
      await this.#running;
      this.#check();
    }
    const gate = Promise.withResolvers<void>();
    this.#running = gate.promise;
    try {
      if (this.#signal?.aborted) throw new AppError('aborted', 'the operation was aborted');
      const sent = statement(!this.begun);
      this.begun = true;
      this.statements++;
      return await sent;
    } catch (error) {
      this.failure ??= faultOf(this.#engine, error);
      throw this.failure.error;
    } finally {
      this.#running = null;
      gate.resolve();
    }
  }

  #check(): void {
    if (this.failure !== null) throw this.failure.error;
    if (this.#ended) throw new AppError('internal', 'a statement came after its transaction had ended');
  }
}
