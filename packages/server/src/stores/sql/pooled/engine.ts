/** What a networked database has to bring; everything else about a SqlStore is in this folder. */
import type { AppError } from '../../../kernel/errors.ts';
import type { CompiledQuery } from '../contract.ts';

export type Row = Record<string, unknown>;
/** As `bind` makes them: text, safe integers and other finite numbers, null, bytes, and whatever `Engine.list` gives for a list. */
export type Values = readonly unknown[];

export interface Result {
  readonly rows: Row[];
  /** Rows inserted, updated (also to what they were) or deleted. */
  readonly changes: number;
}

/**
 * One connection. The frame runs one thing at a time on it, watches the time itself, and calls `destroy` when it takes too long: whatever
 * is under way then may reject or stay pending. Errors are the vendor's own; `Engine.classify` says what they mean.
 */
export interface EngineConnection {
  /** Of the server, as in `15.18`. */
  readonly version: string;
  /** Which of the servers that the URL names, as `host:port`. */
  readonly server: string;
  /** Runs a statement that is prepared once per connection. @param begin opens a transaction before it, without a round trip of its own where the protocol can */
  execute(statement: CompiledQuery, values: Values, begin: boolean): Promise<Result>;
  /** The same statement for each of `rows` (never empty), in as few round trips as possible. @returns rows changed */
  executeMany(statement: CompiledQuery, rows: readonly Values[], begin: boolean): Promise<number>;
  /** Text without parameters, not prepared: DDL, checks, locks. */
  exec(sql: string): Promise<readonly Row[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** `listener` is called when the connection ends by itself. */
  onEnd(listener: () => void): void;
  /** Drops it at once; never throws. */
  destroy(): void;
  /** Says goodbye. Never throws. */
  close(): Promise<void>;
}

/** A migrator that says nothing for so long is frozen or gone with its host: the server ends its connection, and so its lock. */
export const migratorSilentMs = 60_000;

export interface ConnectOptions {
  /** Give up after this time, over all hosts. */
  readonly timeoutMs: number;
  /** The server's own limit for a statement (a little less than what the frame waits); null: none, and then one for silence between them. */
  readonly statementMs: number | null;
  /** Refuse statements that write, where the server can. */
  readonly readOnly: boolean;
}

/** Runs text without parameters on one connection, as long as it takes. */
export type Exec = (sql: string) => Promise<readonly Row[]>;

/**
 * - `retry`: the server has rolled the transaction back (deadlock, serialization, lock wait); the connection is good.
 * - `lost`: the connection is gone, or its state unknown. If a commit was under way, its outcome is unknown.
 * - `stale`: every connection of the pool is to be opened anew (the server became a replica, a cached plan no longer fits); nothing was done.
 * - `final`: hand `error` to the caller.
 */
export interface Fault {
  readonly kind: 'retry' | 'lost' | 'stale' | 'final';
  /** What the caller gets if trying again does not help. Never holds a password. */
  readonly error: AppError;
}

export interface Engine {
  readonly dialect: 'postgres' | 'mysql';
  /** The URL with its password masked, for messages. */
  readonly name: string;
  /**
   * Takes a server that writes, also for reading: a replica may lag. READ COMMITTED, autocommit. Errors are the vendor's, AppErrors that are
   * clear already, or `Dropped` where the only servers that answer are replicas.
   */
  connect(options: ConnectOptions): Promise<EngineConnection>;
  classify(error: unknown): Fault;
  /** A list parameter as `inList` of query.ts wants it. */
  list(values: readonly string[] | readonly number[]): unknown;
  /** Asks once and does not wait. The lock is the connection's, for this database, and ends with it; no transaction stays open. */
  tryMigrationLock(exec: Exec): Promise<boolean>;
  /**
   * Makes `schema_migrations (name primary key, steps int not null, applied_at bigint null, needs text null)` where it is missing, and what
   * it lacks where an older version made it. A statement of which `isDoneBefore` knows that it is done may fail.
   */
  readonly migrationTable: readonly string[];
  /** Whether DDL is rolled back with its transaction. Without: each statement counts as a step, so that a migration goes on where it failed. */
  readonly transactionalDdl: boolean;
  /** Whether a DDL statement failed because it has been done before (its step could not be noted any more). */
  isDoneBefore(error: unknown): boolean;
  /** The engine's own integrity check. @returns findings */
  verify(exec: Exec): Promise<readonly string[]>;
}
