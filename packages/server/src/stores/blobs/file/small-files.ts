/** The synchronous steps that make small bytes a blob. The writer thread takes them, and the event loop where that costs less (quick-writer.ts). */
import fs from 'node:fs';
import type { Layout } from './layout.ts';

/** @returns the descriptor, open for syncing. @throws EEXIST where somebody else is writing that key */
export function createTemporary(layout: Layout, key: string, bytes: Uint8Array): number {
  const fd = fs.openSync(layout.temporary(key), 'wx', 0o600);
  try {
    for (let done = 0; done < bytes.byteLength;) {
      done += fs.writeSync(fd, bytes, done, bytes.byteLength - done);
    }
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    fs.rmSync(layout.temporary(key), { force: true });
    throw error;
  }
}

/** Moves temporary files to their places, and remembers which folders are there. */
export class Publisher {
  readonly #layout: Layout;
  readonly #sync: boolean;
  readonly #known = new Set<string>();

  constructor(layout: Layout, sync: boolean) {
    this.#layout = layout;
    this.#sync = sync;
  }

  /** Whoever holds the temporary name is the only one to publish that key, so look-then-rename cannot race. @throws EEXIST */
  publish(key: string): void {
    const final = this.#layout.final(key);
    if (fs.statSync(final, { throwIfNoEntry: false }))
      throw Object.assign(new Error('the blob exists'), { code: 'EEXIST' });
    this.#ensureFolder(this.#layout.folder(key));
    fs.renameSync(this.#layout.temporary(key), final);
  }

  #ensureFolder(folder: string): void {
    if (this.#known.has(folder)) return;
    const made = fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined && this.#sync) {
      const fd = fs.openSync(this.#layout.root, 'r');
      fs.fsyncSync(fd);
      fs.closeSync(fd);
    }
    this.#known.add(folder);
  }
}
