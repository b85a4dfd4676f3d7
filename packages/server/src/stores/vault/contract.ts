import type { StoreHealth } from '../../kernel/service.ts';

/** Secrets by name (`/`-separated, `[A-Za-z0-9._-]`). Values are text up to 64 KiB. Nothing of a value ever shows in errors or logs. */
export interface VaultStore {
  get(name: string): Promise<string | null>;
  /** `createOnly`: where it exists already, `conflict` and nothing changes (two nodes that make the master key: one wins). Durable when it resolves. */
  put(name: string, value: string, options?: { readonly createOnly?: boolean }): Promise<void>;
  /** Absent is fine. */
  delete(name: string): Promise<void>;
  /** Names that start with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** Re-encrypts everything under a new key of the store's own (file driver), or asks the server to. A crash leaves the old or the new, both readable. */
  rotate(): Promise<void>;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
