import type { LRUCache } from 'lru-cache';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Driver, StoreHealth } from '../../../kernel/service.ts';
import { sharedMemory } from '../../../kernel/shared-memory.ts';
import type { Json } from '../../config/contract.ts';
import type { CacheStore } from '../contract.ts';
import { maxValueBytes } from '../rules.ts';
import { PrefixIndex } from './prefix-index.ts';

interface Entry {
  readonly json: string;
  /** On the monotonic clock. */
  readonly until: number;
}

interface Memory {
  entries: LRUCache<string, Entry> | null;
  readonly index: PrefixIndex;
}

/** What an entry costs besides its texts, by rough measure. */
const overheadBytes = 400;

const memoryOf = sharedMemory<Memory>(() => ({ entries: null, index: new PrefixIndex() }));

export const cacheMemoryDriver: Driver<CacheStore> = {
  scheme: 'memory',
  parameters: {
    max: 'most memory to use, as 64MB (the default), 512KB or 1GB; of a shared cache the first open decides',
  },
  async open(url, deps) {
    const maxSize = parseSize(url.parameters.get('max') ?? '64MB', url.toString());
    const { LRUCache } = await import('lru-cache');
    const memory = memoryOf(url.path);
    memory.entries ??= new LRUCache<string, Entry>({
      maxSize,
      sizeCalculation: (entry, key) => Buffer.byteLength(entry.json) + key.length * 3 + overheadBytes,
      dispose: (_entry, key, reason) => {
        if (reason !== 'set') memory.index.remove(key);
      },
    });
    return new MemoryCache(memory.entries, memory.index, deps.clock);
  },
};

function parseSize(text: string, url: string): number {
  const match = /^(\d{1,6})(KB|MB|GB)$/i.exec(text);
  const unit = { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[match?.[2]?.toUpperCase() ?? ''] ?? 0;
  const size = Number(match?.[1]) * unit;
  if (!(size > 0)) throw new AppError('invalid_input', `max is not a size as 64MB in ${url}`);
  return size;
}

class MemoryCache implements CacheStore {
  readonly #entries: LRUCache<string, Entry>;
  readonly #index: PrefixIndex;
  readonly #clock: Clock;

  constructor(entries: LRUCache<string, Entry>, index: PrefixIndex, clock: Clock) {
    this.#entries = entries;
    this.#index = index;
    this.#clock = clock;
  }

  async get(key: string): Promise<Json | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#clock.monotonic()) return JSON.parse(entry.json);
    this.#entries.delete(key);
    return undefined;
  }

  async set(key: string, value: Json, ttlMs: number): Promise<void> {
    const json = JSON.stringify(value);
    if (!(ttlMs > 0) || Buffer.byteLength(json) > maxValueBytes) {
      this.#entries.delete(key); // what was there before must not be taken for it
      return;
    }
    this.#entries.set(key, { json, until: this.#clock.monotonic() + ttlMs });
    if (this.#entries.has(key)) this.#index.add(key);
    else this.#index.remove(key); // larger than the whole cache
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async clear(prefix: string): Promise<void> {
    for (const key of this.#index.find(prefix)) this.#entries.delete(key);
  }

  async ping(): Promise<StoreHealth> {
    return { version: null };
  }

  /** Others may share the entries; alone, they go with the last reference. */
  async close(): Promise<void> {}
}
