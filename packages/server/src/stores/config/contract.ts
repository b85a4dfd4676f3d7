import type { StoreHealth } from '../../kernel/service.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface ConfigEntry {
  readonly key: string;
  readonly value: Json;
  /** Store-wide revision of the last change of this key; 0 never occurs. */
  readonly revision: number;
}

export interface ConfigChange {
  readonly key: string;
  /** `undefined`: the key was removed. */
  readonly value: Json | undefined;
  readonly revision: number;
}

export interface ConfigRecord extends ConfigChange {
  readonly at: number;
  readonly actor: string | null;
}

/**
 * Settings, revisioned and watched. Keys are `/`-separated, `[A-Za-z0-9._-]` per part. Revisions are store-wide and strictly rising.
 * Values are small (64 KiB at most, else invalid_input). A change is durable when the promise resolves.
 */
export interface ConfigStore {
  get(key: string): Promise<ConfigEntry | null>;
  /** Every key that equals `prefix` or lies below `prefix/` ('' = all), sorted, and the revision they were read at. */
  list(prefix: string): Promise<{ readonly entries: readonly ConfigEntry[]; readonly revision: number }>;
  /**
   * `expectedRevision`: the key's current revision, 0 = must not exist; a mismatch is `precondition_failed` and changes nothing.
   * @returns the new revision
   */
  set(
    key: string,
    value: Json,
    options?: { readonly expectedRevision?: number; readonly actor?: string },
  ): Promise<number>;
  /** Removes the key and everything below it. Removing nothing is fine. @returns the revision afterwards */
  delete(
    key: string,
    options?: { readonly expectedRevision?: number; readonly actor?: string },
  ): Promise<number>;
  /** Earlier changes of exactly this key, newest first, at least the last 20. */
  history(key: string, limit: number): Promise<readonly ConfigRecord[]>;
  /**
   * Every change of `prefix` and below after `afterRevision`, in order, nothing lost across reconnects. Where revisions were
   * compacted, the present state is given instead (removals included). Ends when `signal` aborts.
   */
  watch(prefix: string, afterRevision: number, signal: AbortSignal): AsyncIterable<ConfigChange>;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
