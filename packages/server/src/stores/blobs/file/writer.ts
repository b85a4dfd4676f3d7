import { Worker } from 'node:worker_threads';
import { AppError } from '../../../kernel/errors.ts';
import { translateErrno } from './errors.ts';
import type { WriterAnswer, WriterBatch, WriterJob, WriterSetup } from './writer-protocol.ts';

const maxBatchJobs = 128;
const maxBatchBytes = 4 * 1024 * 1024;
/** A thread costs 7 to 10 MB and about 30 ms to start. */
const idleMs = 10_000;

interface Waiting {
  readonly kind: WriterJob['kind'];
  readonly keys: readonly string[];
  readonly bytes: Uint8Array | null;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
}

/**
 * The event loop's side of the writer thread, which starts with the first question and ends when none comes for a while. One batch is under way
 * at a time; what comes meanwhile makes the next, so that the price of a message and of a folder's fsync is shared by whoever waits.
 */
export class Writer {
  readonly #setup: WriterSetup;
  readonly #idleMs: number;
  #worker: Worker | null = null;
  #end: NodeJS.Timeout | null = null;
  #waiting: Waiting[] = [];
  #running: readonly Waiting[] = [];
  #scheduled = false;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(setup: WriterSetup, ends = idleMs) {
    this.#setup = setup;
    this.#idleMs = ends;
  }

  get running(): boolean {
    return this.#worker !== null;
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#ask('put', [key], bytes);
  }

  publish(key: string): Promise<void> {
    return this.#ask('publish', [key], null);
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#ask('delete', keys, null);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running.length + this.#waiting.length > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#letGo();
  }

  /** Of a thread that has nothing to do. */
  async #letGo(): Promise<void> {
    if (this.#end !== null) clearTimeout(this.#end);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #ask(kind: WriterJob['kind'], keys: readonly string[], bytes: Uint8Array | null): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new AppError('unavailable', 'the blob store is closed'));
      this.#waiting.push({ kind, keys, bytes, resolve, reject });
      this.#schedule();
    });
  }

  /** At the end of this turn of the event loop, when every request that came in it has had its say. */
  #schedule(): void {
    if (this.#scheduled || this.#running.length > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    let count = 0;
    let size = 0;
    for (const waiting of this.#waiting) {
      const length = waiting.bytes?.byteLength ?? 0;
      if (count > 0 && (count === maxBatchJobs || size + length > maxBatchBytes)) break;
      count++;
      size += length;
    }
    this.#running = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    const batch = pack(this.#running, size);
    if (this.#end !== null) clearTimeout(this.#end);
    this.#worker ??= this.#start();
    // Work keeps the process alive, the idle thread does not.
    this.#worker.ref();
    this.#worker.postMessage(batch, [batch.bytes.buffer as ArrayBuffer]);
  }

  #start(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './writer-thread.ts' : './writer-thread.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#setup,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    });
    worker.on('message', (answer: WriterAnswer) => this.#answered(answer));
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', () => this.#died(worker, new Error('the writer thread ended')));
    return worker;
  }

  #answered(answer: WriterAnswer): void {
    const done = this.#running;
    this.#running = [];
    if (this.#waiting.length > 0) this.#send();
    else {
      this.#worker?.unref();
      this.#end = setTimeout(() => void this.#letGo(), this.#idleMs).unref();
    }
    for (const [index, waiting] of done.entries()) {
      const fault = answer?.[index] ?? null;
      if (fault === null) waiting.resolve();
      else waiting.reject(translateErrno(fault.errno, new Error(fault.message), null));
    }
    this.#tellIdle();
  }

  /** What was under way may or may not have been written; what waits goes to a new thread. */
  #died(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const lost = this.#running;
    this.#running = [];
    for (const waiting of lost)
      waiting.reject(new AppError('unavailable', 'the blob writer failed', { cause, retryable: true }));
    if (this.#waiting.length > 0) this.#schedule();
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#running.length + this.#waiting.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** The bytes of all puts in one buffer of their own, which is moved to the thread; a view would be copied with all of its slab. */
function pack(list: readonly Waiting[], size: number): WriterBatch {
  const bytes = new Uint8Array(size);
  let start = 0;
  const jobs = list.map((waiting): WriterJob => {
    const [key = ''] = waiting.keys;
    if (waiting.kind === 'delete') return { kind: 'delete', keys: waiting.keys };
    if (waiting.bytes === null) return { kind: 'publish', key };
    const length = waiting.bytes.byteLength;
    bytes.set(waiting.bytes, start);
    start += length;
    return { kind: 'put', key, start: start - length, length };
  });
  return { jobs, bytes };
}
