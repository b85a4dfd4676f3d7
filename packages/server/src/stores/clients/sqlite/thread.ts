import { AppError } from '../../../kernel/errors.ts';
import type { NativeValue, Row } from './native.ts';
import { stateOf, type WalState } from './wal-state.ts';
import { WorkerLine } from './worker-line.ts';

export interface ThreadSettings {
  readonly file: string;
  readonly cacheMiB: number;
}

/** Checkpoints of all files of the process share one thread: each costs 10 MB. */
const checkpoints = new WorkerLine();

/** Statements on a file, run on a thread beside the event loop. */
export class SqliteThread {
  readonly #settings: ThreadSettings;
  readonly #translate: (error: unknown) => AppError;
  readonly #line: WorkerLine;
  #closed = false;

  /** @param translate what SQLite throws becomes the store's error @param line a thread of its own, if absent */
  constructor(
    settings: ThreadSettings,
    translate: (error: unknown) => AppError,
    line: WorkerLine = new WorkerLine(),
  ) {
    this.#settings = settings;
    this.#translate = translate;
    this.#line = line;
  }

  static forCheckpoints(file: string, translate: (error: unknown) => AppError): SqliteThread {
    return new SqliteThread({ file, cacheMiB: 1 }, translate, checkpoints);
  }

  ask(sql: string, values: readonly NativeValue[]): Promise<Row[]> {
    if (this.#closed) return Promise.reject(new AppError('unavailable', 'the database is closed'));
    return this.#ask(sql, values);
  }

  async checkpoint(): Promise<WalState> {
    return stateOf((await this.ask('pragma wal_checkpoint(passive)', []))[0]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#line === checkpoints) {
      if (checkpoints.running) await this.#ask(null, []);
    } else await this.#line.end();
  }

  #ask(sql: string | null, values: readonly NativeValue[]): Promise<Row[]> {
    return this.#line.ask({ ...this.#settings, sql, values }).catch((error: unknown) => {
      throw this.#translate(error);
    });
  }
}
