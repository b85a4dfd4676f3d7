/** Puts: what fits into one part is one request; what does not is a multipart upload. */
import { AppError } from '../../../kernel/errors.ts';
import { aborted, drain } from '../bytes.ts';
import { commit } from './committing.ts';
import { bodyMs } from './connection.ts';
import { MultipartUpload, type Uploads } from './multipart.ts';
import { head, headersOf, type Mark, metadataOf, newMark } from './ownership.ts';
import { PartGatherer } from './part-gatherer.ts';

/** Up to here the SDK costs more than the bytes. */
const quickBytes = 256 * 1024;

export async function putBytes(
  uploads: Uploads,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { connection, log, conditional } = uploads;
  const { sdk, bucket: Bucket, layout, quick, agents } = connection;
  const mark = newMark(key);
  const size = bytes.byteLength;
  if (!conditional) await refuseIfThere(uploads, mark);
  const Key = layout.objectOf(key);
  const Body = Buffer.from(bytes.buffer, bytes.byteOffset, size);
  const command = { Bucket, Key, Body, Metadata: metadataOf(mark), ...(conditional && { IfNoneMatch: '*' }) };
  const headers: Record<string, string> = conditional ? { 'if-none-match': '*' } : {};
  let repeated = false;
  const it = { connection, log, mark, size, signal, repeated: () => repeated };
  await commit(it, async (patient) => {
    await connection.call(
      'writes',
      async (client, options) => {
        const asked = { object: Key, agent: agents.writes, headers, signal: options.abortSignal };
        if (size <= quickBytes) {
          const outcome = await quick.put({ ...asked, signed: headersOf(mark) }, Body);
          if (outcome === 'done') return;
          repeated = outcome === 'unknown';
        }
        await client.send(new sdk.PutObjectCommand(command), options);
      },
      { key, signal: patient, withinMs: bodyMs(size) },
    );
  });
  return size;
}

export async function putStream(
  uploads: Uploads,
  key: string,
  source: AsyncIterable<Uint8Array>,
  options: { readonly size?: number; readonly signal?: AbortSignal },
): Promise<number> {
  const { signal } = options;
  const sending = new StreamSending(uploads, key, options.size, signal);
  try {
    await drain(source, sending.stop, (piece) => sending.take(piece));
    return await sending.finish();
  } catch (error) {
    await sending.abandon();
    throw signal?.aborted ? aborted(signal) : (sending.failure ?? error);
  }
}

/** A put of unknown length: one part is gathered while earlier ones are sent. */
class StreamSending {
  readonly #uploads: Uploads;
  readonly #mark: Mark;
  readonly #gatherer: PartGatherer;
  readonly #signal: AbortSignal | undefined;
  readonly #failed = new AbortController();
  /** Ends the source: the caller's abort, or a part that could not be sent. */
  readonly stop: AbortSignal;
  #upload: MultipartUpload | null = null;

  constructor(uploads: Uploads, key: string, size: number | undefined, signal: AbortSignal | undefined) {
    this.#uploads = uploads;
    this.#mark = newMark(key);
    this.#gatherer = new PartGatherer(uploads.spares, size);
    this.#signal = signal;
    this.stop = signal ? AbortSignal.any([signal, this.#failed.signal]) : this.#failed.signal;
  }

  get failure(): unknown {
    return this.#failed.signal.aborted ? this.#failed.signal.reason : undefined;
  }

  take(piece: Uint8Array): void | Promise<void> {
    const taken = this.#gatherer.fill(piece, 0);
    if (taken < piece.byteLength) return this.#overflow(piece, taken);
  }

  async #overflow(piece: Uint8Array, from: number): Promise<void> {
    for (let at = from; at < piece.byteLength; at += this.#gatherer.fill(piece, at))
      if (this.#gatherer.full) await this.#send(this.#gatherer.take());
  }

  async #send(part: Buffer): Promise<void> {
    if (this.#upload === null) {
      // Better before gigabytes are sent than after.
      await refuseIfThere(this.#uploads, this.#mark);
      const onFailure = (error: unknown): void => this.#failed.abort(error);
      this.#upload = await MultipartUpload.begin(this.#uploads, this.#mark, this.stop, onFailure);
    }
    await this.#upload.add(part);
  }

  async finish(): Promise<number> {
    const part = this.#gatherer.take();
    if (this.#upload === null) {
      const size = await putBytes(this.#uploads, this.#mark.key, part, this.#signal);
      this.#uploads.spares.giveBack(part);
      return size;
    }
    await this.#upload.add(part);
    await this.#upload.settle();
    if (this.#failed.signal.aborted) throw this.failure;
    return this.#upload.complete(this.#signal);
  }

  async abandon(): Promise<void> {
    await this.#upload?.abandon();
  }
}

async function refuseIfThere({ connection }: Uploads, { key }: Mark): Promise<void> {
  if ((await head(connection, key)) !== null)
    throw new AppError('conflict', 'the blob exists', { details: { key } });
}
