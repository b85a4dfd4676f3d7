import { AppError } from '../../../kernel/errors.ts';
import type { SqlParameters, SqlTransaction } from '../contract.ts';
import type { Query } from '../query.ts';
import type { Connection } from './connection.ts';

/** One member of a batch. Refuses statements after it failed (as PostgreSQL does) and after it ended. */
export class SqliteTransaction implements SqlTransaction {
  readonly callbacks: (() => void)[] = [];
  /** The first statement that failed: the transaction can only roll back, even where `work` swallowed the error. */
  failure: unknown = null;
  #ended = false;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]> {
    this.#check();
    try {
      return this.#connection.all(query, parameters);
    } catch (error) {
      throw (this.failure = error);
    }
  }

  async get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined> {
    this.#check();
    try {
      return this.#connection.get(query, parameters);
    } catch (error) {
      throw (this.failure = error);
    }
  }

  async run<P extends SqlParameters>(query: Query<P, unknown>, parameters: P): Promise<number> {
    this.#check();
    try {
      return this.#connection.run(query, parameters);
    } catch (error) {
      throw (this.failure = error);
    }
  }

  async runMany<P extends SqlParameters>(query: Query<P, unknown>, rows: readonly P[]): Promise<number> {
    this.#check();
    try {
      return this.#connection.runMany(query, rows);
    } catch (error) {
      throw (this.failure = error);
    }
  }

  /** DDL, for migrations only. */
  exec(sql: string): void {
    this.#check();
    this.#connection.exec(sql);
  }

  afterCommit(callback: () => void): void {
    this.#check();
    this.callbacks.push(callback);
  }

  end(): void {
    this.#ended = true;
  }

  #check(): void {
    if (this.#ended) throw new AppError('internal', 'a statement came after its transaction had ended');
    if (this.failure !== null) throw this.failure;
  }
}
