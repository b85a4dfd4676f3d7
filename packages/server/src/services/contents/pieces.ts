import { AppError } from '../../kernel/errors.ts';
import { noteTransient } from '../../kernel/transient-memory.ts';
import type { BlobSource } from '../../stores/blobs/contract.ts';

export interface PieceRules {
  /** Bytes that were announced. */
  readonly size?: number | undefined;
  readonly room?: number | undefined;
  /** A source that fails ends instead. */
  readonly keepPartial: boolean;
}

/**
 * Pulls pieces from a source, as large as the caller asks for at most, and minds the rules on the way: nothing that breaks
 * them is handed on. Holds one piece at a time, besides what is given back.
 */
export class PieceReader {
  /** Bytes handed on. */
  total = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #rules: PieceRules;
  #taken = 0;
  /** What is handed on before the source is asked again, next one last. */
  readonly #rest: Uint8Array[] = [];
  #ended = false;

  constructor(source: BlobSource, rules: PieceRules) {
    this.#iterator = (source instanceof Uint8Array ? once(source) : source)[Symbol.asyncIterator]();
    this.#rules = rules;
  }

  /** @returns null at the end */
  async next(limit: number): Promise<Uint8Array | null> {
    const piece = this.#rest.pop() ?? (await this.#pull());
    if (piece === null) return null;
    if (piece.byteLength <= limit) {
      this.total += piece.byteLength;
      return piece;
    }
    this.#rest.push(piece.subarray(limit));
    this.total += limit;
    return piece.subarray(0, limit);
  }

  /** Whether there is more; waits for it. */
  async more(): Promise<boolean> {
    if (this.#rest.length > 0) return true;
    const piece = await this.#pull();
    if (piece !== null) this.#rest.push(piece);
    return piece !== null;
  }

  /** Gives back a piece that was handed on. */
  unread(piece: Uint8Array): void {
    if (piece.byteLength > 0) this.#rest.push(piece);
    this.total -= piece.byteLength;
  }

  /** Tells the source to stop, without waiting for it. */
  close(): void {
    if (!this.#ended) this.#iterator.return?.().catch(() => {});
    this.#ended = true;
  }

  async #pull(): Promise<Uint8Array | null> {
    if (this.#ended) return null;
    for (;;) {
      const step = await this.#step();
      if (step.done === true) {
        this.#ended = true;
        return null;
      }
      if (step.value.byteLength === 0) continue;
      this.#taken += step.value.byteLength;
      noteTransient(step.value.byteLength);
      this.#check();
      return step.value;
    }
  }

  async #step(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.#ended = true;
      if (!this.#rules.keepPartial) throw error;
      return { done: true, value: undefined };
    }
  }

  #check(): void {
    const { size, room } = this.#rules;
    if (size !== undefined && this.#taken > size) {
      throw new AppError('invalid_input', 'the body is longer than its stated length', {
        details: { stated: size },
      });
    }
    if (room !== undefined && this.#taken > room) throw noRoom(room);
  }
}

export function noRoom(room: number): AppError {
  return new AppError('quota_exceeded', 'the quota does not leave room for these bytes', {
    details: { room },
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
