import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../kernel/errors.ts';

/** The body of one request: read whole or as a stream, asked for with `100 Continue` only once it is wanted. */
export class RequestBody {
  readonly #raw: IncomingMessage;
  readonly #res: ServerResponse;
  /** Whether the client holds the body back until it is asked for it. */
  #withheld: boolean;
  /** Content-Length, or null where there is none. */
  readonly length: number | null;

  constructor(raw: IncomingMessage, res: ServerResponse) {
    this.#raw = raw;
    this.#res = res;
    const length = raw.headers['content-length'];
    this.length = length === undefined ? null : Number(length);
    this.#withheld = raw.headers.expect !== undefined && raw.headers.expect.toLowerCase() === '100-continue';
  }

  get present(): boolean {
    return (this.length !== null && this.length > 0) || this.#raw.headers['transfer-encoding'] !== undefined;
  }

  /**
   * What is still to come when the answer is ready. `withheld`: nothing, unless the client is asked; `much`: more than is
   * worth waiting for in silence.
   */
  get left(): 'nothing' | 'little' | 'much' | 'withheld' {
    if (!this.present || this.#raw.complete) return 'nothing';
    if (this.#withheld) return 'withheld';
    return this.length !== null && this.length <= 65_536 ? 'little' : 'much';
  }

  /** @throws too_large past `limit` bytes, aborted if the client goes away */
  async whole(limit: number): Promise<Buffer> {
    if (!this.present) return Buffer.alloc(0);
    if (this.length !== null && this.length > limit) throw tooLarge(limit);
    this.#ask();
    return await collect(this.#raw, limit);
  }

  /** Leaving the loop early keeps the connection, so that the reason can still be answered. */
  async *stream(): AsyncGenerator<Uint8Array> {
    if (!this.present) return;
    this.#ask();
    try {
      for await (const piece of this.#raw.iterator({ destroyOnReturn: false })) yield piece as Uint8Array;
    } catch (error) {
      throw this.#raw.complete ? error : gone(error);
    }
  }

  /** Reads what is left and throws it away, for `ms` at most: a client that only writes must get to reading the answer. */
  async discard(ms: number): Promise<void> {
    const raw = this.#raw;
    if (raw.complete || raw.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, ms);
      raw.once('end', done).once('close', done).on('error', done);
      raw.resume();
    });
  }

  #ask(): void {
    if (!this.#withheld) return;
    this.#withheld = false;
    this.#res.writeContinue();
  }
}

function collect(raw: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const settle = (): void => {
      raw.off('data', take).off('end', finish).off('error', fail).off('close', fail);
    };
    const take = (piece: Buffer): void => {
      size += piece.length;
      if (size <= limit) return void pieces.push(piece);
      settle();
      raw.pause();
      reject(tooLarge(limit));
    };
    const finish = (): void => {
      settle();
      resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces));
    };
    const fail = (cause?: Error): void => {
      settle();
      reject(gone(cause));
    };
    raw.on('data', take).on('end', finish).on('error', fail).on('close', fail);
  });
}

function tooLarge(limit: number): AppError {
  return new AppError('too_large', `the body is larger than ${limit} bytes`);
}

function gone(cause: unknown): AppError {
  return new AppError('aborted', 'the client went away', { cause });
}
