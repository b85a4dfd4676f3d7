import fs from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import type { Driver, StoreHealth } from '../../../kernel/service.ts';
import type { BlobSource, BlobStat, BlobStore, ByteRange } from '../contract.ts';
import { aborted, checkKey, cutRange, noSuchBlob } from '../bytes.ts';
import { errnoOf, translate, translateErrno } from './errors.ts';
import { fanOutFolder, layoutOf, type Layout } from './layout.ts';
import { PackingBlobStore } from './packing.ts';
import { QuickWriter } from './quick-writer.ts';
import { readPieces, readRange, readWhole } from './reading.ts';
import { openSmallBlobs } from './small-blobs.ts';
import { writeTemporary } from './writing.ts';
import { Writer } from './writer.ts';

/** Up to here bytes are copied into a batch for the writer thread; larger ones are written from where they are. */
const batchedBytes = 256 * 1024;

/** Blobs as files of one folder, which may be shared by all nodes over a network file system. */
export const fileBlobs: Driver<BlobStore> = {
  scheme: 'file',
  parameters: {
    small:
      'KiB (1 to 64): contents up to there go into one file, small.db; only for a folder that no other machine uses',
  },
  async open(url, deps) {
    if (url.path === '')
      throw new AppError('invalid_input', `no folder in the blob store URL ${url.toString()}`);
    const layout = layoutOf(path.resolve(url.path));
    const smallKiB = url.parameters.get('small');
    if (smallKiB !== undefined && !/^(?:[1-9]|[1-5]\d|6[0-4])$/.test(smallKiB))
      throw new AppError('invalid_input', `small must be a number of KiB from 1 to 64 in ${url.toString()}`);
    await prepare(layout);
    const small = await openSmallBlobs(layout.root, smallKiB !== undefined, deps);
    const files = new FileBlobStore(layout, deps.clock, deps.durability === 'full');
    return small === null ? files : new PackingBlobStore(small, files, layout, Number(smallKiB ?? 0) * 1024);
  },
};

/** Says before the first request that the folder cannot be used, and why. */
async function prepare(layout: Layout): Promise<void> {
  const probe = layout.temporary(`probe-${newId()}`);
  try {
    await fs.mkdir(layout.temporaryFolder, { recursive: true, mode: 0o700 });
    await fs.writeFile(probe, '', { flag: 'wx' });
    await fs.unlink(probe);
  } catch (error) {
    throw new AppError('unavailable', `cannot write to the blob folder ${layout.root}: ${errnoOf(error)}`, {
      cause: error,
    });
  }
}

class FileBlobStore implements BlobStore {
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #sync: boolean;
  readonly #writer: Writer;
  /** Only where nothing is synced, and until this is closed. */
  #quick: QuickWriter | null;
  /** Keys whose temporary files are being written here; not for the sweep, however slow the source. */
  readonly #landing = new Set<string>();

  constructor(layout: Layout, clock: Clock, sync: boolean) {
    this.#layout = layout;
    this.#clock = clock;
    this.#sync = sync;
    this.#writer = new Writer({ root: layout.root, sync });
    this.#quick = sync ? null : new QuickWriter(layout);
  }

  async put(
    key: string,
    source: BlobSource,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    checkKey(key);
    if (options.signal?.aborted) throw aborted(options.signal);
    if (this.#landing.has(key)) throw new AppError('conflict', 'the blob exists', { details: { key } });
    this.#landing.add(key);
    try {
      return await this.#land(key, source, options.signal);
    } finally {
      this.#landing.delete(key);
    }
  }

  async #land(key: string, source: BlobSource, signal: AbortSignal | undefined): Promise<number> {
    if (source instanceof Uint8Array && source.byteLength <= batchedBytes) {
      if (this.#quick?.takes(source) === true) this.#putQuickly(this.#quick, key, source);
      else await this.#writer.put(key, source);
      return source.byteLength;
    }
    const pieces = source instanceof Uint8Array ? once(source) : source;
    const size = await writeTemporary(this.#layout, key, pieces, {
      sync: this.#sync,
      ...(signal && { signal }),
    });
    await this.#writer.publish(key);
    return size;
  }

  #putQuickly(quick: QuickWriter, key: string, bytes: Uint8Array): void {
    try {
      quick.put(key, bytes);
    } catch (error) {
      throw translateErrno(errnoOf(error), error, null);
    }
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    checkKey(key);
    const file = this.#layout.final(key);
    return range === undefined ? readWhole(file, key) : readRange(file, key, range);
  }

  async stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const found = await this.stat(key);
    if (found === null) throw noSuchBlob(key);
    const { start, stop } = cutRange(range, found.size);
    return readPieces(this.#layout.final(key), key, start, stop, signal);
  }

  async stat(key: string): Promise<BlobStat | null> {
    checkKey(key);
    try {
      const stats = await fs.stat(this.#layout.final(key));
      return { key, size: stats.size, modifiedAt: Math.floor(stats.mtimeMs) };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw translate(error, key);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) checkKey(key);
    if (keys.length > 0) await this.#writer.delete(keys);
  }

  async *list(): AsyncIterable<BlobStat> {
    const folders = await entriesOf(this.#layout.root);
    for (const folder of folders) {
      if (!fanOutFolder.test(folder)) continue;
      const keys = await entriesOf(`${this.#layout.root}/${folder}`);
      for (let at = 0; at < keys.length; at += 64) {
        const stats = await Promise.all(keys.slice(at, at + 64).map((key) => this.stat(key)));
        for (const stat of stats) if (stat !== null) yield stat;
      }
    }
  }

  async sweep(ageMs: number): Promise<number> {
    const before = this.#clock.now() - ageMs;
    let count = 0;
    for (const name of await entriesOf(this.#layout.temporaryFolder)) {
      const file = this.#layout.temporary(name);
      const stats = await fs.stat(file).catch(() => null);
      if (stats === null || Math.floor(stats.mtimeMs) > before || this.#landing.has(name)) continue;
      await fs.rm(file, { force: true });
      count++;
    }
    return count;
  }

  async ping(): Promise<StoreHealth> {
    try {
      await fs.access(this.#layout.temporaryFolder, fs.constants.W_OK);
      return { version: null };
    } catch (error) {
      throw translate(error);
    }
  }

  close(): Promise<void> {
    this.#quick = null;
    return this.#writer.close();
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw translate(error);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
