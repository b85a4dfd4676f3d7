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
