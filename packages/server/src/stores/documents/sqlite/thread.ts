import { Worker } from 'node:worker_threads';
import { AppError } from '../../../kernel/errors.ts';
import type { OperationName, Operations } from './operations.ts';
import type { Fault, Opening, Reply, Request, ValueOf, WorkerSettings } from './documents-worker.ts';

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
}

/** The event loop's side of documents-worker.ts. A thread that died is started anew by the next question. */
export class DocumentsThread {
  readonly #settings: WorkerSettings;
  readonly #waiting = new Map<number, Waiter>();
  #worker: Worker | null = null;
  #opened: Promise<void> | null = null;
  #lastId = 0;
  #closed = false;
  #fresh = false;
  readonly #onPutAside: (reason: string) => void;

  constructor(settings: WorkerSettings, onPutAside: (reason: string) => void) {
    this.#settings = settings;
    this.#onPutAside = onPutAside;
  }

  /** Whether the database has begun empty since this process started. */
  get fresh(): boolean {
    return this.#fresh;
  }

  /** Starts the thread where it does not run. @throws the reason why the database cannot be used */
  open(): Promise<void> {
    return (this.#opened ??= this.#start().then(({ fresh, putAside }) => {
      this.#fresh ||= fresh;
      if (putAside !== null) this.#onPutAside(putAside);
    }));
  }

  async ask<K extends OperationName>(name: K, ...parameters: Parameters<Operations[K]>): Promise<ValueOf<K>> {
    if (this.#closed) throw new AppError('unavailable', 'the documents store is closed');
    if (this.#worker === null) await this.open();
    return (await this.#send(name, parameters)) as ValueOf<K>;
  }

  /** Waits for what was asked. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.ref();
    worker.postMessage(null);
    await ended;
  }

  #send(name: OperationName, parameters: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      if (worker === null) return reject(lost(null));
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      // A question keeps the process alive, the idle thread does not.
      worker.ref();
      worker.postMessage({ id, name, parameters } satisfies Request);
    });
  }

  #start(): Promise<Opening> {
    const file = import.meta.url.endsWith('.ts') ? './documents-worker.ts' : './documents-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker = worker;
    worker.on('message', (reply: Reply) => this.#settle(worker, reply));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, null));
    return new Promise((resolve, reject) => {
      this.#waiting.set(0, { resolve: (value) => resolve(value as Opening), reject });
    });
  }

  #settle(worker: Worker, reply: Reply): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) worker.unref();
    if ('fault' in reply) waiter?.reject(translate(reply.fault));
    else waiter?.resolve(reply.value);
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#opened = null;
    const waiters = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiter of waiters) waiter.reject(lost(error));
  }
}

function lost(cause: unknown): AppError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new AppError('unavailable', `the thread of the documents store ended${why}`, {
    cause,
    retryable: true,
  });
}

function translate({ code, message }: Fault): AppError {
  const cause = new Error(message);
  if (code === 'SQLITE_FULL')
    return new AppError('storage_full', 'no room left for the documents', { cause });
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new AppError('corrupt', 'the documents are damaged: a restart of the server makes them anew', {
      cause,
    });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new AppError('unavailable', 'the documents are busy', { cause, retryable: true });
  }
  if (code === '' || code === 'SQLITE_ERROR')
    return new AppError('internal', `a query of the documents failed: ${message}`, { cause });
  return new AppError('unavailable', `the documents cannot be read or written (${code})`, { cause });
}
