/** The number of the search index's latest rebuild, which every node reads and any may raise. */
import type { Collections } from './layout.ts';

export class Generation {
  readonly #meta: Collections['meta'];
  readonly #onEmptied: () => void;
  #latest: number | null = null;

  /** @param onEmptied the database was emptied under us */
  constructor({ meta }: Pick<Collections, 'meta'>, onEmptied: () => void) {
    this.#meta = meta;
    this.#onEmptied = onEmptied;
  }

  async read(): Promise<number> {
    const found = await this.#meta.findOne({ _id: 'generation' });
    if (found === null) this.#onEmptied();
    return (this.#latest = found?.value ?? 0);
  }

  async begin(): Promise<number> {
    const row = await this.#meta.findOneAndUpdate(
      { _id: 'generation' },
      { $inc: { value: 1 } },
      { upsert: true, returnDocument: 'after' },
    );
    return (this.#latest = row?.value ?? 0);
  }

  /**
   * Runs `write` with the latest number. Where a rebuild began meanwhile, `write` runs again with its number: what it wrote just now would
   * be taken for something that the rebuild did not meet. Where it begins later, its walk meets what was written.
   */
  async during(write: (generation: number) => Promise<void>): Promise<void> {
    for (let number = this.#latest ?? (await this.read()); ;) {
      await write(number);
      const now = await this.read();
      if (now === number) return;
      number = now;
    }
  }
}
