import { createRequire } from 'node:module';

/** What the documents' thread uses of better-sqlite3. */
export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  readonly inTransaction: boolean;
  pragma(text: string, options?: { readonly simple: true }): unknown;
  close(): unknown;
}

export interface Statement {
  run(...parameters: Value[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...parameters: Value[]): Row | undefined;
  all(...parameters: Value[]): Row[];
  iterate(...parameters: Value[]): IterableIterator<Row>;
}

export type Value = string | number | null | Readonly<Record<string, string | number | null>>;
export type Row = Readonly<Record<string, string | number | null>>;

type Open = new (file: string, options: { readonly timeout: number }) => Database;

export function openNative(file: string): Database {
  const open = createRequire(import.meta.url)('better-sqlite3') as Open;
  return new open(file, { timeout: 5000 });
}

/** The result code's name, '' where SQLite did not throw. */
export function sqliteCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return '';
  return error.code.startsWith('SQLITE_') ? error.code : '';
}

export function text(row: Row, name: string): string {
  return String(row[name]);
}

export function number(row: Row, name: string): number {
  return Number(row[name]);
}

export function textOrNull(row: Row, name: string): string | null {
  const value = row[name];
  return value == null ? null : String(value);
}
