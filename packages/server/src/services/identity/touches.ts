/** Writes down when sessions and tokens were last used: at most once a minute each, after the answer, never in its way. */
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import * as queries from './credential-queries.ts';
import type { Verified } from './principals.ts';

const minute = 60_000;

export class Touches {
  readonly #sql: SqlStore;
  readonly #settings: Pick<SettingsService, 'get'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #writing = new Set<Promise<void>>();

  constructor(sql: SqlStore, settings: Pick<SettingsService, 'get'>, clock: Clock, log: Logger) {
    this.#sql = sql;
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
  }

  note(verified: Verified): void {
    const { sessionId, via } = verified.principal;
    if (via !== 'session' && via !== 'token') return;
    const now = this.#clock.now();
    if (now - verified.touchedAt < minute) return;
    verified.touchedAt = now;
    if (sessionId !== null) verified.expiresAt = now + this.sessionMs(verified.remember);
    const writing = this.#write(verified, now)
      .catch((error: unknown) =>
        this.#log.warn({ err: error }, 'could not write down the use of a credential'),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** How long a session lasts from its last use. */
  sessionMs(remember: boolean): number {
    return remember
      ? this.#settings.get('session.rememberDays') * 24 * 60 * minute
      : this.#settings.get('session.hours') * 60 * minute;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** The condition on the last time keeps several nodes from writing within one minute. */
  async #write(verified: Verified, at: number): Promise<void> {
    const { sessionId, tokenId } = verified.principal;
    const before = at - minute;
    const { expiresAt } = verified;
    await this.#sql.transaction(async (tx) => {
      if (sessionId !== null) await tx.run(queries.touchSession, { id: sessionId, at, before, expiresAt });
      else if (tokenId !== null) await tx.run(queries.touchToken, { id: tokenId, at, before });
    });
  }
}
