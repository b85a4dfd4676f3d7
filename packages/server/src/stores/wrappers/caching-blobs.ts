import { LRUCache } from 'lru-cache';
import type { StoreHealth } from '../../kernel/service.ts';
import { cutRange } from '../blobs/bytes.ts';
import type { BlobSource, BlobStat, BlobStore, ByteRange } from '../blobs/contract.ts';

export interface CachingOptions {
  /** Bytes kept in all. */
  readonly maxBytes?: number;
  /** Larger blobs pass by. */
  readonly maxBlobBytes?: number;
}

/** About what an entry costs besides its bytes. */
const entryBytes = 256;

/**
 * Keeps small blobs in memory, as they are put and as they are read whole. Blobs never change, so nothing has to be invalidated; one
 * that another node deletes may be read here a while longer, which nobody who has a reason to read it can tell.
 * The same array is handed out again and again: readers do not write into it.
 */
export function cachingBlobs(inner: BlobStore, options: CachingOptions = {}): BlobStore {
  return new CachingBlobStore(inner, options.maxBytes ?? 9 * 1024 * 1024, options.maxBlobBytes ?? 64 * 1024);
}

class CachingBlobStore implements BlobStore {
  readonly beneath: BlobStore;
  readonly #inner: BlobStore;
  readonly #maxBlobBytes: number;
  readonly #kept: LRUCache<string, Uint8Array>;
  /** Tells a read that a delete may have overtaken it: it must not bring the blob back. */
  #deletions = 0;

  constructor(inner: BlobStore, maxBytes: number, maxBlobBytes: number) {
    this.#inner = this.beneath = inner;
    this.#maxBlobBytes = maxBlobBytes;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (bytes) => bytes.byteLength + entryBytes,
    });
  }

  async put(
    key: string,
    source: BlobSource,
    options?: { readonly size?: number; readonly signal?: AbortSignal },
  ): Promise<number> {
    if (!(source instanceof Uint8Array) || source.byteLength > this.#maxBlobBytes) {
      return this.#inner.put(key, source, options);
    }
    // A copy, made before the bytes are handed on: the caller's array may be a view of a much larger one, and may be used again.
    const copy = Buffer.allocUnsafeSlow(source.byteLength);
    copy.set(source);
    const size = await this.#inner.put(key, copy, options);
    this.#kept.set(key, copy);
    return size;
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return range === undefined ? kept : part(kept, range);
    const deletions = this.#deletions;
    const bytes = await this.#inner.read(key, range);
    if (range === undefined && bytes.byteLength <= this.#maxBlobBytes && deletions === this.#deletions) {
      this.#kept.set(key, bytes);
    }
    return bytes;
  }

  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const kept = this.#kept.get(key);
    if (kept === undefined || signal?.aborted) return this.#inner.stream(key, range, signal);
    return once(range === undefined ? kept : part(kept, range));
  }

  stat(key: string): Promise<BlobStat | null> {
    return this.#inner.stat(key);
  }

  async delete(keys: readonly string[]): Promise<void> {
    try {
      await this.#inner.delete(keys);
    } finally {
      this.#deletions++;
      for (const key of keys) this.#kept.delete(key);
    }
  }

  list(): AsyncIterable<BlobStat> {
    return this.#inner.list();
  }

  sweep(ageMs: number): Promise<number> {
    return this.#inner.sweep(ageMs);
  }

  get presign(): BlobStore['presign'] {
    return this.#inner.presign?.bind(this.#inner);
  }

  ping(): Promise<StoreHealth> {
    return this.#inner.ping();
  }

  close(): Promise<void> {
    this.#kept.clear();
    return this.#inner.close();
  }
}

function part(bytes: Uint8Array, range: ByteRange): Uint8Array {
  const { start, stop } = cutRange(range, bytes.byteLength);
  return bytes.subarray(start, stop);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}
