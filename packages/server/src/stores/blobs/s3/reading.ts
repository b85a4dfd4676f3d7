/** Reads of blobs: small ones whole; big ones as a stream that goes on where a connection broke off. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { ByteRange } from '../contract.ts';
import { aborted } from '../bytes.ts';
import type { Connection, Purpose } from './connection.ts';
import { translate } from './errors.ts';

const maxTries = 3;
/** More than any object may have; some servers cannot count further. */
const largestObject = 2 ** 46;

export interface Reading {
  readonly connection: Connection;
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

interface Body {
  readonly stream: Readable;
  readonly length: number;
  readonly etag: string | undefined;
}

export async function readWhole(reading: Reading, range: ByteRange | undefined): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    const body = await request(reading, 'reads', range);
    try {
      return await collect(body);
    } catch (error) {
      if (tries === maxTries) throw translate(error, reading.connection.bucket);
    }
  }
}

/** The first bytes are under way when this resolves. A reader that never comes costs a socket until it has been idle for long. */
export async function readStream(
  reading: Reading,
  range: ByteRange | undefined,
  log: Logger,
): Promise<AsyncIterable<Uint8Array>> {
  return new Download(reading, range?.start ?? 0, await request(reading, 'streams', range), log);
}

/** @throws not_found, range_not_satisfiable; conflict if the object is not `etag` any more */
async function request(
  { connection, key, signal }: Reading,
  purpose: Purpose,
  range: ByteRange | undefined,
  etag?: string,
): Promise<Body> {
  const { sdk, bucket: Bucket, layout, quick, agents } = connection;
  const Key = layout.objectOf(key);
  const Range = range && headerOf(range);
  const answer = await connection.call(
    purpose,
    async (client, options) => {
      const headers = { ...(Range && { range: Range }), ...(etag && { 'if-match': etag }) };
      const asked = { object: Key, agent: agents[purpose], headers, signal: options.abortSignal };
      const command = { Bucket, Key, ...(Range && { Range }), ...(etag && { IfMatch: etag }) };
      return (await quick.get(asked)) ?? client.send(new sdk.GetObjectCommand(command), options);
    },
    { key, signal },
  );
  const { Body: stream, ContentLength: length, ContentRange, ETag } = answer;
  if (!(stream instanceof Readable) || length === undefined)
    throw new AppError('unavailable', 'the S3 server answered without a length');
  // It may break while nobody reads it.
  stream.on('error', () => {});
  if (range !== undefined && ContentRange?.startsWith(`bytes ${range.start}-`) !== true) {
    stream.destroy();
    throw new AppError('unavailable', 'the S3 server ignores ranges');
  }
  return { stream, length, etag: ETag };
}

function headerOf({ start, end }: ByteRange): string {
  if (start < 0 || (end !== undefined && end < start) || start > largestObject)
    throw new AppError('range_not_satisfiable', 'the range lies outside the blob');
  return `bytes=${start}-${end === undefined || end > largestObject ? '' : end}`;
}

function collect({ stream, length }: Body): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    let at = 0;
    stream.on('data', (piece: Buffer) => {
      at += piece.copy(bytes, at);
    });
    stream.on('end', () => (at === length ? resolve(bytes) : reject(brokenOff())));
    stream.on('error', reject);
    stream.on('close', () => stream.readableEnded || reject(brokenOff()));
  });
}

function brokenOff(): AppError {
  return new AppError('unavailable', 'the S3 server broke off in the middle of a blob', { retryable: true });
}

class Download implements AsyncIterableIterator<Uint8Array> {
  readonly #reading: Reading;
  readonly #start: number;
  readonly #length: number;
  readonly #log: Logger;
  readonly #pieces: AsyncGenerator<Uint8Array, void>;
  #body: Body;
  #left = false;
  /** Bytes handed out. */
  #at = 0;
  readonly #leave = (): void => {
    this.#left = true;
    this.#body.stream.destroy();
  };

  constructor(reading: Reading, start: number, body: Body, log: Logger) {
    this.#reading = reading;
    this.#start = start;
    this.#length = body.length;
    this.#body = body;
    this.#log = log;
    this.#pieces = this.#run();
    reading.signal?.addEventListener('abort', this.#leave);
    if (reading.signal?.aborted) this.#leave();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, void>> {
    return this.#pieces.next();
  }

  /** Also before the first piece, when a generator on its own would free nothing. */
  return(): Promise<IteratorResult<Uint8Array, void>> {
    this.#leave();
    this.#reading.signal?.removeEventListener('abort', this.#leave);
    return this.#pieces.return();
  }

  async *#run(): AsyncGenerator<Uint8Array, void> {
    const { signal } = this.#reading;
    try {
      for (let failures = 0; ;) {
        const before = this.#at;
        try {
          yield* this.#rest();
          if (this.#at === this.#length) return;
          throw brokenOff();
        } catch (error) {
          if (signal?.aborted) throw aborted(signal);
          if (this.#left) return;
          failures = this.#at === before ? failures + 1 : 1;
          if (failures > maxTries) throw translate(error, this.#reading.connection.bucket);
        }
        await this.#resume(failures);
      }
    } finally {
      this.#leave();
      signal?.removeEventListener('abort', this.#leave);
    }
  }

  async *#rest(): AsyncGenerator<Uint8Array, void> {
    const { signal } = this.#reading;
    for await (const piece of this.#body.stream) {
      if (signal?.aborted) throw aborted(signal);
      this.#at += (piece as Buffer).byteLength;
      yield piece as Buffer;
    }
  }

  async #resume(failures: number): Promise<void> {
    const { key } = this.#reading;
    this.#log.warn({ blob: key, at: this.#at }, 'a download from S3 broke off and goes on from there');
    await delay(Math.random() * 200 * failures);
    const range = { start: this.#start + this.#at, end: this.#start + this.#length - 1 };
    try {
      this.#body = await request(this.#reading, 'streams', range, this.#body.etag);
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
      throw new AppError('corrupt', 'the blob has changed while it was read', { details: { key } });
    }
    if (this.#left) this.#body.stream.destroy();
  }
}
