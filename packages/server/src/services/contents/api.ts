import type { Context } from '../../kernel/context.ts';
import type { BlobSource, ByteRange } from '../../stores/blobs/contract.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';

/** An immutable piece of content: a blob and what is known of it. `id` is the blob's key. */
export interface Chunk {
  readonly id: string;
  /** bytes */
  readonly size: number;
  /** hex */
  readonly sha256: string;
}

export interface StoredContent {
  readonly chunks: readonly Chunk[];
  readonly size: number;
  /** Of the whole; null where there are several chunks and nobody asked for it. */
  readonly sha256: string | null;
}

export interface WriteOptions {
  /** Content-Length, if stated; another count of bytes is `incomplete_body` or `invalid_input`. */
  readonly size?: number;
  /** Checked on the way; a difference is `checksum_mismatch` and nothing is kept. Digest in hex. */
  readonly expect?: { readonly algorithm: 'sha256' | 'sha1' | 'md5'; readonly digest: string };
  /** Tells the hash of everything also where there are several chunks: costs a second hashing of each byte. */
  readonly hashWhole?: boolean;
  /** More than this many bytes is `quota_exceeded` before they are stored. */
  readonly room?: number;
  /** Resumable uploads: a source that fails or ends early keeps what came (no error). */
  readonly keepPartial?: boolean;
}

export interface CheckFinding {
  readonly kind:
    | 'missing_blob'
    | 'wrong_size'
    | 'wrong_hash'
    | 'orphan_blob'
    | 'orphan_chunk'
    | 'size_drift'
    | 'broken_tree'
    | 'broken_version'
    | 'broken_journal'
    | 'database';
  readonly id: string;
  readonly detail: string;
  readonly repairable: boolean;
}

export interface ScrubTurn {
  /** Chunks that were read and hashed. */
  readonly read: number;
  readonly damaged: number;
}

export interface ScrubState {
  /** Chunks known to be damaged, until they are found sound or gone. */
  readonly damaged: number;
  /** Of the last round, ms; null before the first. */
  readonly beganAt: number | null;
  /** When a round last came to its end, ms. */
  readonly endedAt: number | null;
}

/** Bytes in chunks: stored first, hashed on the way, pointed at by a transaction afterwards. */
export interface ContentsService {
  /** Bounded memory; empty content has no chunks. The keys are protected from the collector until `attach` commits or `discard`. */
  write(context: Context, source: BlobSource, options?: WriteOptions): Promise<StoredContent>;
  /** Removes what `write` stored; for failures after it. Never throws. */
  discard(content: StoredContent): Promise<void>;
  /** Inserts chunk rows and the version's list of them. Chunks that have rows already (upload parts, copies) are only linked. */
  attach(tx: SqlTransaction, versionId: string, content: StoredContent): Promise<void>;
  /** Removes a version's list and releases the chunks to the collector. */
  release(tx: SqlTransaction, versionIds: readonly string[]): Promise<void>;
  /** Links the same chunks to new versions. */
  share(tx: SqlTransaction, pairs: readonly { readonly from: string; readonly to: string }[]): Promise<void>;
  chunksOf(versionId: string): Promise<readonly Chunk[]>;
  /** A small content whole (at most 1 MiB), hash-checked, else null: use `stream`. @throws corrupt */
  small(versionId: string, size: number): Promise<Uint8Array | null>;
  /**
   * Where the blob store itself gives out this content for the next 60 seconds, under these headers; null where it is more than one chunk, the
   * store can't, or the setting `contents.directDownload` is off. Whoever has the URL has the content: rights are checked before.
   */
  directUrl(
    versionId: string,
    headers: { readonly contentType: string; readonly disposition: string },
  ): Promise<URL | null>;
  /** Streams; whole chunks are hash-checked, a mismatch ends the stream with `corrupt` and is logged. */
  stream(versionId: string, range: ByteRange | null, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * One turn of the collector: condemn, delete rows, delete blobs, sweep orphans older than `graceMs`. Ends between two batches when
   * `signal` aborts. @returns counts
   */
  collect(
    graceMs: number,
    signal?: AbortSignal,
  ): Promise<{ readonly condemned: number; readonly removed: number; readonly orphans: number }>;
  /**
   * One turn of reading and hashing everything; a round has `turns`, and begins `roundMs` after the one before at the earliest. What is found
   * damaged is kept, told by every `check`, and by `scrubState`.
   */
  scrub(
    round: { readonly roundMs: number; readonly turns: number },
    signal?: AbortSignal,
  ): Promise<ScrubTurn>;
  scrubState(): Promise<ScrubState>;
  /** Proves chunk rows and blobs against one another; `deep` reads and hashes every byte, otherwise only what the scrub has found. */
  check(options: { readonly deep: boolean; readonly repair: boolean }): AsyncIterable<CheckFinding>;
}
