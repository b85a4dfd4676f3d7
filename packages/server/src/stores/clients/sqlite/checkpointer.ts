import type { Logger } from '../../../kernel/logger.ts';
import type { NativeDatabase, NativeStatement } from './native.ts';
import { stateOf, type WalState } from './wal-state.ts';

/** Where checkpoints run. */
export interface CheckpointThread {
  checkpoint(): Promise<WalState>;
  close(): Promise<void>;
}

/** Whose commits make the log grow. */
export interface HeldWriter {
  /** Begins no batch any more until `release`. Resolves when none is open. */
  hold(): Promise<void>;
  release(): void;
}

const commitsBetweenLooks = 8;
const restPages = 256;
const maxPasses = 4;
const hardFactor = 4;
const quietMs = 10_000;

/**
 * Moves the write-ahead log into the database file, on a thread of its own (a long question in the background must not hold it up).
 * A passive checkpoint never catches up with a writer that goes on, and only a log that is wholly moved is begun anew; so
 * the last, short pass runs while the writer is held, and so does all of it once the log is four times as long as it should be.
 */
export class Checkpointer {
  readonly #look: NativeStatement;
  readonly #writer: HeldWriter;
  readonly #thread: CheckpointThread;
  readonly #log: Logger;
  readonly #pages: number;
  #threshold: number;
  #commits = 0;
  #quietUntil = -Infinity;
  #running: Promise<void> | null = null;

  constructor(
    native: NativeDatabase,
    writer: HeldWriter,
    thread: CheckpointThread,
    log: Logger,
    pages: number,
  ) {
    this.#look = native.prepare('pragma wal_checkpoint(noop)');
    this.#writer = writer;
    this.#thread = thread;
    this.#log = log;
    this.#pages = pages;
    this.#threshold = pages;
  }

  committed(): void {
    if (++this.#commits < commitsBetweenLooks) return;
    this.#commits = 0;
    const { log } = stateOf(this.#look.get());
    if (log < this.#threshold) return;
    if (this.#running === null) this.#running = this.#run().finally(() => (this.#running = null));
    else if (log > this.#threshold * hardFactor) void this.#writer.hold();
  }

  /** Asked for by the writer, on a full disk: mostly the log is long there, and what could free something must not wait for it to grow. */
  async now(): Promise<void> {
    await this.#running;
    this.#running ??= this.#run().finally(() => (this.#running = null));
    await this.#running;
  }

  async stop(): Promise<void> {
    await this.#running;
    await this.#thread.close();
  }

  /** On a full disk every refused write asks for one. */
  #tell(error: unknown): void {
    if (performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + quietMs;
    this.#log.warn({ err: error }, 'a checkpoint of the database failed');
  }

  async #run(): Promise<void> {
    try {
      for (let pass = 0; pass < maxPasses; pass++) {
        const { log, checkpointed } = await this.#thread.checkpoint();
        if (log - checkpointed < restPages) break;
      }
      await this.#writer.hold();
      const { log, checkpointed } = await this.#thread.checkpoint();
      // A long reader (of another process, too) holds the rest back: try again when there is as much more.
      this.#threshold = log > checkpointed ? log + this.#pages : this.#pages;
    } catch (error) {
      this.#threshold += this.#pages;
      this.#tell(error);
    } finally {
      this.#writer.release();
    }
  }
}
