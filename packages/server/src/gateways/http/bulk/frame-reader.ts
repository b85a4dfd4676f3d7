import { AppError } from '../../../kernel/errors.ts';

/** Takes a byte stream apart: so many bytes now, or so many thrown away. Holds one piece of the source and what is asked for. */
export class FrameReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** @returns null at the end of the source, if nothing of `count` came @throws incomplete_body in the middle */
  async take(count: number): Promise<Buffer | null> {
    if (this.#piece.length >= count) return Buffer.from(this.#cut(count));
    const pieces: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#piece.length === 0 && !(await this.#next())) {
        if (missing === count) return null;
        throw new AppError('incomplete_body', 'the body ends in the middle of a file');
      }
      const part = this.#cut(Math.min(missing, this.#piece.length));
      missing -= part.length;
      pieces.push(part);
    }
    return Buffer.concat(pieces, count);
  }

  /** @throws incomplete_body */
  async skip(count: number): Promise<void> {
    for (let missing = count; missing > 0;) {
      if (this.#piece.length === 0 && !(await this.#next()))
        throw new AppError('incomplete_body', 'the body ends in the middle of a file');
      missing -= this.#cut(Math.min(missing, this.#piece.length)).length;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  #cut(count: number): Uint8Array {
    const part = this.#piece.subarray(0, count);
    this.#piece = this.#piece.subarray(count);
    return part;
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#iterator.next();
    if (done === true) return false;
    this.#piece = value;
    return true;
  }
}
