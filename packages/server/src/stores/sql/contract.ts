import type { StoreHealth } from '../../kernel/service.ts';

export type Dialect = 'sqlite' | 'postgres' | 'mysql';

/** Parameters by name. Text, numbers (integers up to 2^53), null; booleans travel as 0/1, times as integer milliseconds. Arrays only for `inList`. */
export type SqlValue = string | number | null | Uint8Array | readonly string[] | readonly number[];
export type SqlParameters = Readonly<Record<string, SqlValue>>;

/** A statement built once with Kysely and compiled once per dialect; executing it costs no building. */
export interface Query<P extends SqlParameters, R> {
  compiled(dialect: Dialect): CompiledQuery;
  /** Types only. */
  readonly types?: { readonly parameters: P; readonly row: R };
}

export interface CompiledQuery {
  readonly sql: string;
  /** One entry per placeholder: the name of a parameter, or a constant. `list`: as the dialect's list form (JSON text on SQLite, an array on PostgreSQL, on MySQL as many placeholders as the list has members). */
  readonly slots: readonly (
    { readonly name: string; readonly list: boolean } | { readonly value: unknown }
  )[];
}

/** Statements that write are refused (`internal`), except in a transaction. */
export interface SqlReader {
  all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]>;
  get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined>;
}

/**
 * One transaction, READ COMMITTED or better; on SQLite serial. Statements of one transaction run one after another.
 * No other store and no timer may be awaited inside `work`.
 */
export interface SqlTransaction extends SqlReader {
  /** @returns rows changed. A unique clash throws `conflict` and leaves the transaction usable only for rollback. */
  run<P extends SqlParameters>(query: Query<P, unknown>, parameters: P): Promise<number>;
  /** The same statement for many rows, in as few round trips as the driver has. */
  runMany<P extends SqlParameters>(query: Query<P, unknown>, rows: readonly P[]): Promise<number>;
  /** Called after the commit is durable, before `transaction` resolves; not called on rollback. */
  afterCommit(callback: () => void): void;
}

export interface Migration {
  /** `20261122-tree-0001`: sorts in the order of application over all services. Never edited once shipped. */
  readonly name: string;
  /** Statements per dialect, one step each (MySQL commits DDL at once). */
  readonly up: Readonly<Record<Dialect, readonly string[]>>;
  /**
   * A contract step: the oldest version of the program that can work on what it leaves, as `1.4.0` (the one that no longer uses what goes
   * away). Absent for an expand step, which every older version can live with. Recorded with the migration, for programs that do not know it.
   */
  readonly needs?: string;
}

/** A table that is not to be changed for a while. */
export interface GuardedTable {
  readonly name: string;
  readonly changes: readonly ('insert' | 'update' | 'delete')[];
  /** Updates of other columns than these are let through; absent: of none. */
  readonly columns?: readonly string[];
}

export interface SqlStore {
  readonly dialect: Dialect;
  /** Sees everything committed before the call. On SQLite short look-ups only: they run on the event loop in microseconds. */
  readonly reader: SqlReader;
  /** For queries that may take long (scans, reports, checks): another thread or connection, never the event loop; consistent within one call. */
  readonly background: SqlReader;
  /**
   * Whatever `work` reads is of one moment, the one of the call, whoever writes meanwhile; nobody is kept from writing. Its reads run one
   * after another, on a connection of their own, and a lost connection is not made up for. While it lasts the server keeps what is
   * changed or removed, so it is for a copy, not for a wait.
   */
  snapshot<T>(work: (reader: SqlReader) => Promise<T>): Promise<T>;
  /**
   * Runs `work` and commits; rolled back if it throws. Deadlocks, busy and serialisation errors rerun the whole of `work`, with
   * jitter, so it must have no effects besides SQL. Resolves when the commit is durable (group commit on SQLite).
   */
  transaction<T>(
    work: (tx: SqlTransaction) => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T>;
  /**
   * Applies what is missing, in order, under a lock that dies with its holder; two at once are fine, and whoever waits says so in the log
   * and holds no transaction. Migrations that this program does not know are of a newer one, which may run beside it.
   * @param version of this program @throws unsupported, naming the first unknown migration that needs a later version
   */
  migrate(migrations: readonly Migration[], version?: string): Promise<void>;
  /**
   * Changes of these tables fail with `read_only`, for whoever uses the database, until `unguard`. Resolves when every transaction that
   * was changing one of them has ended. May run twice.
   */
  guard(tables: readonly GuardedTable[]): Promise<void>;
  /** Lifts it. May run twice. */
  unguard(tables: readonly GuardedTable[]): Promise<void>;
  /** Runs the engine's own integrity check in the background. @returns findings, empty if sound */
  verify(): Promise<readonly string[]>;
  /** Statements run since start, by kind; for tests and metrics. */
  statistics(): { readonly statements: number; readonly transactions: number; readonly commits: number };
  /** Milliseconds since 1970 by the server's clock, which all nodes share; absent where the database runs on this machine's. */
  time?(): Promise<number>;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
