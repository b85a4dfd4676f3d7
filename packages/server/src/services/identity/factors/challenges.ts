/**
 * What was begun and is to be finished soon: second steps, passkey ceremonies, resets. Kept in SQL as hashes, so that any node can finish what
 * another began, and taken by a conditional delete: once in the whole cluster. None of them opens anything by itself.
 */
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Json } from '../../../stores/config/contract.ts';
import type { SqlReader, SqlTransaction } from '../../../stores/sql/contract.ts';
import { hashSecret, newSessionSecret } from '../secrets.ts';
import * as queries from './queries.ts';
import type { ChallengePurpose } from './tables.ts';

export interface Challenge {
  readonly userId: string | null;
  readonly data: { readonly [key: string]: Json };
}

const minute = 60_000;
export const lifeMs: Readonly<Record<ChallengePurpose, number>> = {
  second: 5 * minute,
  assertion: 5 * minute,
  passkey: 5 * minute,
  creation: 10 * minute,
  reset: 60 * minute,
};

export class Challenges {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the token, of 256 random bits: the only place where it is */
  async issue(tx: SqlTransaction, purpose: ChallengePurpose, challenge: Challenge): Promise<string> {
    const token = newSessionSecret();
    await tx.run(queries.insertChallenge, {
      hash: hashSecret(token),
      purpose,
      userId: challenge.userId,
      data: JSON.stringify(challenge.data),
      expiresAt: this.#clock.now() + lifeMs[purpose],
    });
    return token;
  }

  /** Null if unknown, over, or for something else. */
  async peek(reader: SqlReader, purpose: ChallengePurpose, token: string): Promise<Challenge | null> {
    const row = await reader.get(queries.selectChallenge, { hash: hashSecret(token) });
    if (row?.purpose !== purpose || row.expires_at <= this.#clock.now()) return null;
    return { userId: row.user_id, data: JSON.parse(row.data) as Challenge['data'] };
  }

  /** @throws unauthenticated if it is unknown, over, for something else or taken by somebody else at this moment */
  async take(tx: SqlTransaction, purpose: ChallengePurpose, token: string): Promise<Challenge> {
    const challenge = await this.peek(tx, purpose, token);
    const taken =
      challenge !== null && (await tx.run(queries.deleteChallenge, { hash: hashSecret(token) })) === 1;
    if (!taken) throw challengeOver();
    return challenge;
  }
}

export function challengeOver(): AppError {
  return new AppError('unauthenticated', 'this step is over: begin again', {
    details: { reason: 'challenge' },
  });
}
