/** What is known of each password besides its hash: when it was set, whether it must be changed, and the ones before it. */
import type { Clock } from '../../../kernel/clock.ts';
import { newId } from '../../../kernel/ids.ts';
import type { SqlReader, SqlTransaction } from '../../../stores/sql/contract.ts';
import type { SettingsService } from '../../settings/api.ts';
import * as queries from '../factors/queries.ts';
import type { Passwords } from '../passwords.ts';
import { weak } from './policy.ts';

const day = 86_400_000;

export class PasswordBook {
  readonly #passwords: Passwords;
  readonly #settings: Pick<SettingsService, 'get'>;
  readonly #clock: Clock;

  constructor(passwords: Passwords, settings: Pick<SettingsService, 'get'>, clock: Clock) {
    this.#passwords = passwords;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Whether its owner may do nothing with it but set another one. */
  async mustChange(reader: SqlReader, userId: string): Promise<boolean> {
    const state = await reader.get(queries.selectPasswordState, { userId });
    return state !== undefined && (state.must_change === 1 || state.changed_at <= this.expiredBefore());
  }

  /** Passwords set at or before this time must be changed; -1: none for its age. */
  expiredBefore(): number {
    const days = this.#settings.get('password.expireDays');
    return days === 0 ? -1 : this.#clock.now() - days * day;
  }

  async state(
    reader: SqlReader,
    userId: string,
  ): Promise<{ readonly mustChange: boolean; readonly changedAt: number | null }> {
    const state = await reader.get(queries.selectPasswordState, { userId });
    return { mustChange: await this.mustChange(reader, userId), changedAt: state?.changed_at ?? null };
  }

  /** @throws invalid_input if it is the present one or one of those before that the setting `password.history` keeps */
  async checkUnused(reader: SqlReader, userId: string, presentHash: string, password: string): Promise<void> {
    const kept = this.#settings.get('password.history');
    if (kept === 0) return;
    const earlier = await reader.all(queries.passwordHistory, { userId });
    for (const hash of [presentHash, ...earlier.map((row) => row.password_hash)].slice(0, kept)) {
      if (hash !== '' && (await this.#passwords.verify(hash, password)))
        throw weak('used', 'this password was used before');
    }
  }

  /** The row of the user is held by the caller, so that two changes can't both keep the same old hash. */
  async changed(tx: SqlTransaction, userId: string, oldHash: string): Promise<void> {
    const at = this.#clock.now();
    await tx.run(queries.setPasswordState, { userId, mustChange: 0, at });
    const kept = Math.max(0, this.#settings.get('password.history') - 1);
    const earlier = await tx.all(queries.passwordHistory, { userId });
    if (kept > 0 && oldHash !== '')
      await tx.run(queries.insertPasswordHistory, { id: newId(), userId, hash: oldHash, at });
    for (const { id } of earlier.slice(Math.max(0, kept - 1)))
      await tx.run(queries.deletePasswordHistory, { id });
  }

  /** The first one. */
  async begun(tx: SqlTransaction, userId: string): Promise<void> {
    await tx.run(queries.setPasswordState, { userId, mustChange: 0, at: this.#clock.now() });
  }

  /** Says that the next log-in must lead to a new one, or that it need not. */
  async demandChange(tx: SqlTransaction, userId: string, mustChange: boolean): Promise<void> {
    const state = await tx.get(queries.selectPasswordState, { userId });
    const at = state?.changed_at ?? this.#clock.now();
    await tx.run(queries.setPasswordState, { userId, mustChange: mustChange ? 1 : 0, at });
  }
}
