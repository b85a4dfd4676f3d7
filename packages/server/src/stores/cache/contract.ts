import type { StoreHealth } from '../../kernel/service.ts';
import type { Json } from '../config/contract.ts';

/** Values with a time to live. May forget anything at any time; nobody may depend on it for correctness. */
export interface CacheStore {
  /** `undefined`: missing; `null` is a value. */
  get(key: string): Promise<Json | undefined>;
  /** Overwriting sets the time to live anew. Values up to 1 MiB as JSON; larger ones are silently not kept. */
  set(key: string, value: Json, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Removes every key that starts with `prefix`, and no other. */
  clear(prefix: string): Promise<void>;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
