/** Bytes in: splits a source into chunks, hashes them on the way and stores each as a blob. Knows nothing of SQL. */
import { createHash, hash, type Hash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { definePoint, reach } from '../../kernel/fault-points.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { BlobSource, BlobStore } from '../../stores/blobs/contract.ts';
import type { Chunk, StoredContent, WriteOptions } from './api.ts';
import { noRoom, PieceReader } from './pieces.ts';

const afterBlob = definePoint('contents.after-blob');

/** Contents up to here are gathered, hashed in one go and put as an array, however they arrive. */
const gatherBytes = 64 * 1024;
/** A quarter of the shortest grace that `contents.graceHours` allows. */
const holdEveryMs = 15 * 60_000;
const emptySha256 = hash('sha256', '', 'hex');

export interface WritingDeps {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Told of each key before its blob comes into being. */
  readonly onKey: (key: string) => void;
  /** Keeps what a long write has stored so far from the collectors of other nodes, until they are held again or `attach` commits. */
  readonly hold: (chunks: readonly Chunk[]) => Promise<void>;
  readonly onFailed: (chunks: readonly string[]) => Promise<void>;
}

export async function writeContent(
  deps: WritingDeps,
  source: BlobSource,
  options: WriteOptions,
  chunkBytes: number,
  signal: AbortSignal,
): Promise<StoredContent> {
  const { size, room } = options;
  if (size !== undefined && room !== undefined && size > room) throw noRoom(room);
  const keys: string[] = [];
  const putting: Putting = { deps, options, chunkBytes, signal, keys };
  try {
    const content =
      source instanceof Uint8Array && source.byteLength <= chunkBytes
        ? await putArray(putting, source)
        : await putStream(putting, source);
    const fault = reach(afterBlob);
    if (fault !== undefined) await fault;
    return content;
  } catch (error) {
    if (keys.length > 0) await deps.onFailed(keys);
    throw error;
  }
}

interface Putting {
  readonly deps: WritingDeps;
  readonly options: WriteOptions;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
  readonly keys: string[];
}

/** One hash, one put. */
async function putArray(putting: Putting, bytes: Uint8Array): Promise<StoredContent> {
  const { options, deps, signal } = putting;
  const size = bytes.byteLength;
  checkEnd(size, options);
  if (options.room !== undefined && size > options.room) throw noRoom(options.room);
  const sha256 = size === 0 ? emptySha256 : hash('sha256', bytes, 'hex');
  const { expect } = options;
  if (expect !== undefined) {
    checkDigest(expect, expect.algorithm === 'sha256' ? sha256 : hash(expect.algorithm, bytes, 'hex'));
  }
  if (size === 0) return { chunks: [], size: 0, sha256 };
  const id = freshKey(putting);
  await deps.blobs.put(id, bytes, { size, signal });
  return { chunks: [{ id, size, sha256 }], size, sha256 };
}

async function putStream(putting: Putting, source: BlobSource): Promise<StoredContent> {
  const { options, chunkBytes } = putting;
  const reader = new PieceReader(source, {
    size: options.size,
    room: options.room,
    keepPartial: options.keepPartial === true,
  });
  try {
    const start = await gather(reader, Math.min(gatherBytes, chunkBytes), putting.signal);
    if (start.ended) return await putArray(putting, start.bytes);
    reader.unread(start.bytes);
    return await putChunks(putting, reader);
  } finally {
    reader.close();
  }
}

/** Up to `limit` bytes as one array, and whether that was all. */
async function gather(
  reader: PieceReader,
  limit: number,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly ended: boolean }> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size < limit) {
    const piece = await unlessAborted(reader.next(limit - size), signal);
    if (piece === null) return { bytes: joined(pieces), ended: true };
    pieces.push(piece);
    size += piece.byteLength;
  }
  return { bytes: joined(pieces), ended: false };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

async function putChunks(putting: Putting, reader: PieceReader): Promise<StoredContent> {
  const { options, deps, chunkBytes, signal } = putting;
  const whole = wholeHash(options, chunkBytes);
  const chunks: Chunk[] = [];
  let heldAt = deps.clock.now();
  while (await unlessAborted(reader.more(), signal)) {
    const id = freshKey(putting);
    const own = createHash('sha256');
    const size = await deps.blobs.put(id, chunkOf(reader, chunkBytes, own, whole), { signal });
    chunks.push({ id, size, sha256: own.digest('hex') });
    if (deps.clock.now() - heldAt < holdEveryMs) continue;
    heldAt = deps.clock.now();
    await deps.hold(chunks);
  }
  checkEnd(reader.total, options);
  const [first] = chunks;
  const single = chunks.length === 1 && first !== undefined ? first.sha256 : null;
  const digest = whole?.digest('hex') ?? single;
  if (options.expect !== undefined && digest !== null) checkDigest(options.expect, digest);
  const known = (options.expect?.algorithm ?? 'sha256') === 'sha256' ? digest : single;
  return { chunks, size: reader.total, sha256: known };
}

async function* chunkOf(
  reader: PieceReader,
  limit: number,
  own: Hash,
  whole: Hash | null,
): AsyncGenerator<Uint8Array> {
  for (let left = limit; left > 0;) {
    const piece = await reader.next(left);
    if (piece === null) return;
    left -= piece.byteLength;
    own.update(piece);
    whole?.update(piece);
    yield piece;
  }
}

/** The hash of everything, where the chunks' own do not give it. */
function wholeHash({ expect, size, hashWhole }: WriteOptions, chunkBytes: number): Hash | null {
  const algorithm = expect?.algorithm ?? (hashWhole === true ? 'sha256' : null);
  if (algorithm === null) return null;
  const singleChunk = size !== undefined && size <= chunkBytes;
  return algorithm === 'sha256' && singleChunk ? null : createHash(algorithm);
}

function freshKey({ deps, keys }: Putting): string {
  const id = newId();
  keys.push(id);
  deps.onKey(id);
  return id;
}

function checkEnd(size: number, options: WriteOptions): void {
  if (options.size === undefined || size === options.size) return;
  if (size > options.size) {
    throw new AppError('invalid_input', 'the body is longer than its stated length', {
      details: { stated: options.size },
    });
  }
  if (options.keepPartial === true) return;
  throw new AppError('incomplete_body', 'the body ended before its stated length', {
    details: { stated: options.size, got: size },
  });
}

function checkDigest(expect: NonNullable<WriteOptions['expect']>, digest: string): void {
  if (expect.digest.toLowerCase() === digest) return;
  throw new AppError(
    'checksum_mismatch',
    `the bytes that arrived do not have the stated ${expect.algorithm} hash`,
  );
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void =>
      reject(new AppError('aborted', 'the operation was aborted', { cause: signal.reason }));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
