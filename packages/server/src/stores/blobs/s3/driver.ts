import { AppError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Driver, StoreHealth } from '../../../kernel/service.ts';
import type { BlobSource, BlobStat, BlobStore, ByteRange, PresignOptions } from '../contract.ts';
import { aborted, checkKey } from '../bytes.ts';
import { deleteBlobs, listBlobs, sweepUploads } from './bucket.ts';
import { connect, type Connection } from './connection.ts';
import { locationOf, s3Parameters } from './location.ts';
import { Uploads } from './multipart.ts';
import { probe } from './opening.ts';
import { head } from './ownership.ts';
import { Presigner } from './presigning.ts';
import { putBytes, putStream } from './putting.ts';
import { readStream, readWhole } from './reading.ts';

const pingMs = 2_000;

/** Blobs as objects of one bucket, below a prefix. What is acknowledged is as durable as the server makes it. */
export const s3Blobs: Driver<BlobStore> = {
  scheme: 's3',
  parameters: s3Parameters,
  async open(url, { clock, log }) {
    const location = locationOf(url);
    const connection = await connect(location, log);
    try {
      const uploads = new Uploads(connection, log, await probe(connection));
      return new S3BlobStore(uploads, new Presigner(connection, location), clock);
    } catch (error) {
      connection.close();
      throw error;
    }
  },
};

class S3BlobStore implements BlobStore {
  readonly #connection: Connection;
  readonly #uploads: Uploads;
  readonly #presigner: Presigner;
  readonly #clock: Clock;
  /** Keys being put here: a server without conditional writes would let two of them race. */
  readonly #landing = new Set<string>();

  constructor(uploads: Uploads, presigner: Presigner, clock: Clock) {
    this.#connection = uploads.connection;
    this.#uploads = uploads;
    this.#presigner = presigner;
    this.#clock = clock;
  }

  async put(
    key: string,
    source: BlobSource,
    options: { readonly size?: number; readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    checkKey(key);
    if (options.signal?.aborted) throw aborted(options.signal);
    if (this.#landing.has(key)) throw new AppError('conflict', 'the blob exists', { details: { key } });
    this.#landing.add(key);
    try {
      return source instanceof Uint8Array
        ? await putBytes(this.#uploads, key, source, options.signal)
        : await putStream(this.#uploads, key, source, options);
    } finally {
      this.#landing.delete(key);
    }
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    checkKey(key);
    return readWhole({ connection: this.#connection, key }, range);
  }

  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    checkKey(key);
    return readStream({ connection: this.#connection, key, signal }, range, this.#uploads.log);
  }

  async stat(key: string): Promise<BlobStat | null> {
    checkKey(key);
    const found = await head(this.#connection, key);
    if (found === null) return null;
    return { key, size: found.ContentLength ?? 0, modifiedAt: found.LastModified?.getTime() ?? 0 };
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) checkKey(key);
    await deleteBlobs(this.#connection, keys);
  }

  list(): AsyncIterable<BlobStat> {
    return listBlobs(this.#connection);
  }

  sweep(ageMs: number): Promise<number> {
    return sweepUploads(this.#connection, this.#clock.now() - ageMs, this.#uploads.ids);
  }

  async presign(key: string, options: PresignOptions): Promise<URL> {
    checkKey(key);
    return this.#presigner.sign(key, options);
  }

  async ping(): Promise<StoreHealth> {
    const { sdk, bucket: Bucket } = this.#connection;
    const command = new sdk.HeadBucketCommand({ Bucket });
    await this.#connection.call('pings', (client, options) => client.send(command, options), {
      withinMs: pingMs,
    });
    return { version: null };
  }

  async close(): Promise<void> {
    this.#connection.close();
    await this.#presigner.close();
  }
}
