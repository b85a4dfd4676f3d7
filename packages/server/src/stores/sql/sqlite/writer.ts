import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Connection } from './connection.ts';
import { isBusy, isFull, translate } from './errors.ts';
import type { NativeStatement } from '../../clients/sqlite/native.ts';
import type { Member, Pending, Work } from './members.ts';
import { SqliteTransaction } from './transaction.ts';
import type { WalSync } from '../../clients/sqlite/wal-sync.ts';

export interface WriterOptions {
  readonly connection: Connection;
  /** null: acknowledged at COMMIT (durability relaxed). */
  readonly sync: WalSync | null;
  readonly log: Logger;
  /** How long a member may go without coming to its end before it is taken for stuck. */
  readonly stuckMs: number;
  /** Called after each commit. */
  readonly onCommit: () => void;
  /** Called between two batches once the disk was full: begins the log anew, so that it need not grow. Never throws. */
  readonly makeRoom: () => Promise<void>;
}

const maxMembers = 128;
const maxBatchMs = 4;
const maxAttempts = 10;
const maxBusyMs = 30_000;

/**
 * Group commit: waiting transactions run one after another, each in a savepoint, under one COMMIT. A batch is open only
 * across microtasks, so that no other event of the process is handled in the middle of it.
 */
export class Writer {
  transactions = 0;
  commits = 0;
  /** A batch is open: the connection shows what is not committed. */
  open = false;
  /** Set once the disk failed to sync: what was acknowledged after that could be lost, so nothing is. */
  broken: AppError | null = null;

  readonly #options: WriterOptions;
  readonly #connection: Connection;
  readonly #statements: Record<
    'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'undo',
    NativeStatement
  >;
  #queue: Pending[] = [];
  #running = false;
  #closed = false;
  #held = false;
  /** Called when the open batch has closed. */
  #closings: (() => void)[] = [];
  #interrupt: ((error: AppError) => void) | null = null;
  #idle: (() => void)[] = [];
  /** Members that are committed and wait for the disk. */
  #unsynced = 0;
  #wantsRoom = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#connection = options.connection;
    const { native } = options.connection;
    this.#statements = {
      begin: native.prepare('begin immediate'),
      commit: native.prepare('commit'),
      rollback: native.prepare('rollback'),
      savepoint: native.prepare('savepoint member'),
      release: native.prepare('release member'),
      undo: native.prepare('rollback to member'),
    };
  }

  submit<T>(work: Work<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new AppError('unavailable', 'the database is closed'));
      this.#queue.push({ work, resolve, reject, signal, attempts: 0, roomLookedFor: false });
      this.#wake();
    });
  }

  /** Begins no batch any more until `release`. Resolves when none is open. */
  async hold(): Promise<void> {
    this.#held = true;
    if (this.open) await new Promise<void>((resolve) => this.#closings.push(resolve));
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
    if (this.#running || this.#held) return;
    this.#running = true;
    // Not at once: the other requests of this turn of the event loop join the batch.
    setImmediate(() => void this.#turn());
  }

  async #turn(): Promise<void> {
    if (this.#wantsRoom && !this.#held) {
      this.#wantsRoom = false;
      await this.#options.makeRoom();
    }
    if (this.#queue.length > 0 && !this.#held && (await this.#begin())) {
      await this.#batch();
      for (const resolve of this.#closings.splice(0)) resolve();
    }
    this.#running = false;
    if (this.#queue.length > 0 && !this.#held) this.#wake();
    else this.#settle();
  }

  /** Waits for other processes without blocking this one. @returns whether a transaction is open */
  async #begin(): Promise<boolean> {
    const deadline = performance.now() + maxBusyMs;
    for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
      try {
        if (this.broken) throw this.broken;
        this.#statements.begin.run();
        this.open = true;
        return true;
      } catch (error) {
        if (isBusy(error) && performance.now() < deadline) await delay(wait * (0.5 + Math.random()));
        else return this.#failQueue(translate(error, this.#connection.file));
      }
    }
  }

  #failQueue(error: AppError): false {
    const all = this.#queue;
    this.#queue = [];
    for (const pending of all) pending.reject(error);
    return false;
  }

  async #batch(): Promise<void> {
    const members: Member[] = [];
    const stuck = setTimeout(
      () =>
        this.#interrupt?.(
          new AppError('internal', 'a transaction waited for something other than its own statements'),
        ),
      this.#options.stuckMs,
    );
    try {
      await this.#runMembers(members);
      if (members.length > 0) this.#statements.commit.run();
      else this.#statements.rollback.run();
    } catch (error) {
      this.#loseBatch(members, translate(error, this.#connection.file));
      return;
    } finally {
      clearTimeout(stuck);
      this.open = false;
    }
    this.commits++;
    this.#acknowledge(members);
    this.#notify(this.#options.onCommit);
  }

  async #runMembers(members: Member[]): Promise<void> {
    const until = performance.now() + maxBatchMs;
    const alone = this.#queue.length === 1;
    for (let count = 0; count < maxMembers; count++) {
      const pending = this.#queue.shift();
      if (pending === undefined) return;
      if (pending.signal?.aborted) pending.reject(new AppError('aborted', 'the operation was aborted'));
      else if (alone) return this.#runAlone(pending, members);
      else await this.#runMember(pending, members);
      if (performance.now() > until) return;
    }
  }

  /** A batch of one needs no savepoint: ROLLBACK does. */
  async #runAlone(pending: Pending, members: Member[]): Promise<void> {
    const tx = new SqliteTransaction(this.#connection);
    try {
      members.push({ pending, tx, value: await this.#runWork(pending, tx) });
    } catch (error) {
      this.#refuse(pending, error);
    }
  }

  async #runMember(pending: Pending, members: Member[]): Promise<void> {
    const tx = new SqliteTransaction(this.#connection);
    try {
      this.#statements.savepoint.run();
      const value = await this.#runWork(pending, tx);
      this.#statements.release.run();
      members.push({ pending, tx, value });
    } catch (error) {
      this.#refuse(pending, error);
      // SQLite has rolled back the whole batch (full disk, I/O error): all of it fails, for the same reason.
      if (!this.#connection.native.inTransaction) throw error;
      this.#statements.undo.run();
      this.#statements.release.run();
    }
  }

  async #runWork(pending: Pending, tx: SqliteTransaction): Promise<unknown> {
    this.transactions++;
    try {
      const value = await new Promise((resolve, reject) => {
        this.#interrupt = reject;
        pending.work(tx).then(resolve, reject);
      });
      if (tx.failure !== null) throw tx.failure;
      return value;
    } finally {
      this.#interrupt = null;
      tx.end();
    }
  }

  #refuse(pending: Pending, error: unknown): void {
    if (isBusy(error) && pending.attempts++ < maxAttempts) this.#queue.push(pending);
    else if (isFull(error) && !pending.roomLookedFor) {
      pending.roomLookedFor = this.#wantsRoom = true;
      this.#queue.push(pending);
    } else pending.reject(error);
  }

  #loseBatch(members: readonly Member[], error: AppError): void {
    try {
      if (this.#connection.native.inTransaction) this.#statements.rollback.run();
    } catch (cause) {
      this.#options.log.error({ err: cause }, 'a rollback failed');
    }
    for (const { pending } of members) this.#refuse(pending, error);
  }

  #acknowledge(members: readonly Member[]): void {
    if (members.length === 0) return;
    const { sync } = this.#options;
    if (sync === null) return this.#complete(members);
    this.#unsynced += members.length;
    sync.request(
      () => {
        this.#unsynced -= members.length;
        if (this.broken) this.#breakDown(members, this.broken);
        else this.#complete(members);
        this.#settle();
      },
      (error) => {
        this.#unsynced -= members.length;
        this.#breakDown(members, error);
        this.#settle();
      },
    );
  }

  #complete(members: readonly Member[]): void {
    for (const { pending, tx, value } of members) {
      for (const callback of tx.callbacks) this.#notify(callback);
      pending.resolve(value as never);
    }
  }

  #notify(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a callback after a commit failed');
    }
  }

  /** After a failed sync the kernel may have dropped the pages, and the next sync would lie: only a restart tells what is there. */
  #breakDown(members: readonly Member[], cause: Error): void {
    this.broken ??= new AppError(
      'unavailable',
      'the disk failed to keep the database: check it and restart the server',
      { cause },
    );
    this.#options.log.error({ err: cause }, 'syncing the database failed; no more writes until a restart');
    for (const { pending } of members) pending.reject(this.broken);
  }

  #settle(): void {
    if (this.#running || this.#queue.length > 0 || this.#unsynced > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
