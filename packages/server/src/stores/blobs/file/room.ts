import fs from 'node:fs';

/** Bytes that are left to others, at most; on a small disk an eighth of it. */
const reservedBytes = 8 * 1024 * 1024;
/** It is looked at anew after so long, or so many bytes. */
const looksMs = 20;
const looksBytes = 64 * 1024;

/**
 * Whether the disk has room for more small blobs. Many of them would fill it to the last page, and then neither their log nor that of a database
 * beside them could be moved into its file: nothing could be deleted any more.
 */
export class Room {
  readonly #folder: string;
  #lookedAt = -Infinity;
  #left = true;
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  left(bytes: number): boolean {
    const now = performance.now();
    this.#bytes += bytes;
    if (now - this.#lookedAt > looksMs || this.#bytes > looksBytes) {
      this.#lookedAt = now;
      this.#bytes = 0;
      this.#left = this.#look();
    }
    return this.#left;
  }

  /** Where the system does not say, the writes themselves will. */
  #look(): boolean {
    try {
      const { bavail, blocks, bsize } = fs.statfsSync(this.#folder);
      return blocks === 0 || bavail * bsize >= Math.min(reservedBytes, (blocks * bsize) / 8);
    } catch {
      return true;
    }
  }
}
