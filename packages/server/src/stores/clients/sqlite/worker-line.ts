import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../kernel/errors.ts';
import type { Row } from './native.ts';
import type { Reply, Request } from './sql-worker.ts';

interface Waiter {
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The other side of sql-worker.ts. The thread starts with a question, anew if it died, and ends when none comes for a while (10 MB). */
export class WorkerLine {
  readonly #idleMs: number;
  readonly #waiting = new Map<number, Waiter>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #lastId = 0;

  constructor(idleMs = 10_000) {
    this.#idleMs = idleMs;
  }

  get running(): boolean {
    return this.#worker !== null;
  }

  /** @throws what SQLite threw, with its code, or `unavailable` where the thread ended */
  ask(question: Omit<Request, 'id'>): Promise<Row[]> {
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      if (this.#idle !== null) clearTimeout(this.#idle);
      // Only a question keeps the process alive, not the idle thread.
      worker.ref();
      worker.postMessage({ id, ...question } satisfies Request);
    });
  }

  /** After what it has been asked. */
  async end(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#letGo();
    await ended;
  }

  #start(): Worker {
    const extension = extname(import.meta.url);
    const worker = new Worker(new URL(`./sql-worker${extension}`, import.meta.url), {
      // Rows come and go; a young generation as large as the event loop's would never be filled usefully.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
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
    if (this.#waiting.size === 0 && this.#worker === worker) {
      worker.unref();
      this.#idle = setTimeout(() => this.#letGo(), this.#idleMs).unref();
    }
    if ('rows' in reply) waiter?.resolve(reply.rows);
    else waiter?.reject(Object.assign(new Error(reply.message), { code: reply.code }));
  }

  /** The thread closes its connections and ends. */
  #letGo(): void {
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
    for (const waiter of waiters) waiter.reject(error);
  }
}
