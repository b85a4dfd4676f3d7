import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../../kernel/errors.ts';
import type { DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type {
  GuardedTable,
  Migration,
  SqlParameters,
  SqlReader,
  SqlStore,
  SqlTransaction,
} from '../contract.ts';
import { guardStatements, unguardStatements } from '../guard.ts';
import type { Query } from '../query.ts';
import { Background } from './background.ts';
import { useLog } from '../../clients/sqlite/native.ts';
import { SqliteThread } from '../../clients/sqlite/thread.ts';
import { Checkpointer } from '../../clients/sqlite/checkpointer.ts';
import { Connection } from './connection.ts';
import { translate } from './errors.ts';
import { migrate } from './migrate.ts';
import { WalSync } from '../../clients/sqlite/wal-sync.ts';
import { Writer } from './writer.ts';

export interface SqliteOptions {
  readonly file: string;
  readonly cacheMiB?: number;
  /** Size of the write-ahead log at which it is moved into the database file. */
  readonly checkpointPages?: number;
  readonly stuckMs?: number;
}

/** A database file: a writer, a reader beside it for what happens while a batch is open, and a thread for long questions. */
export class SqliteStore implements SqlStore {
  readonly dialect = 'sqlite';
  readonly reader: SqlReader;
  readonly background: Background;
  readonly #file: string;
  readonly #write: Connection;
  readonly #read: Connection;
  readonly #walFd: number;
  readonly #writer: Writer;
  readonly #checkpointer: Checkpointer;
  readonly #deps: DriverDeps;
  #closing: Promise<void> | null = null;

  constructor(options: SqliteOptions, deps: DriverDeps) {
    const { file, cacheMiB = 6 } = options;
    this.#deps = deps;
    this.#file = file;
    this.#write = openWriting(file, cacheMiB);
    this.#read = new Connection(file, { readonly: true, busyMs: 1000, cacheMiB: Math.min(cacheMiB, 2) });
    this.#walFd = openSync(`${file}-wal`, constants.O_RDWR);
    if (deps.durability === 'full') syncFolder(dirname(file));
    this.background = new Background({ file, cacheMiB: Math.min(cacheMiB, 2) });
    this.#writer = new Writer({
      connection: this.#write,
      sync: deps.durability === 'full' ? new WalSync(this.#walFd) : null,
      log: deps.log,
      stuckMs: options.stuckMs ?? 500,
      onCommit: () => this.#checkpointer.committed(),
      makeRoom: () => this.#checkpointer.now(),
    });
    this.#checkpointer = new Checkpointer(
      this.#write.native,
      this.#writer,
      SqliteThread.forCheckpoints(file, (error) => translate(error, file)),
      deps.log,
      options.checkpointPages ?? 4096,
    );
    this.reader = new IdleReader(this.#writer, this.#write, this.#read);
  }

  transaction<T>(
    work: (tx: SqlTransaction) => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T> {
    return this.#writer.submit(work, options?.signal);
  }

  async snapshot<T>(work: (reader: SqlReader) => Promise<T>): Promise<T> {
    const connection = new Connection(this.#file, { readonly: true, busyMs: 5000, cacheMiB: 2 });
    try {
      // The moment is that of the first read.
      connection.exec('begin; select count(*) from sqlite_schema');
      return await work({
        all: async (query, parameters) => connection.allReadOnly(query, parameters),
        get: async (query, parameters) => connection.getReadOnly(query, parameters),
      });
    } finally {
      connection.close();
    }
  }

  migrate(migrations: readonly Migration[], version?: string): Promise<void> {
    return migrate({ ...this.#deps, writer: this.#writer }, migrations, version);
  }

  guard(tables: readonly GuardedTable[]): Promise<void> {
    return this.#define(guardStatements('sqlite', tables));
  }

  unguard(tables: readonly GuardedTable[]): Promise<void> {
    return this.#define(unguardStatements('sqlite', tables));
  }

  #define(statements: readonly string[]): Promise<void> {
    return this.#writer.submit(async (tx) => {
      for (const statement of statements) tx.exec(statement);
    });
  }

  verify(): Promise<readonly string[]> {
    return this.background.verify();
  }

  statistics(): { readonly statements: number; readonly transactions: number; readonly commits: number } {
    return {
      statements: this.#write.count + this.#read.count,
      transactions: this.#writer.transactions,
      commits: this.#writer.commits,
    };
  }

  async ping(): Promise<StoreHealth> {
    if (this.#closing) throw new AppError('unavailable', 'the database is closed');
    if (this.#writer.broken) throw this.#writer.broken;
    return { version: this.#read.version() };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await this.#checkpointer.stop();
    await this.background.close();
    this.#read.close();
    try {
      this.#write.native.pragma('wal_checkpoint(truncate)');
    } catch (error) {
      this.#deps.log.warn(
        { err: error },
        'the last checkpoint of the database failed; the next start makes up for it',
      );
    }
    this.#write.close();
    closeSync(this.#walFd);
  }
}

/**
 * Reads on the writing connection, whose page cache survives its own commits (measured: a third less time after each commit
 * than on a connection beside it); on the other one while a batch is open.
 */
class IdleReader implements SqlReader {
  readonly #writer: Writer;
  readonly #write: Connection;
  readonly #read: Connection;

  constructor(writer: Writer, write: Connection, read: Connection) {
    this.#writer = writer;
    this.#write = write;
    this.#read = read;
  }

  async all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]> {
    return (this.#writer.open ? this.#read : this.#write).allReadOnly(query, parameters);
  }

  async get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined> {
    return (this.#writer.open ? this.#read : this.#write).getReadOnly(query, parameters);
  }
}

/** SQLite may wait for other processes here, as the first of them turns the log on; later `begin` does not (Writer). */
function openWriting(file: string, cacheMiB: number): Connection {
  const connection = new Connection(file, { busyMs: 5000, cacheMiB });
  try {
    useLog(connection.native);
    connection.native.pragma('busy_timeout = 0');
    return connection;
  } catch (error) {
    connection.native.close();
    throw error;
  }
}

/** So that the entries of the database and its log outlast a power cut. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
