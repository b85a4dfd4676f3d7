/** Which browsers a person has signed in with: so that only the first log-in from another one is worth a mail. */
import type { Clock } from '../../../kernel/clock.ts';
import type { SqlStore } from '../../../stores/sql/contract.ts';
import { hashSecret } from '../secrets.ts';
import type { Notices } from './notices.ts';
import * as queries from './queries.ts';

const forgottenAfterMs = 400 * 86_400_000;

export class Devices {
  readonly #sql: SqlStore;
  readonly #clock: Clock;
  readonly #notices: Notices;

  constructor(sql: SqlStore, clock: Clock, notices: Notices) {
    this.#sql = sql;
    this.#clock = clock;
    this.#notices = notices;
  }

  /** @param device random and known to that browser only; null for programs, which keep none */
  async note(userId: string, device: string | null, address: string): Promise<void> {
    if (device === null) return;
    const seen = { userId, hash: hashSecret(device), at: this.#clock.now() };
    await this.#sql.transaction(async (tx) => {
      if ((await tx.run(queries.touchDevice, seen)) > 0) return;
      const others = (await tx.get(queries.countDevices, { userId }))?.count ?? 0;
      await tx.run(queries.insertDevice, seen);
      if (others > 0) await this.#notices.mail(tx, userId, 'new-device', address);
    });
  }

  /** When each was last signed in with, newest first: no more is known of them. */
  async of(userId: string): Promise<readonly { readonly seenAt: number }[]> {
    const rows = await this.#sql.reader.all(queries.devicesOf, { userId });
    return rows.map((row) => ({ seenAt: row.seen_at }));
  }

  oldest(): number {
    return this.#clock.now() - forgottenAfterMs;
  }
}
