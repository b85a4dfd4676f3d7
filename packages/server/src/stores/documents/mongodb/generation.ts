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

  /** One more than it is, not than it will be: what was given up on and happens late must not raise it under a rebuild that came since. */
  async begin(): Promise<number> {
    for (;;) {
      const value = await this.read();
      const next = { $set: { value: value + 1 } };
      const row = await this.#meta.findOneAndUpdate({ _id: 'generation', value }, next, {
        returnDocument: 'after',
      });
      if (row !== null) return (this.#latest = row.value);
      await this.#meta.updateOne({ _id: 'generation' }, { $setOnInsert: { value: 0 } }, { upsert: true });
    }
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
