/** Bytes out: small contents whole, others as a stream, each checked against its hash. Knows nothing of SQL. */
import { createHash, hash } from 'node:crypto';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { BlobStore, ByteRange } from '../../stores/blobs/contract.ts';
import type { Chunk } from './api.ts';

/** Chunks up to here are read in one go, which a caching store answers from memory. */
const wholeBytes = 64 * 1024;

export class Reading {
  readonly #blobs: BlobStore;
  readonly #log: Logger;
  /** Arrays whose hash has been found right; a store that caches hands out the same array again. */
  readonly #verified = new WeakSet<Uint8Array>();

  constructor(blobs: BlobStore, log: Logger) {
    this.#blobs = blobs;
    this.#log = log;
  }

  async whole(chunks: readonly Chunk[]): Promise<Uint8Array> {
    const [first] = chunks;
    if (first === undefined) return new Uint8Array(0);
    if (chunks.length === 1) return this.chunk(first);
    return Buffer.concat(await Promise.all(chunks.map((chunk) => this.chunk(chunk))));
  }

  /** @throws corrupt */
  async chunk(chunk: Chunk): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#blobs.read(chunk.id);
    } catch (error) {
      throw this.#missing(chunk, error);
    }
    if (this.#verified.has(bytes)) return bytes;
    if (bytes.byteLength !== chunk.size || hash('sha256', bytes, 'hex') !== chunk.sha256)
      throw this.#damaged(chunk);
    this.#verified.add(bytes);
    return bytes;
  }

  /** Bytes `start` up to, not including, `stop` of the chunks one after another. */
  async *between(
    chunks: readonly Chunk[],
    start: number,
    stop: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    let from = 0;
    for (const chunk of chunks) {
      const cut = { start: Math.max(start - from, 0), stop: Math.min(stop - from, chunk.size) };
      from += chunk.size;
      if (cut.start >= cut.stop) continue;
      if (chunk.size <= wholeBytes) yield (await this.chunk(chunk)).subarray(cut.start, cut.stop);
      else if (cut.stop - cut.start === chunk.size) yield* this.checked(chunk, signal);
      else yield* this.#part(chunk, { start: cut.start, end: cut.stop - 1 }, signal);
    }
  }

  /** The last piece is held back until the hash is right: a reader never gets all bytes of a damaged chunk. */
  async *checked(chunk: Chunk, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const own = createHash('sha256');
    let size = 0;
    let held: Uint8Array | null = null;
    for await (const piece of await this.#open(chunk, undefined, signal)) {
      if (held !== null) yield held;
      own.update(piece);
      size += piece.byteLength;
      held = piece;
    }
    if (size !== chunk.size || own.digest('hex') !== chunk.sha256) throw this.#damaged(chunk);
    if (held !== null) yield held;
  }

  async *#part(chunk: Chunk, range: Required<ByteRange>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let left = range.end - range.start + 1;
    for await (const piece of await this.#open(chunk, range, signal)) {
      left -= piece.byteLength;
      yield piece;
    }
    if (left !== 0) throw this.#damaged(chunk);
  }

  async #open(
    chunk: Chunk,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    try {
      return await this.#blobs.stream(chunk.id, range, signal);
    } catch (error) {
      throw this.#missing(chunk, error);
    }
  }

  /** A blob that SQL promises and the store does not have is damage, not a wrong request. */
  #missing(chunk: Chunk, error: unknown): unknown {
    if (!isAppError(error, 'not_found') && !isAppError(error, 'range_not_satisfiable')) return error;
    this.#log.error({ chunk: chunk.id, size: chunk.size }, 'content is missing from the blob store');
    return new AppError('corrupt', 'stored content is missing', {
      details: { chunk: chunk.id },
      cause: error,
    });
  }

  #damaged(chunk: Chunk): AppError {
    this.#log.error({ chunk: chunk.id, size: chunk.size }, 'content does not match its hash');
    return new AppError('corrupt', 'stored content does not match its hash', {
      details: { chunk: chunk.id },
    });
  }
}
