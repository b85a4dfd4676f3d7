import { createRequire } from 'node:module';

/** What we use of better-sqlite3, which ships no types. Loaded on first use, so that importing a driver costs nothing. */
export interface NativeDatabase {
  prepare(sql: string): NativeStatement;
  exec(sql: string): unknown;
  pragma(text: string): unknown;
  close(): unknown;
  readonly inTransaction: boolean;
  readonly open: boolean;
}

export interface NativeStatement {
  /** Whether it only reads. */
  readonly readonly: boolean;
  /** Whether it gives rows. */
  readonly reader: boolean;
  run(...parameters: NativeValue[]): { readonly changes: number };
  get(...parameters: NativeValue[]): Row | undefined;
  all(...parameters: NativeValue[]): Row[];
}

export type NativeValue = string | number | bigint | null | Uint8Array;
export type Row = Record<string, unknown>;

type OpenNative = new (
  file: string,
  options: { readonly readonly?: boolean; readonly timeout: number },
) => NativeDatabase;

let loaded: OpenNative | undefined;

export function openNative(
  file: string,
  options: { readonly readonly?: boolean; readonly timeout: number },
): NativeDatabase {
  loaded ??= createRequire(import.meta.url)('better-sqlite3') as OpenNative;
  return new loaded(file, options);
}

/** What every connection of ours has in common. */
export function tune(native: NativeDatabase, cacheMiB: number): void {
  native.pragma(`cache_size = ${-1024 * cacheMiB}`);
  // No mmap: a cut-off file would be a SIGBUS, and remapping after each commit was measured slower than reading.
  native.pragma('mmap_size = 0');
  native.pragma('foreign_keys = on');
  native.pragma('temp_store = memory');
}

/** SQLite may wait for other processes here, as the first of them turns the log on. Syncs and checkpoints are the caller's from here on. */
export function useLog(native: NativeDatabase): void {
  native.pragma('journal_mode = wal');
  native.pragma('synchronous = normal');
  native.pragma('wal_autocheckpoint = 0');
  native.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
  // A first read opens the log, and meets a file that is no database.
  native.prepare('select count(*) from sqlite_schema').get();
}
