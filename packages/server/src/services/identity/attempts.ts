/**
 * Counts wrong passwords in SQL, so that the limit holds over all nodes. An attempt is charged before the password is looked at and
 * forgiven if it was right: many at once can't slip past the limit.
 */
import { isIPv6 } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import * as queries from './attempt-queries.ts';
import { hashSecret } from './secrets.ts';
import type { AttemptRow } from './tables.ts';

export interface Charge {
  /** The row of this login from this address: gone after a success. */
  readonly pair: string;
  /** The coarser rows, each with the block this charge set (-1: none). */
  readonly others: readonly { readonly key: string; readonly until: number }[];
}

interface Counter {
  readonly key: string;
  readonly loginKey: string;
  readonly limit: number;
}

/** `second`: codes, keys and recovery codes; counted apart, as whoever owns the mailbox can have the password forgiven. */
type Kind = 'inside' | 'second';

const hour = 3_600_000;
const forgetAfter = 24 * hour;
/** A login may fail this many times as often from everywhere together as from one address, an address with all logins together. */
const loginFactor = 10;
const addressFactor = 20;
/** Steps that may be begun in such a time, whether or not they are finished: each is a row that lives about as long. */
const beginningsMs = 10 * 60_000;
const loginBeginnings = 4;
const addressBeginnings = 60;

export class Attempts {
  readonly #sql: SqlStore;
  readonly #settings: Pick<SettingsService, 'get'>;
  readonly #clock: Clock;

  constructor(sql: SqlStore, settings: Pick<SettingsService, 'get'>, clock: Clock) {
    this.#sql = sql;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** `address: null`: somebody who is signed in already, or has the password; only that login counts. @throws too_many_requests */
  async charge(login: string, address: string | null, what: Kind = 'inside'): Promise<Charge> {
    const counters = this.#counters(login, address, what);
    const keys = counters.map((counter) => counter.key);
    const now = this.#clock.now();
    refuseBlocked(await this.#sql.reader.all(queries.selectAttempts, { keys }), now);
    const blocks = await this.#sql.transaction((tx) => this.#count(tx, counters, keys, now));
    const [pair, ...others] = keys;
    return {
      pair: pair ?? '',
      others: others.map((key) => ({ key, until: blocks.get(key) ?? -1 })),
    };
  }

  /** Asking for mails: each one counts, whoever is asked for, and none is forgiven. @throws too_many_requests */
  async chargeReset(asked: string, address: string): Promise<void> {
    const network = networkOf(address);
    const limit = this.#settings.get('login.maxFailures');
    const counters = [
      { key: keyOf('reset', asked, network), loginKey: '', limit: Math.ceil(limit / 2) },
      { key: keyOf('reset', asked), loginKey: '', limit: limit * 2 },
      { key: keyOf('reset-address', network), loginKey: '', limit: limit * addressFactor },
    ];
    const keys = counters.map((counter) => counter.key);
    const now = this.#clock.now();
    refuseBlocked(await this.#sql.reader.all(queries.selectAttempts, { keys }), now);
    await this.#sql.transaction((tx) => this.#count(tx, counters, keys, now));
  }

  async forgive(charge: Charge): Promise<void> {
    // In the order in which rows are charged, so that the two never wait for one another; the pair's row goes once it is held.
    const rows = [{ key: charge.pair, until: -1 }, ...charge.others];
    await this.#sql.transaction(async (tx) => {
      if (charge.others.length > 0) await tx.runMany(queries.forgiveAttempt, rows.toSorted(byKey));
      await tx.run(queries.deleteAttempt, { key: charge.pair });
    });
  }

  /**
   * A step is begun that leaves a row behind. By `login` where it is known whose it is, else by address. Counted in fixed spans of time, so
   * that a busy network is never shut out for longer than one. @throws too_many_requests
   */
  async chargeBeginning(by: { readonly login: string } | { readonly address: string }): Promise<void> {
    const now = this.#clock.now();
    const span = Math.floor(now / beginningsMs);
    const [who, factor] =
      'login' in by
        ? ([['login', by.login], loginBeginnings] as const)
        : ([['address', networkOf(by.address)], addressBeginnings] as const);
    const key = keyOf('begin', ...who, String(span));
    const limit = this.#settings.get('login.maxFailures') * factor;
    const refuseAbove = async (reader: SqlReader, most: number): Promise<void> => {
      const [row] = await reader.all(queries.selectAttempts, { keys: [key] });
      if ((row?.failures ?? 0) <= most) return;
      throw new AppError('too_many_requests', 'too many log-ins were begun', {
        details: { retryAfter: Math.ceil(((span + 1) * beginningsMs - now) / 1000) },
      });
    };
    await refuseAbove(this.#sql.reader, limit - 1);
    await this.#sql.transaction(async (tx) => {
      await tx.run(queries.countAttempt, { key, loginKey: '', at: now, forgetBefore: 0 });
      await refuseAbove(tx, limit);
    });
  }

  /** But no wrong second steps: who has the mailbox must not guess them without end. */
  async forgivePasswords(tx: SqlTransaction, login: string): Promise<void> {
    await tx.run(queries.deleteAttemptsOfLogin, { loginKey: loginKeyOf(login) });
  }

  /** For administrators, who know whom they help. */
  async unlock(tx: SqlTransaction, login: string): Promise<void> {
    for (const loginKey of [loginKeyOf(login), secondKeyOf(login)].toSorted())
      await tx.run(queries.deleteAttemptsOfLogin, { loginKey });
  }

  /** Until when each of these logins is blocked from somewhere; absent: not at all. */
  async blocks(logins: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const known = new Map(
      logins.flatMap((login) => [loginKeyOf(login), secondKeyOf(login)].map((key) => [key, login] as const)),
    );
    const parameters = { loginKeys: [...known.keys()], now: this.#clock.now() };
    const blocks = new Map<string, number>();
    for (const { login_key: key, until } of await this.#sql.reader.all(queries.blocksOfLogins, parameters)) {
      const login = known.get(key) ?? '';
      blocks.set(login, Math.max(until, blocks.get(login) ?? 0));
    }
    return blocks;
  }

  expire(tx: SqlTransaction): Promise<number> {
    return tx.run(queries.deleteOldAttempts, { before: this.#clock.now() - forgetAfter });
  }

  /** Counting first locks the rows: two nodes that charge at once see one another's count. */
  async #count(
    tx: SqlTransaction,
    counters: readonly Counter[],
    keys: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, number>> {
    const forgetBefore = now - forgetAfter;
    const rows = counters.map(({ key, loginKey }) => ({ key, loginKey, at: now, forgetBefore }));
    await tx.runMany(queries.countAttempt, rows.toSorted(byKey));
    const counted = await tx.all(queries.selectAttempts, { keys });
    refuseBlocked(counted, now);
    const blocks = new Map<string, number>();
    for (const { key, limit } of counters) {
      const failures = counted.find((row) => row.attempt_key === key)?.failures ?? 0;
      if (failures < limit) continue;
      const until = now + this.#blockMs(failures - limit);
      blocks.set(key, until);
      await tx.run(queries.blockAttempt, { key, until });
    }
    return blocks;
  }

  #blockMs(beyond: number): number {
    return Math.min(this.#settings.get('login.blockSeconds') * 1000 * 2 ** Math.min(beyond, 30), hour);
  }

  #counters(login: string, address: string | null, what: Kind): readonly Counter[] {
    const limit = this.#settings.get('login.maxFailures');
    const loginKey = loginKeyOf(login);
    if (address === null)
      return [
        { key: keyOf(what, login), loginKey: what === 'second' ? secondKeyOf(login) : loginKey, limit },
      ];
    const network = networkOf(address);
    return [
      { key: keyOf('pair', login, network), loginKey, limit },
      { key: loginKey, loginKey, limit: limit * loginFactor },
      { key: keyOf('address', network), loginKey: '', limit: limit * addressFactor },
    ];
  }
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function refuseBlocked(rows: readonly AttemptRow[], now: number): void {
  const until = Math.max(0, ...rows.map((row) => row.blocked_until));
  if (until <= now) return;
  throw new AppError('too_many_requests', 'too many failed log-ins', {
    details: { retryAfter: Math.ceil((until - now) / 1000) },
  });
}

function keyOf(...parts: readonly string[]): string {
  return hashSecret(parts.join('\0'));
}

function loginKeyOf(login: string): string {
  return keyOf('login', login);
}

function secondKeyOf(login: string): string {
  return keyOf('second-login', login);
}

/** One subscriber has a whole /64 of IPv6 addresses. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  const all = [...groups, ...after].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${all.slice(0, 4).join(':')}::/64`;
}
