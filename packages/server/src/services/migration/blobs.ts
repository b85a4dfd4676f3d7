/** Copies one content: hashed on the way against what the database says of it. Leaves nothing half-written on the target. */
import { createHash } from 'node:crypto';
import { isAppError } from '../../kernel/errors.ts';
import type { BlobStore } from '../../stores/blobs/contract.ts';

export interface Chunk {
  readonly id: string;
  readonly size: number;
  readonly sha256: string;
}

export type BlobOutcome = 'copied' | 'missing' | 'corrupt';

export interface BlobCopy {
  readonly source: BlobStore;
  readonly target: BlobStore;
  readonly signal: AbortSignal;
  /** Damaged contents are copied as they are, instead of not at all. */
  readonly keepGoing: boolean;
}

/** Up to here a content is read whole: fewer steps on both sides. */
const wholeBytes = 1024 * 1024;

class Damaged extends Error {}

export async function copyBlob(copy: BlobCopy, chunk: Chunk): Promise<BlobOutcome> {
  try {
    await put(copy, chunk, false);
    return 'copied';
  } catch (error) {
    if (isAppError(error, 'conflict')) {
      if (await isThere(copy.target, chunk, copy.signal)) return 'copied';
      return copyBlob(copy, chunk);
    }
    if (isAppError(error, 'not_found')) return 'missing';
    if (!isDamage(error)) throw error;
    if (copy.keepGoing) await put(copy, chunk, true);
    return 'corrupt';
  }
}

function isDamage(error: unknown): boolean {
  if (error instanceof Damaged || isAppError(error, 'corrupt')) return true;
  return error instanceof Error && error.cause !== undefined && isDamage(error.cause);
}

/** A run that was cut off may have put it; what else lies there is thrown away. */
async function isThere(target: BlobStore, chunk: Chunk, signal: AbortSignal): Promise<boolean> {
  const found = await target.stat(chunk.id);
  if (found === null) return false;
  if (found.size === chunk.size) {
    const hash = createHash('sha256');
    for await (const piece of await target.stream(chunk.id, undefined, signal)) hash.update(piece);
    if (hash.digest('hex') === chunk.sha256) return true;
  }
  await target.delete([chunk.id]);
  return false;
}

async function put({ source, target, signal }: BlobCopy, chunk: Chunk, asItIs: boolean): Promise<void> {
  if (chunk.size <= wholeBytes) {
    const bytes = await source.read(chunk.id);
    if (!asItIs) check(chunk, bytes.byteLength, createHash('sha256').update(bytes).digest('hex'));
    await target.put(chunk.id, bytes, { signal });
    return;
  }
  const size = asItIs ? ((await source.stat(chunk.id))?.size ?? chunk.size) : chunk.size;
  const pieces = await source.stream(chunk.id, undefined, signal);
  await target.put(chunk.id, asItIs ? pieces : checked(chunk, pieces), { size, signal });
}

/** Throws in place of the last piece where the bytes are not the right ones, so that the target keeps none of them. */
async function* checked(chunk: Chunk, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  let held: Uint8Array | null = null;
  for await (const piece of pieces) {
    if (held !== null) yield held;
    hash.update(piece);
    size += piece.byteLength;
    held = piece;
  }
  check(chunk, size, hash.digest('hex'));
  if (held !== null) yield held;
}

function check(chunk: Chunk, size: number, sha256: string): void {
  if (size !== chunk.size || sha256 !== chunk.sha256) throw new Damaged(`${chunk.id} is damaged`);
}
