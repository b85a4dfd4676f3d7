/** One multipart upload: a few parts under way at a time, then visible all at once, or nothing. */
import pLimit, { type LimitFunction } from 'p-limit';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { commit } from './committing.ts';
import { bodyMs, type Connection } from './connection.ts';
import { type Mark, metadataOf } from './ownership.ts';
import { patientSignal } from './patience.ts';
import { SpareParts } from './part-gatherer.ts';

/** The protocol's limits: parts of 5 MiB at least, 10,000 of them. */
const partBytes = 8 * 1024 * 1024;
const maxParts = 10_000;
const sentAtOnce = 2;
const sentAtOnceByAll = 16;

/** What all uploads of a store share. */
export class Uploads {
  readonly connection: Connection;
  readonly log: Logger;
  /** Whether the server knows `If-None-Match`. */
  readonly conditional: boolean;
  readonly spares = new SpareParts(partBytes);
  readonly slots: LimitFunction = pLimit(sentAtOnceByAll);
  /** Under way here; not for the sweep, however slow the source. */
  readonly ids = new Set<string>();

  constructor(connection: Connection, log: Logger, conditional: boolean) {
    this.connection = connection;
    this.log = log;
    this.conditional = conditional;
  }
}

export class MultipartUpload {
  readonly #uploads: Uploads;
  readonly #mark: Mark;
  readonly #target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  readonly #onFailure: (error: unknown) => void;
  readonly #abandoned = new AbortController();
  readonly #stop: AbortSignal;
  readonly #sending = new Set<Promise<void>>();
  readonly #tags: string[] = [];
  #parts = 0;
  #size = 0;

  /** @param stop ends the sending of parts */
  static async begin(
    uploads: Uploads,
    mark: Mark,
    stop: AbortSignal,
    onFailure: (error: unknown) => void,
  ): Promise<MultipartUpload> {
    const { connection } = uploads;
    const { sdk, bucket: Bucket, layout } = connection;
    const object = { Bucket, Key: layout.objectOf(mark.key) };
    const command = new sdk.CreateMultipartUploadCommand({ ...object, Metadata: metadataOf(mark) });
    // Cut off, it would leave an upload whose id nobody knows.
    const patient = patientSignal(stop);
    const { UploadId } = await connection
      .call('writes', (client, options) => client.send(command, options), { signal: patient.signal })
      .finally(() => patient.end());
    if (UploadId === undefined) throw new AppError('unavailable', 'the S3 server gave no upload id');
    return new MultipartUpload(uploads, mark, { ...object, UploadId }, stop, onFailure);
  }

  private constructor(
    uploads: Uploads,
    mark: Mark,
    target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
    stop: AbortSignal,
    onFailure: (error: unknown) => void,
  ) {
    this.#uploads = uploads;
    this.#mark = mark;
    this.#target = target;
    this.#stop = AbortSignal.any([stop, this.#abandoned.signal]);
    this.#onFailure = onFailure;
    uploads.ids.add(target.UploadId);
  }

  /** Resolves when the part's sending has begun: until then the source has to wait. */
  async add(part: Buffer): Promise<void> {
    if (this.#parts === maxParts)
      throw new AppError('too_large', `a blob in S3 has at most ${maxParts * partBytes} bytes`);
    const number = ++this.#parts;
    this.#size += part.byteLength;
    while (this.#sending.size >= sentAtOnce) await Promise.race(this.#sending);
    await new Promise<void>((begun) => {
      const turn = this.#uploads.slots(() => {
        begun();
        return this.#send(part, number);
      });
      const sending = turn.catch(this.#onFailure).finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    });
  }

  async #send(part: Buffer, number: number): Promise<void> {
    const { connection, spares } = this.#uploads;
    const command = new connection.sdk.UploadPartCommand({ ...this.#target, PartNumber: number, Body: part });
    const { ETag } = await connection.call('writes', (client, options) => client.send(command, options), {
      signal: this.#stop,
      withinMs: bodyMs(part.byteLength),
    });
    if (ETag === undefined) throw new AppError('unavailable', 'the S3 server gave a part no ETag');
    this.#tags[number - 1] = ETag;
    spares.giveBack(part);
  }

  /** Every part added is sent, or has failed. */
  async settle(): Promise<void> {
    await Promise.all(this.#sending);
  }

  /** @returns the bytes of all parts. @throws conflict */
  async complete(signal: AbortSignal | undefined): Promise<number> {
    const { connection, log, conditional, ids } = this.#uploads;
    const command = new connection.sdk.CompleteMultipartUploadCommand({
      ...this.#target,
      ...(conditional && { IfNoneMatch: '*' }),
      MultipartUpload: { Parts: this.#tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) },
    });
    const it = { connection, log, mark: this.#mark, size: this.#size, signal };
    await commit(it, async (patient) => {
      await connection.call('chores', (client, options) => client.send(command, options), {
        signal: patient,
        withinMs: bodyMs(this.#size),
      });
    });
    ids.delete(this.#target.UploadId);
    return this.#size;
  }

  /** What cannot be removed now is left to the sweep. */
  async abandon(): Promise<void> {
    const { connection, log, ids } = this.#uploads;
    this.#abandoned.abort();
    // A part that arrives later than the end of its upload would stay.
    await this.settle();
    const command = new connection.sdk.AbortMultipartUploadCommand(this.#target);
    try {
      await connection.call('chores', (client, options) => client.send(command, options));
    } catch (error) {
      log.warn({ blob: this.#mark.key, error }, 'an upload to S3 is left to the sweep');
    } finally {
      ids.delete(this.#target.UploadId);
    }
  }
}
