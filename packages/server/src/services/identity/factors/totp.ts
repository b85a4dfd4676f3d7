/** Codes by time (RFC 6238): SHA-1, 6 digits, 30 s, as every app has them. One step of grace on either side, each step's code once. */
import { Secret, TOTP } from 'otpauth';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SqlReader, SqlTransaction } from '../../../stores/sql/contract.ts';
import * as queries from './queries.ts';
import type { Sealed } from './sealed.ts';

const period = 30;
const window = 1;

/** A code that was right when it was looked at; whether it still is is decided inside the transaction that uses it. */
export type UseInside = (tx: SqlTransaction) => Promise<boolean>;

export class Totp {
  readonly #sealed: Sealed;
  readonly #clock: Clock;
  readonly #issuer: () => string;

  constructor(sealed: Sealed, clock: Clock, issuer: () => string) {
    this.#sealed = sealed;
    this.#clock = clock;
    this.#issuer = issuer;
  }

  /** Puts a new secret in place of one that was never confirmed. @throws conflict if there is a confirmed one */
  async begin(
    tx: SqlTransaction,
    user: { readonly userId: string; readonly login: string },
  ): Promise<{ readonly secret: string; readonly uri: string }> {
    const { userId, login } = user;
    if ((await tx.get(queries.selectTotp, { userId }))?.confirmed === 1)
      throw new AppError('conflict', 'there is an authenticator app already: remove it first');
    const totp = new TOTP({
      issuer: this.#issuer().replaceAll(':', ' '),
      label: login,
      secret: new Secret({ size: 20 }),
      period,
    });
    const secret = totp.secret.base32;
    await tx.run(queries.deleteTotp, { userId });
    await tx.run(queries.insertTotp, {
      userId,
      secret: this.#sealed.seal(secret, userId),
      at: this.#clock.now(),
    });
    return { secret, uri: totp.toString() };
  }

  /** Null if the code is wrong or nothing was begun. */
  async checkFirst(reader: SqlReader, userId: string, code: string): Promise<UseInside | null> {
    const found = await this.#stepOf(reader, userId, code, 0);
    if (found === null) return null;
    const { secret, step } = found;
    const at = this.#clock.now();
    return async (tx) => (await tx.run(queries.confirmTotp, { userId, secret, step, at })) === 1;
  }

  /** Null if the code is wrong, or there is no app. */
  async check(reader: SqlReader, userId: string, code: string): Promise<UseInside | null> {
    const found = await this.#stepOf(reader, userId, code, 1);
    if (found === null) return null;
    const { secret, step } = found;
    return async (tx) => (await tx.run(queries.useTotp, { userId, secret, step })) === 1;
  }

  async #stepOf(
    reader: SqlReader,
    userId: string,
    code: string,
    confirmed: number,
  ): Promise<{ readonly secret: string; readonly step: number } | null> {
    const token = code.replace(/\s/g, '');
    const row = await reader.get(queries.selectTotp, { userId });
    if (row?.confirmed !== confirmed || !/^\d{6}$/.test(token)) return null;
    const secret = Secret.fromBase32(this.#sealed.open(row.secret, userId));
    const timestamp = this.#clock.now();
    const delta = TOTP.validate({ token, secret, period, window, timestamp });
    return delta === null
      ? null
      : { secret: row.secret, step: Math.floor(timestamp / 1000 / period) + delta };
  }
}
