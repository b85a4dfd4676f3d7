import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { vendorCode } from '../../clients/sqlite/codes.ts';
import type { NativeDatabase, NativeStatement } from '../../clients/sqlite/native.ts';
import type { WalSync } from '../../clients/sqlite/wal-sync.ts';

export interface SmallWriterOptions {
  readonly native: NativeDatabase;
  /** null: acknowledged at COMMIT (durability relaxed). */
  readonly sync: WalSync | null;
  readonly log: Logger;
  readonly translate: (error: unknown) => AppError;
  readonly onCommit: () => void;
  /** Called between two batches once the disk was full: begins the log anew. Never throws. */
  readonly makeRoom: () => Promise<void>;
}

interface Pending {
  /** Statements only. May be run again, where the disk was full. */
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
  roomLookedFor: boolean;
}

const maxMembers = 128;
const maxBatchMs = 4;
const maxBusyMs = 30_000;

/**
 * Group commit as in stores/sql/sqlite (docs/decisions/0002-group-commit.md), for work that is a statement or a few and never waits: what
 * was asked for in one turn of the event loop becomes one transaction, which begins and ends within another turn. A statement that fails undoes itself, no more.
 */
export class SmallWriter {
  /** Set once the disk failed to sync: what was acknowledged after that could be lost, so nothing is. */
  broken: AppError | null = null;
  readonly #options: SmallWriterOptions;
  readonly #begin: NativeStatement;
  readonly #commit: NativeStatement;
  readonly #rollback: NativeStatement;
  #queue: Pending[] = [];
  #running = false;
  #held = false;
  #closed = false;
  #wantsRoom = false;
  #unsynced = 0;
  #idle: (() => void)[] = [];

  constructor(options: SmallWriterOptions) {
    this.#options = options;
    this.#begin = options.native.prepare('begin immediate');
    this.#commit = options.native.prepare('commit');
    this.#rollback = options.native.prepare('rollback');
  }

  /** Resolves when it is as durable as was asked for. @throws the translated error of its statements */
  submit(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new AppError('unavailable', 'the blob store is closed'));
      this.#queue.push({ work, resolve, reject, roomLookedFor: false });
      this.#wake();
    });
  }

  hold(): Promise<void> {
    this.#held = true;
    return Promise.resolve();
  }

  release(): void {
    this.#held = false;
    if (this.#queue.length > 0) this.#wake();
  }

  /** Finishes what is queued and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running || this.#queue.length > 0 || this.#unsynced > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #wake(): void {
    // A commit under a running sync waits for the next one anyway: better one commit then for all who come meanwhile.
    if (this.#running || this.#held || this.#unsynced > 0) return;
    this.#running = true;
    // Not at once: the other requests of this turn of the event loop join the batch.
    setImmediate(() => void this.#turn());
  }

  async #turn(): Promise<void> {
    if (this.#wantsRoom && !this.#held) {
      this.#wantsRoom = false;
      await this.#options.makeRoom();
    }
    if (this.#queue.length > 0 && !this.#held && (this.#tryBegin() || (await this.#beginLater())))
      this.#batch();
    this.#running = false;
    if (this.#queue.length > 0 && !this.#held) this.#wake();
    else this.#settle();
  }

  /** @returns false while another process writes. Every other fault is told to all who wait */
  #tryBegin(): boolean {
    try {
      if (this.broken) throw this.broken;
      this.#begin.run();
      return true;
    } catch (error) {
      if (!vendorCode(error).startsWith('SQLITE_BUSY')) this.#failQueue(error);
      return false;
    }
  }

  /** Waits for other processes without blocking this one. */
  async #beginLater(): Promise<boolean> {
    const deadline = performance.now() + maxBusyMs;
    for (let wait = 1; this.#queue.length > 0; wait = Math.min(wait * 2, 50)) {
      await delay(wait * (0.5 + Math.random()));
      if (this.#tryBegin()) return true;
      if (performance.now() > deadline)
        this.#failQueue(new AppError('unavailable', 'the store of small blobs is busy', { retryable: true }));
    }
    return false;
  }

  #failQueue(error: unknown): void {
    const fault = this.#options.translate(error);
    for (const pending of this.#queue.splice(0)) pending.reject(fault);
  }

  #batch(): void {
    const done: Pending[] = [];
    try {
      this.#runMembers(done);
      if (done.length > 0) this.#commit.run();
      else this.#rollback.run();
    } catch (error) {
      this.#undo();
      for (const pending of done) this.#refuse(pending, error);
      return;
    }
    this.#acknowledge(done);
    try {
      this.#options.onCommit();
    } catch (error) {
      this.#options.log.error({ err: error }, 'looking at the log of small blobs failed');
    }
  }

  #runMembers(done: Pending[]): void {
    const until = performance.now() + maxBatchMs;
    for (let count = 0; count < maxMembers; count++) {
      const pending = this.#queue.shift();
      if (pending === undefined) return;
      try {
        pending.work();
        done.push(pending);
      } catch (error) {
        this.#refuse(pending, error);
        // SQLite has rolled back the whole batch (full disk, I/O error): all of it fails, for the same reason.
        if (!this.#options.native.inTransaction) throw error;
      }
      if (performance.now() > until) return;
    }
  }

  #refuse(pending: Pending, error: unknown): void {
    if (vendorCode(error).startsWith('SQLITE_FULL') && !pending.roomLookedFor) {
      pending.roomLookedFor = this.#wantsRoom = true;
      this.#queue.push(pending);
    } else pending.reject(this.#options.translate(error));
  }

  #undo(): void {
    try {
      if (this.#options.native.inTransaction) this.#rollback.run();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a rollback failed');
    }
  }

  #acknowledge(done: readonly Pending[]): void {
    const { sync } = this.#options;
    if (done.length === 0) return;
    if (sync === null) {
      for (const pending of done) pending.resolve();
      return;
    }
    this.#unsynced += done.length;
    const settle = (error: Error | null): void => {
      this.#unsynced -= done.length;
      if (error !== null) this.#breakDown(error);
      for (const pending of done) {
        if (this.broken === null) pending.resolve();
        else pending.reject(this.broken);
      }
      if (this.#queue.length > 0) this.#wake();
      else this.#settle();
    };
    sync.request(() => settle(null), settle);
  }

  /** After a failed sync the kernel may have dropped the pages, and the next sync would lie: only a restart tells what is there. */
  #breakDown(cause: Error): void {
    this.broken ??= new AppError(
      'unavailable',
      'the disk failed to keep small blobs: check it and restart the server',
      { cause },
    );
    this.#options.log.error({ err: cause }, 'syncing small blobs failed; no more writes until a restart');
  }

  #settle(): void {
    if (this.#running || this.#queue.length > 0 || this.#unsynced > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
