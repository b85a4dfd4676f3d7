import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { SqlParameters, SqlReader } from '../contract.ts';
import type { CompiledQuery, Query } from '../query.ts';
import { translate } from './errors.ts';
import type { NativeValue, Row } from './native.ts';
import { bind, checkRows } from './values.ts';
import { stateOf, type WalState } from './wal-state.ts';
import type { Reply, Request, WorkerSettings } from './sql-worker.ts';

interface Waiter {
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The other side of sql-worker.ts. The thread starts with a question, anew if it died, and ends when none comes for a while (16 MB). */
export class Background implements SqlReader {
  readonly #settings: WorkerSettings;
  readonly #idleMs: number;
  readonly #waiting = new Map<number, Waiter>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #lastId = 0;
  #closed = false;

  constructor(settings: WorkerSettings, idleMs = 30_000) {
    this.#settings = settings;
    this.#idleMs = idleMs;
  }

  async all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]> {
    return (await this.#query(query.compiled('sqlite'), parameters)) as R[];
  }

  async get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.#query(query.compiled('sqlite'), parameters))[0] as R | undefined;
  }

  async checkpoint(): Promise<WalState> {
    return stateOf((await this.#ask('pragma wal_checkpoint(passive)', []))[0]);
  }

  async verify(): Promise<readonly string[]> {
    const findings: string[] = [];
    for (const row of await this.#examine('pragma integrity_check', findings)) {
      if (row['integrity_check'] !== 'ok') findings.push(String(row['integrity_check']));
    }
    for (const row of await this.#examine('pragma foreign_key_check', findings)) {
      findings.push(
        `row ${String(row['rowid'])} of ${String(row['table'])} refers to a missing row of ${String(row['parent'])}`,
      );
    }
    return findings;
  }

  /** A check that itself stumbles over the damage is a finding, too. */
  async #examine(sql: string, findings: string[]): Promise<Row[]> {
    try {
      return await this.#ask(sql, []);
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error;
      findings.push(error.message);
      return [];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#end();
    await ended;
  }

  async #query(compiled: CompiledQuery, parameters: SqlParameters): Promise<Row[]> {
    return checkRows(await this.#ask(compiled.sql, bind(compiled.slots, parameters)));
  }

  #ask(sql: string, values: readonly NativeValue[]): Promise<Row[]> {
    if (this.#closed) return Promise.reject(new AppError('unavailable', 'the database is closed'));
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      if (this.#idle !== null) clearTimeout(this.#idle);
      // Only a question keeps the process alive, not the idle thread.
      worker.ref();
      worker.postMessage({ id, sql, values } satisfies Request);
    });
  }

  #start(): Worker {
    const extension = extname(import.meta.url);
    const worker = new Worker(new URL(`./sql-worker${extension}`, import.meta.url), {
      workerData: this.#settings,
    });
    worker.on('message', (reply: Reply) => this.#settle(worker, reply));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () =>
      this.#lose(
        worker,
        new AppError('unavailable', 'the background thread of the database ended', { retryable: true }),
      ),
    );
    return worker;
  }

  #settle(worker: Worker, reply: Reply): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0 && !this.#closed) {
      worker.unref();
      this.#idle = setTimeout(() => this.#end(), this.#idleMs).unref();
    }
    if ('rows' in reply) waiter?.resolve(reply.rows);
    else
      waiter?.reject(
        translate(Object.assign(new Error(reply.message), { code: reply.code }), this.#settings.file),
      );
  }

  /** After what it has been asked the thread closes its connection and ends. */
  #end(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#worker?.ref();
    this.#worker?.postMessage(null);
    if (this.#waiting.size === 0) this.#worker = null;
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiters = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiter of waiters) waiter.reject(translate(error, this.#settings.file));
  }
}
