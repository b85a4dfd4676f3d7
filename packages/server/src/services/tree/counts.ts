/**
 * How many members folders have. Counting a million takes a tenth of a second or more, so what is large is remembered, and counted again
 * behind the answer: its figure may be some seconds old, that of any other folder is exact.
 */
import { LRUCache } from 'lru-cache';

const largeMembers = 20_000;
const maxAgeMs = 5_000;

interface Known {
  readonly count: number;
  /** When it was counted; infinite while it is counted again. */
  at: number;
}

export class Counts {
  readonly #count: (folderId: string) => Promise<number>;
  readonly #now: () => number;
  readonly #large = new LRUCache<string, Known>({ max: 1_000 });

  constructor(count: (folderId: string) => Promise<number>, now: () => number) {
    this.#count = count;
    this.#now = now;
  }

  async of(folderId: string): Promise<number> {
    const known = this.#large.get(folderId);
    if (known === undefined) return this.#read(folderId);
    if (this.#now() - known.at > maxAgeMs) {
      known.at = Infinity;
      // Where it fails, the next page counts for itself.
      this.#read(folderId).catch(() => this.#large.delete(folderId));
    }
    return known.count;
  }

  async #read(folderId: string): Promise<number> {
    const at = this.#now();
    const count = await this.#count(folderId);
    if (count >= largeMembers) this.#large.set(folderId, { count, at });
    else this.#large.delete(folderId);
    return count;
  }
}
