import { crc32 } from 'node:zlib';
import { AppError } from '../../../kernel/errors.ts';
import * as format from './zip-format.ts';
import type { ZipEntry } from './zip-format.ts';

export interface ZipSource extends ZipEntry {
  /** Exactly `size` bytes; not called for empty entries. */
  open(): AsyncIterable<Uint8Array>;
}

const flushAt = 128 * 1024;

/** Bytes of the whole zip file, from names and sizes alone. */
export function zipLength(entries: readonly ZipEntry[]): number {
  let offset = 0;
  let central = 0;
  for (const entry of entries) {
    central += format.centralLength(entry, offset);
    offset += format.localLength(entry) + entry.size + format.descriptorLength(entry);
  }
  return offset + central + format.endLength(entries.length, central, offset);
}

/** @throws corrupt where a source does not have the size it was listed with */
export async function* zipBytes(entries: readonly ZipSource[]): AsyncGenerator<Uint8Array> {
  const sums = new Uint32Array(entries.length);
  const out = new Collector();
  for (const [at, entry] of entries.entries()) {
    out.add(format.localRecord(entry));
    if (entry.size === 0) continue;
    let crc = 0;
    let size = 0;
    for await (const piece of entry.open()) {
      crc = crc32(piece, crc);
      size += piece.length;
      if (size > entry.size) break;
      out.add(piece);
      if (out.size >= flushAt) yield out.take();
    }
    if (size !== entry.size) throw new AppError('corrupt', 'a file in the zip does not have its listed size');
    sums[at] = crc;
    out.add(format.descriptorRecord(entry, crc));
  }
  yield* directory(entries, sums, out);
}

function* directory(entries: readonly ZipEntry[], sums: Uint32Array, out: Collector): Generator<Uint8Array> {
  let offset = 0;
  let size = 0;
  for (const [at, entry] of entries.entries()) {
    const record = format.centralRecord(entry, offset, sums[at] ?? 0);
    size += record.length;
    out.add(record);
    if (out.size >= flushAt) yield out.take();
    offset += format.localLength(entry) + entry.size + format.descriptorLength(entry);
  }
  out.add(format.endRecord(entries.length, size, offset));
  yield out.take();
}

/** Many small records leave in few writes. */
class Collector {
  size = 0;
  #pieces: Uint8Array[] = [];

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.size += piece.length;
  }

  take(): Uint8Array {
    const only = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    const bytes = only ?? Buffer.concat(this.#pieces, this.size);
    this.#pieces = [];
    this.size = 0;
    return bytes;
  }
}
