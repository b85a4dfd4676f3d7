/** What must go with a person's credentials but is kept by other services: apps that hold tokens of our provider. */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { CredentialsEndedHook } from './api.ts';

export class Endings {
  readonly #hooks: CredentialsEndedHook[] = [];

  add(hook: CredentialsEndedHook): void {
    this.#hooks.push(hook);
  }

  async run(tx: SqlTransaction, userId: string): Promise<void> {
    for (const hook of this.#hooks) await hook(tx, userId);
  }
}
