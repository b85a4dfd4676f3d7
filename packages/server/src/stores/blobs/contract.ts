import type { StoreHealth } from '../../kernel/service.ts';

export interface BlobStat {
  readonly key: string;
  /** bytes */
  readonly size: number;
  readonly modifiedAt: number;
}

/** First and last byte, both included, as in RFC 9110; `end` may lie past the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export type BlobSource = Uint8Array | AsyncIterable<Uint8Array>;

export interface PresignOptions {
  /** 1 to 60: who holds the URL may fetch that long, whatever is taken away meanwhile. */
  readonly expiresSeconds: number;
  /** The answer's Content-Type and Content-Disposition, part of what is signed. */
  readonly contentType: string;
  readonly disposition: string;
}

/**
 * Immutable blobs under fresh random keys (`[a-z0-9-]{8,64}`, from newId()). A key is never written twice and never reused.
 * Bytes stream with bounded buffers both ways.
 */
export interface BlobStore {
  /**
   * Durable (fsync of file and folder under `durability: full`) when it resolves. If the source fails or `signal` aborts, nothing
   * is left under the key. @throws conflict if the key exists, storage_full on a full disk. @returns the bytes written
   */
  put(
    key: string,
    source: BlobSource,
    options?: { readonly size?: number; readonly signal?: AbortSignal },
  ): Promise<number>;
  /** A small blob (or range) whole, in as few steps as the store has. @throws not_found, range_not_satisfiable */
  read(key: string, range?: ByteRange): Promise<Uint8Array>;
  /** Streams; leaving the loop early frees everything. @throws not_found before the first byte */
  stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  stat(key: string): Promise<BlobStat | null>;
  /** Absent keys are fine. */
  delete(keys: readonly string[]): Promise<void>;
  /** Every whole blob, in no promised order; blobs put meanwhile may or may not show. */
  list(): AsyncIterable<BlobStat>;
  /** Removes what interrupted puts left behind (temporary files, multipart uploads) that is older than `ageMs`. @returns how many */
  sweep(ageMs: number): Promise<number>;
  /**
   * A URL under which anybody may GET the blob, ranges included, from the store itself. Does not look whether it is there. Absent or null
   * where this store has no such thing.
   */
  presign?(key: string, options: PresignOptions): Promise<URL | null>;
  /** The store itself, where this one answers from memory: for whoever has to prove what lies there. */
  readonly beneath?: BlobStore;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
