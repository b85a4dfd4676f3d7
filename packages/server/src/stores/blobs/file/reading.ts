/** Reads of blobs: whole small ones in two steps, big ones as a stream that reads one piece ahead. */
import fs from 'node:fs';
import type { ByteRange } from '../contract.ts';
import { borrowBuffer, giveBackBuffer, pooledBytes } from '../../../kernel/buffer-pool.ts';
import { AppError } from '../../../kernel/errors.ts';
import { aborted, cutRange } from '../bytes.ts';
import { translate } from './errors.ts';

const guessBytes = 64 * 1024;
const trustedLength = 1024 * 1024;
/** Buffers for first reads; what is handed out is a copy of the right size. */
const spares: Buffer[] = [];

export async function readWhole(path: string, key: string): Promise<Uint8Array> {
  const fd = await openToRead(path, key);
  const spare = spares.pop() ?? Buffer.allocUnsafeSlow(guessBytes);
  try {
    const got = await readAt(fd, spare, 0, guessBytes, 0);
    // At the end of the file this touches no disk.
    if (got < guessBytes && fs.readSync(fd, spare, got, 1, got) === 0) return copyOf(spare, got);
    return await readBetween(fd, 0, await sizeOf(fd));
  } catch (error) {
    throw translate(error, key);
  } finally {
    if (spares.length < 16) spares.push(spare);
    fs.closeSync(fd);
  }
}

export async function readRange(path: string, key: string, range: ByteRange): Promise<Uint8Array> {
  const fd = await openToRead(path, key);
  try {
    const length = range.end === undefined ? Infinity : range.end - range.start + 1;
    if (range.start >= 0 && length > 0 && length <= trustedLength) {
      const bytes = await readBetween(fd, range.start, range.start + length);
      if (bytes.byteLength > 0) return bytes;
    }
    const { start, stop } = cutRange(range, await sizeOf(fd));
    return await readBetween(fd, start, stop);
  } catch (error) {
    throw translate(error, key);
  } finally {
    fs.closeSync(fd);
  }
}

/** Opens when the first piece is asked for, so that one that is never read leaves nothing open. */
export async function* readPieces(
  path: string,
  key: string,
  start: number,
  stop: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (start === stop) return;
  const fd = await openToRead(path, key);
  let ahead: Promise<Uint8Array> = readPiece(fd, start, stop);
  try {
    for (let at = start; at < stop;) {
      const piece = await ahead;
      if (signal?.aborted) throw aborted(signal);
      if (piece.byteLength === 0)
        throw new AppError('corrupt', 'the blob is shorter than it was', { details: { key } });
      at += piece.byteLength;
      if (at < stop) ahead = readPiece(fd, at, stop);
      yield piece;
    }
  } catch (error) {
    throw translate(error, key);
  } finally {
    await ahead.catch(() => {});
    fs.closeSync(fd);
  }
}

/** In a pooled buffer, which whoever gets the piece last may give back. */
async function readPiece(fd: number, start: number, stop: number): Promise<Uint8Array> {
  const buffer = borrowBuffer();
  try {
    return buffer.subarray(0, await readAt(fd, buffer, 0, Math.min(pooledBytes, stop - start), start));
  } catch (error) {
    giveBackBuffer(buffer);
    throw error;
  }
}

/** As many bytes as there are. */
async function readBetween(fd: number, start: number, stop: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(stop - start);
  let done = 0;
  while (done < bytes.byteLength) {
    const got = await readAt(fd, bytes, done, bytes.byteLength - done, start + done);
    if (got === 0) break;
    done += got;
  }
  return done === bytes.byteLength ? bytes : copyOf(bytes, done);
}

function copyOf(bytes: Buffer, length: number): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(length);
  bytes.copy(copy, 0, 0, length);
  return copy;
}

function openToRead(path: string, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, 'r', (error, fd) => (error === null ? resolve(fd) : reject(translate(error, key))));
  });
}

function readAt(fd: number, into: Buffer, offset: number, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, into, offset, length, position, (error, got) =>
      error === null ? resolve(got) : reject(error),
    );
  });
}

function sizeOf(fd: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.fstat(fd, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
  });
}
