/** Streams a source into a temporary file; publishing it is the writer thread's. */
import fs from 'node:fs';
import { drain } from '../bytes.ts';
import { translate } from './errors.ts';
import type { Layout } from './layout.ts';

/** Gathered before it is written: a system call per network packet would cost more than the bytes. */
const gatherBytes = 512 * 1024;
const gatherPieces = 1024;

/** At most two gatherings are in memory: one being written, one being filled. @returns the bytes written */
export async function writeTemporary(
  layout: Layout,
  key: string,
  source: AsyncIterable<Uint8Array>,
  options: { readonly sync: boolean; readonly signal?: AbortSignal },
): Promise<number> {
  const fd = await create(layout.temporary(key));
  try {
    const size = await pour(fd, source, options.signal);
    if (options.sync) await run((done) => fs.fdatasync(fd, done));
    await run((done) => fs.close(fd, done));
    return size;
  } catch (error) {
    await run((done) => fs.close(fd, done)).catch(() => {});
    await run((done) => fs.unlink(layout.temporary(key), done)).catch(() => {});
    throw error;
  }
}

async function pour(
  fd: number,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let total = 0;
  let gathered: Uint8Array[] = [];
  let size = 0;
  let writing: Promise<void> | null = null;
  const flush = async (): Promise<void> => {
    const pieces = gathered;
    const length = size;
    gathered = [];
    size = 0;
    if (writing !== null) await writing;
    writing = writeAll(fd, pieces, length);
    writing.catch(() => {});
  };
  try {
    await drain(source, signal, (piece) => {
      if (piece.byteLength === 0) return;
      gathered.push(piece);
      size += piece.byteLength;
      total += piece.byteLength;
      return size >= gatherBytes || gathered.length >= gatherPieces ? flush() : undefined;
    });
    if (size > 0) await flush();
    await (writing as Promise<void> | null);
    return total;
  } catch (error) {
    // The descriptor is closed next: never under a write that still runs.
    await (writing as Promise<void> | null)?.catch(() => {});
    throw error;
  }
}

async function writeAll(fd: number, pieces: readonly Uint8Array[], length: number): Promise<void> {
  const done = await new Promise<number>((resolve, reject) => {
    fs.writev(fd, pieces, (error, written) => (error === null ? resolve(written) : reject(translate(error))));
  });
  if (done < length) await writeRest(fd, Buffer.concat(pieces).subarray(done));
}

/** After a short write the next one says why, or goes on. */
async function writeRest(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    at += await new Promise<number>((resolve, reject) => {
      fs.write(fd, bytes, at, bytes.byteLength - at, null, (error, written) =>
        error === null ? resolve(written) : reject(translate(error)),
      );
    });
  }
}

function create(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, 'wx', 0o600, (error, fd) => (error === null ? resolve(fd) : reject(translate(error))));
  });
}

function run(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) =>
    call((error) => (error === null ? resolve() : reject(translate(error)))),
  );
}
