import fs from 'node:fs';
import { AppError } from '../../../kernel/errors.ts';
import { timeOf } from '../../../kernel/ids.ts';
import type { StoreHealth } from '../../../kernel/service.ts';
import type { BlobSource, BlobStat, BlobStore, ByteRange } from '../contract.ts';
import { aborted, checkKey, cutRange } from '../bytes.ts';
import type { Layout } from './layout.ts';
import type { SmallBlobs } from './small-blobs.ts';

/** Small arrays into one file, everything else as files; a blob is found in whichever it is, so that folders from before go on as they are. */
export class PackingBlobStore implements BlobStore {
  readonly #small: SmallBlobs;
  readonly #files: BlobStore;
  readonly #layout: Layout;
  /** Larger ones become files; 0: all of them do. */
  readonly #limit: number;
  /** Keys of puts under way: no other may take one to the other place meanwhile. */
  readonly #claimed = new Set<string>();
  readonly #openedAt = Date.now();

  constructor(small: SmallBlobs, files: BlobStore, layout: Layout, limit: number) {
    this.#small = small;
    this.#files = files;
    this.#layout = layout;
    this.#limit = limit;
  }

  async put(
    key: string,
    source: BlobSource,
    options: { readonly size?: number; readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    checkKey(key);
    if (options.signal?.aborted) throw aborted(options.signal);
    const small = source instanceof Uint8Array && source.byteLength <= this.#limit;
    if (this.#claimed.has(key) || (small ? this.#isFile(key) : this.#small.stat(key) !== null))
      throw new AppError('conflict', 'the blob exists', { details: { key } });
    this.#claimed.add(key);
    try {
      if (!small) return await this.#files.put(key, source, options);
      await this.#small.put(key, source);
      return source.byteLength;
    } finally {
      this.#claimed.delete(key);
    }
  }

  /**
   * Only keys older than this process are looked for: asking the file system costs as much as two statements, and nobody else puts here. By the
   * event loop, as the thread pool would cost more.
   */
  #isFile(key: string): boolean {
    return !(timeOf(key) > this.#openedAt) && fs.existsSync(this.#layout.final(key));
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    checkKey(key);
    const bytes = await this.#small.read(key);
    if (bytes === null) return this.#files.read(key, range);
    return range === undefined ? bytes : part(bytes, range);
  }

  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    checkKey(key);
    const bytes = await this.#small.read(key);
    if (bytes === null) return this.#files.stream(key, range, signal);
    return once(range === undefined ? bytes : part(bytes, range), signal);
  }

  async stat(key: string): Promise<BlobStat | null> {
    checkKey(key);
    return this.#small.stat(key) ?? this.#files.stat(key);
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) checkKey(key);
    await this.#files.delete(await this.#small.delete(keys));
  }

  async *list(): AsyncIterable<BlobStat> {
    yield* this.#small.list();
    yield* this.#files.list();
  }

  async sweep(ageMs: number): Promise<number> {
    await this.#small.shrink();
    return this.#files.sweep(ageMs);
  }

  async ping(): Promise<StoreHealth> {
    this.#small.check();
    return this.#files.ping();
  }

  async close(): Promise<void> {
    await this.#files.close();
    await this.#small.close();
  }
}

function part(bytes: Uint8Array, range: ByteRange): Uint8Array {
  const { start, stop } = cutRange(range, bytes.byteLength);
  return bytes.subarray(start, stop);
}

async function* once(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (signal?.aborted) throw aborted(signal);
  if (bytes.byteLength > 0) yield bytes;
}
