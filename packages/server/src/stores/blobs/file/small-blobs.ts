/**
 * Small blobs in one SQLite file: a file each would cost five system calls, and two syncs where everything is synced
 * (docs/decisions/0009-small-contents.md).
 */
import fs from 'node:fs';
import path from 'node:path';
import { AppError } from '../../../kernel/errors.ts';
import type { DriverDeps } from '../../../kernel/service.ts';
import { Checkpointer } from '../../clients/sqlite/checkpointer.ts';
import {
  openNative,
  tune,
  useLog,
  type NativeDatabase,
  type NativeStatement,
} from '../../clients/sqlite/native.ts';
import { SqliteThread } from '../../clients/sqlite/thread.ts';
import { WalSync } from '../../clients/sqlite/wal-sync.ts';
import type { BlobStat } from '../contract.ts';
import { Patience } from './patience.ts';
import { Room } from './room.ts';
import { smallFile, translateSmall } from './small-errors.ts';
import { SmallWriter } from './small-writer.ts';

const cacheMiB = 2;
const checkpointPages = 1024;
const listedAtOnce = 1000;
const deletedAtOnce = 64;
/** Pages of 4 KiB: below this, free ones are left for the next blobs. */
const keptFreePages = 4096;
/** With as many, blobs still fit into the file on a full disk. */
const reusablePages = 64;
const vacuumedAtOnce = 128;

const schema = `create table if not exists small (id integer primary key, key text not null unique, modified_at integer not null,
  bytes blob not null) strict`;
const selectBytes = 'select bytes from small where key = ?';

/** Opens the file of `folder`; where it is not there it is made, or null is returned. @throws corrupt, unavailable */
export async function openSmallBlobs(
  folder: string,
  make: boolean,
  deps: DriverDeps,
): Promise<SmallBlobs | null> {
  const file = path.join(folder, smallFile);
  if (!make && !fs.existsSync(file)) return null;
  try {
    // SQLite alone would let everybody on the machine read it; its other files take over the mode.
    await fs.promises.open(file, 'wx', 0o600).then(
      (made) => made.close(),
      () => undefined,
    );
    return new SmallBlobs(file, deps);
  } catch (error) {
    throw translateSmall(error);
  }
}

export class SmallBlobs {
  readonly #native: NativeDatabase;
  readonly #deps: DriverDeps;
  readonly #walFd: number;
  readonly #writer: SmallWriter;
  readonly #checkpointer: Checkpointer;
  readonly #thread: SqliteThread;
  readonly #insert: NativeStatement;
  readonly #remove: NativeStatement;
  readonly #bytes: NativeStatement;
  readonly #stat: NativeStatement;
  readonly #patience = new Patience();
  readonly #room: Room;
  #closing: Promise<void> | null = null;

  constructor(file: string, deps: DriverDeps) {
    this.#deps = deps;
    this.#room = new Room(path.dirname(file));
    const native = (this.#native = openTable(file));
    this.#walFd = fs.openSync(`${file}-wal`, fs.constants.O_RDWR);
    const sync = deps.durability === 'full';
    if (sync) syncFolder(path.dirname(file));
    this.#writer = new SmallWriter({
      native,
      sync: sync ? new WalSync(this.#walFd) : null,
      log: deps.log,
      translate: translateSmall,
      onCommit: () => this.#checkpointer.committed(),
      makeRoom: () => this.#checkpointer.now(),
    });
    const checkpoints = SqliteThread.forCheckpoints(file, translateSmall);
    this.#checkpointer = new Checkpointer(native, this.#writer, checkpoints, deps.log, checkpointPages);
    this.#thread = new SqliteThread({ file, cacheMiB: 1 }, translateSmall);
    this.#insert = native.prepare('insert into small (key, modified_at, bytes) values (?, ?, ?)');
    this.#remove = native.prepare('delete from small where key = ?');
    this.#bytes = native.prepare(selectBytes);
    this.#stat = native.prepare('select length(bytes) as size, modified_at from small where key = ?');
  }

  /** @throws conflict, storage_full */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (!this.#room.left(bytes.byteLength) && this.#pages('freelist_count') < reusablePages)
      throw new AppError('storage_full', 'the disk of the blob store is full');
    const now = BigInt(Math.floor(this.#deps.clock.now()));
    await this.#writer.submit(() => void this.#insert.run(key, now, bytes));
  }

  /** On the event loop while the disk answers at once, else by the thread. null: not here */
  async read(key: string): Promise<Uint8Array | null> {
    const row = this.#patience.lasts()
      ? this.#ask(() => this.#patience.charged(() => this.#bytes.get(key)))
      : (await this.#thread.ask(selectBytes, [key]))[0];
    return row === undefined ? null : (row['bytes'] as Uint8Array);
  }

  stat(key: string): BlobStat | null {
    const row = this.#ask(() => this.#stat.get(key));
    return row === undefined
      ? null
      : { key, size: Number(row['size']), modifiedAt: Number(row['modified_at']) };
  }

  /** @returns those that were not here */
  async delete(keys: readonly string[]): Promise<readonly string[]> {
    const absent: string[] = [];
    for (let at = 0; at < keys.length; at += deletedAtOnce) {
      const some = keys
        .slice(at, at + deletedAtOnce)
        .filter((key) => this.stat(key) !== null || !absent.push(key));
      if (some.length > 0)
        await this.#writer.submit(() => {
          for (const key of some) this.#remove.run(key);
        });
    }
    return absent;
  }

  async *list(): AsyncGenerator<BlobStat> {
    for (let after = 0n; ;) {
      const rows = await this.#thread.ask(
        'select id, key, length(bytes) as size, modified_at from small where id > ? order by id limit ?',
        [after, BigInt(listedAtOnce)],
      );
      for (const row of rows) {
        yield { key: String(row['key']), size: Number(row['size']), modifiedAt: Number(row['modified_at']) };
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      after = BigInt(Number(last['id']));
    }
  }

  /** Gives room back to the disk once more than half of the file is free; what is free below that serves the next blobs. */
  async shrink(): Promise<void> {
    let free = this.#pages('freelist_count');
    if (free < this.#pages('page_count') / 2) return;
    for (let before = Infinity; free > keptFreePages && free < before;) {
      await this.#writer.submit(() => void this.#native.pragma(`incremental_vacuum(${vacuumedAtOnce})`));
      before = free;
      free = this.#pages('freelist_count');
    }
  }

  #pages(name: 'freelist_count' | 'page_count'): number {
    return Number(this.#ask(() => this.#native.prepare(`pragma ${name}`).get())?.[name] ?? 0);
  }

  /** @throws where nothing can be written any more */
  check(): void {
    if (this.#writer.broken) throw this.#writer.broken;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await this.#checkpointer.stop();
    await this.#thread.close();
    try {
      this.#native.pragma('wal_checkpoint(truncate)');
    } catch (error) {
      this.#deps.log.warn(
        { err: error },
        'the last checkpoint of small blobs failed; the next start makes up for it',
      );
    }
    this.#native.close();
    fs.closeSync(this.#walFd);
  }

  #ask<T>(question: () => T): T {
    if (!this.#native.open) throw new AppError('unavailable', 'the blob store is closed');
    try {
      return question();
    } catch (error) {
      throw translateSmall(error);
    }
  }
}

function openTable(file: string): NativeDatabase {
  const native = openNative(file, { timeout: 5000 });
  try {
    tune(native, cacheMiB);
    // Counts before the first page, and would write one into a file that has some.
    if (fs.statSync(file).size === 0) native.pragma('auto_vacuum = incremental');
    useLog(native);
    native.exec(schema);
    native.pragma('busy_timeout = 0');
    return native;
  } catch (error) {
    native.close();
    throw error;
  }
}

/** So that the entries of the file and its log outlast a power cut. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
