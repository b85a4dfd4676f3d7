import { AppError } from '../../kernel/errors.ts';
import type { BlobSource } from '../../stores/blobs/contract.ts';

/**
 * Hands a source on in segments, so that each can be committed before the next is read. Knows afterwards how the source
 * ended, which a writer that keeps what came does not tell.
 */
export class SourceReader {
  /** The source has ended, well or with `failure`. */
  ended = false;
  failure: unknown = null;
  /** It held more than `limit` bytes. */
  exceeded = false;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #limit: number;
  #read = 0;
  #rest: Uint8Array | null = null;

  constructor(source: BlobSource, limit: number) {
    this.#iterator = (source instanceof Uint8Array ? single(source) : source)[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  async *segment(maximum: number): AsyncGenerator<Uint8Array> {
    let room = maximum;
    while (room > 0) {
      const piece = this.#rest ?? (await this.#next());
      if (piece === null) return;
      const fits = piece.length > room ? piece.subarray(0, room) : piece;
      this.#rest = fits === piece ? null : piece.subarray(room);
      room -= fits.length;
      yield fits;
    }
  }

  /** Gives the source back where it was not read to its end. */
  async close(): Promise<void> {
    if (!this.ended) await this.#iterator.return?.();
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#iterator.next();
      if (done === true) {
        this.ended = true;
        return null;
      }
      this.#read += value.length;
      if (this.#read <= this.#limit) return value;
    } catch (error) {
      this.ended = true;
      this.failure = error;
      throw error;
    }
    this.exceeded = true;
    throw new AppError('too_large', 'more bytes came than the upload has left');
  }
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
