/** Step-up: what is dangerous needs somebody who has just shown to be the person, not merely a browser that was left open. */
import type { Clock } from '../../../kernel/clock.ts';
import type { Context, Principal } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../../stores/sql/contract.ts';
import type { SettingsService } from '../../settings/api.ts';
import { proveSession, provedAt } from '../session-queries.ts';

export class Proofs {
  readonly #sql: SqlStore;
  readonly #settings: Pick<SettingsService, 'get'>;
  readonly #clock: Clock;

  constructor(sql: SqlStore, settings: Pick<SettingsService, 'get'>, clock: Clock) {
    this.#sql = sql;
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Asked of SQL each time, as another node may have taken the proof. Programs (tokens) can't be asked: what they may do was decided when
   * their token was made, with a proof where it covers the administration. A password that comes with each request is its own proof.
   * @throws step_up_required
   */
  async require(context: Context, reader: SqlReader = this.#sql.reader): Promise<void> {
    if (this.holds(await this.until(reader, context.principal))) return;
    throw new AppError('step_up_required', 'confirm that it is you, then ask again');
  }

  /** Until when the proof holds; Infinity where none is asked for. */
  async until(reader: SqlReader, principal: Principal): Promise<number> {
    if (principal.via !== 'session') return Infinity;
    const row = await reader.get(provedAt, { id: principal.sessionId ?? '' });
    return (row?.proved_at ?? 0) + this.#settings.get('login.proofMinutes') * 60_000;
  }

  holds(until: number): boolean {
    return until > this.#clock.now();
  }

  /** @param inside done in the transaction that keeps it */
  async given(context: Context, inside: (tx: SqlTransaction) => Promise<void>): Promise<number> {
    const id = context.principal.sessionId ?? '';
    const at = this.#clock.now();
    await this.#sql.transaction(async (tx) => {
      await tx.run(proveSession, { id, at });
      await inside(tx);
    });
    return this.until(this.#sql.reader, context.principal);
  }
}
