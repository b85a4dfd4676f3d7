import { AppError } from '../../../kernel/errors.ts';
import type { SqlParameters } from '../contract.ts';
import type { CompiledQuery, Query } from '../query.ts';
import { translate } from './errors.ts';
import { openNative, tune, type NativeDatabase, type NativeStatement } from '../../clients/sqlite/native.ts';
import { bind, checkRow, checkRows, type Slot } from './values.ts';

export interface ConnectionOptions {
  readonly readonly?: boolean;
  /** How long SQLite itself waits for a lock, blocking this thread. */
  readonly busyMs: number;
  readonly cacheMiB: number;
}

interface Prepared {
  readonly native: NativeStatement;
  readonly slots: readonly Slot[];
}

/** One SQLite connection: statements prepared once, values bound by position, errors translated. Everything is synchronous. */
export class Connection {
  readonly file: string;
  readonly native: NativeDatabase;
  /** Statements run so far. */
  count = 0;
  readonly #prepared = new WeakMap<CompiledQuery, Prepared>();

  constructor(file: string, options: ConnectionOptions) {
    this.file = file;
    this.native = openNative(file, { readonly: options.readonly === true, timeout: options.busyMs });
    try {
      tune(this.native, options.cacheMiB);
    } catch (error) {
      this.native.close();
      throw error;
    }
  }

  all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): R[] {
    const statement = this.#statement(query.compiled('sqlite'));
    try {
      this.count++;
      return checkRows(statement.native.all(...bind(statement.slots, parameters))) as R[];
    } catch (error) {
      throw this.#translate(error);
    }
  }

  get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): R | undefined {
    const statement = this.#statement(query.compiled('sqlite'));
    try {
      this.count++;
      const row = statement.native.get(...bind(statement.slots, parameters));
      if (row !== undefined) checkRow(row);
      return row as R | undefined;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** @returns rows changed */
  run<P extends SqlParameters>(query: Query<P, unknown>, parameters: P): number {
    const statement = this.#statement(query.compiled('sqlite'));
    try {
      this.count++;
      return statement.native.run(...bind(statement.slots, parameters)).changes;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  runMany<P extends SqlParameters>(query: Query<P, unknown>, rows: readonly P[]): number {
    let changes = 0;
    for (const row of rows) changes += this.run(query, row);
    return changes;
  }

  exec(sql: string): void {
    try {
      this.count++;
      this.native.exec(sql);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** As `all`, for statements that only read. */
  allReadOnly<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): R[] {
    this.#requireReadOnly(query.compiled('sqlite'));
    return this.all(query, parameters);
  }

  getReadOnly<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): R | undefined {
    this.#requireReadOnly(query.compiled('sqlite'));
    return this.get(query, parameters);
  }

  version(): string {
    try {
      return String(this.native.prepare('select sqlite_version() as version').get()?.['version']);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  close(): void {
    this.native.close();
  }

  #translate(error: unknown): AppError {
    if (!this.native.open) return new AppError('unavailable', 'the database is closed', { cause: error });
    return translate(error, this.file);
  }

  #requireReadOnly(compiled: CompiledQuery): void {
    if (!this.#statement(compiled).native.readonly)
      throw new AppError('internal', 'a reader was given a statement that writes');
  }

  #statement(compiled: CompiledQuery): Prepared {
    let statement = this.#prepared.get(compiled);
    if (statement === undefined) {
      try {
        statement = { native: this.native.prepare(compiled.sql), slots: compiled.slots };
      } catch (error) {
        throw this.#translate(error);
      }
      this.#prepared.set(compiled, statement);
    }
    return statement;
  }
}
