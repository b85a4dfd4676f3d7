/** What other services do in a transaction of this one: they register while they start. */
import type { SqlTransaction } from '../../stores/sql/contract.ts';

export class Hooks<Facts extends readonly unknown[]> {
  readonly #hooks: ((tx: SqlTransaction, ...facts: Facts) => Promise<void>)[] = [];

  add(hook: (tx: SqlTransaction, ...facts: Facts) => Promise<void>): void {
    this.#hooks.push(hook);
  }

  /** One after another, in the order in which they were registered. */
  async run(tx: SqlTransaction, ...facts: Facts): Promise<void> {
    for (const hook of this.#hooks) await hook(tx, ...facts);
  }
}
