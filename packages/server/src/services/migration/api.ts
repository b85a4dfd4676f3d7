import type { BlobStore } from '../../stores/blobs/contract.ts';
import type { ConfigStore } from '../../stores/config/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';

/** The stores that hold something to move. */
export interface MovedStores {
  readonly config: ConfigStore;
  readonly vault: VaultStore;
  readonly sql: SqlStore;
  readonly blobs: BlobStore;
}

/** Of these both sides have the same one, so nothing is copied. */
export type SharedStores = ReadonlySet<'config' | 'vault' | 'blobs'>;

export type Stage = 'contents' | 'tables' | 'read-only' | 'secrets' | 'verify' | 'done';

export interface Progress {
  readonly stage: Stage;
  /** What of it is going on, e.g. the table. */
  readonly part: string;
  readonly done: number;
  /** null: not known */
  readonly total: number | null;
}

/** A content that the source does not have as its database says. */
export interface Finding {
  readonly problem: 'missing' | 'corrupt';
  /** The blob's key. */
  readonly blob: string;
  /** Names of files that it belongs to, some of them. */
  readonly files: readonly string[];
}

export interface MovedTable {
  readonly table: string;
  readonly rows: number;
  /** Of all its rows in one form, found equal on both sides; null: it changes while the server is read-only. */
  readonly sha256: string | null;
}

export interface MigrationReport {
  readonly id: string;
  readonly state: 'done' | 'dry run';
  /** Variables of the stores that are other ones now. */
  readonly moved: readonly string[];
  /** Empty where the database stayed. */
  readonly tables: readonly MovedTable[];
  readonly blobs: { readonly count: number; readonly bytes: number };
  readonly secrets: number;
  readonly settings: number;
  readonly findings: readonly Finding[];
  /** How long the server was read-only until everything was over there. */
  readonly readOnlyMs: number;
}
