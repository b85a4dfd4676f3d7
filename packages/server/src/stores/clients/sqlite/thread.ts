import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../kernel/errors.ts';
import type { NativeValue, Row } from './native.ts';
import type { Reply, Request, WorkerSettings } from './sql-worker.ts';
import { stateOf, type WalState } from './wal-state.ts';

interface Waiter {
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The other side of sql-worker.ts. The thread starts with a question, anew if it died, and ends when none comes for a while (16 MB). */
export class SqliteThread {
  readonly #settings: WorkerSettings;
  readonly #idleMs: number;
  /** What SQLite throws becomes the store's error. */
  readonly #translate: (error: unknown) => AppError;
  readonly #waiting = new Map<number, Waiter>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #lastId = 0;
  #closed = false;

  constructor(settings: WorkerSettings, translate: (error: unknown) => AppError, idleMs = 30_000) {
    this.#settings = settings;
    this.#translate = translate;
    this.#idleMs = idleMs;
  }

  ask(sql: string, values: readonly NativeValue[]): Promise<Row[]> {
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

  async checkpoint(): Promise<WalState> {
    return stateOf((await this.ask('pragma wal_checkpoint(passive)', []))[0]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#end();
    await ended;
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
    else waiter?.reject(this.#translate(Object.assign(new Error(reply.message), { code: reply.code })));
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
    for (const waiter of waiters) waiter.reject(this.#translate(error));
  }
}
