import { AppError } from '../../../kernel/errors.ts';
import type { Driver } from '../../../kernel/service.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { BlobSource, BlobStat, BlobStore, ByteRange } from '../contract.ts';
import { aborted, checkKey, cutRange, drain, noSuchBlob } from '../bytes.ts';

const pieceBytes = 256 * 1024;

/** Blobs in this process; for tests and for trying things out. Everything is gone when it ends. */
export const memoryBlobs: Driver<BlobStore> = {
  scheme: 'memory',
  parameters: {},
  open: (_url, { clock }) => Promise.resolve(new MemoryBlobStore(clock)),
};

class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async put(
    key: string,
    source: BlobSource,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    checkKey(key);
    if (options.signal?.aborted) throw aborted(options.signal);
    const bytes =
      source instanceof Uint8Array ? new Uint8Array(source) : await gather(source, options.signal);
    if (this.#blobs.has(key)) throw new AppError('conflict', 'the blob exists', { details: { key } });
    this.#blobs.set(key, { bytes, modifiedAt: this.#clock.now() });
    return bytes.byteLength;
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    const bytes = this.#bytes(key);
    const { start, stop } = cutRange(range, bytes.byteLength);
    return bytes.slice(start, stop);
  }

  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const bytes = this.#bytes(key);
    const { start, stop } = cutRange(range, bytes.byteLength);
    return pieces(bytes, start, stop, signal);
  }

  stat(key: string): Promise<BlobStat | null> {
    const blob = this.#blobs.get(key);
    return Promise.resolve(
      blob === undefined ? null : { key, size: blob.bytes.byteLength, modifiedAt: blob.modifiedAt },
    );
  }

  delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#blobs.delete(key);
    return Promise.resolve();
  }

  async *list(): AsyncIterable<BlobStat> {
    for (const [key, blob] of [...this.#blobs])
      yield { key, size: blob.bytes.byteLength, modifiedAt: blob.modifiedAt };
  }

  sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  ping(): Promise<{ version: null }> {
    return Promise.resolve({ version: null });
  }

  close(): Promise<void> {
    this.#blobs.clear();
    return Promise.resolve();
  }

  #bytes(key: string): Uint8Array {
    checkKey(key);
    const blob = this.#blobs.get(key);
    if (blob === undefined) throw noSuchBlob(key);
    return blob.bytes;
  }
}

async function gather(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await drain(source, signal, (piece) => void pieces.push(new Uint8Array(piece)));
  return new Uint8Array(Buffer.concat(pieces));
}

async function* pieces(
  bytes: Uint8Array,
  start: number,
  stop: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < stop; at += pieceBytes) {
    if (signal?.aborted) throw aborted(signal);
    yield bytes.slice(at, Math.min(at + pieceBytes, stop));
  }
}
