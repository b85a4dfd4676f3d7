/** Turns rows into principals: the order of roles, the scopes, and what is still alive. */
import type { Scope } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import type { AccessService, HeldRole } from '../access/api.ts';
import type { CredentialOf } from './api.ts';
import * as queries from './credential-queries.ts';
import type { Account, AccountSession, AccountToken } from './credential-queries.ts';
import { rolesOfUser } from './role-queries.ts';

/** A principal with what its credential needs beside it. */
export interface Verified {
  readonly principal: Principal;
  /** Infinity: never. Slides with the use of a session. */
  expiresAt: number;
  /** Last time the use was written down. */
  touchedAt: number;
  readonly remember: boolean;
}

/** A password that a directory outside keeps may change there unseen: it is asked for again this often. */
const outsideMs = 5 * 60_000;

const everyScope: readonly Scope[] = ['files:read', 'files:write', 'account', 'admin'];

export class Principals {
  readonly #access: AccessService;
  readonly #clock: Clock;
  /** Of principals that came in by password: the hash it was checked against, to see whether it is still the one. */
  readonly #passwordHashes = new WeakMap<Principal, string>();

  constructor(access: AccessService, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  async ofAccount(
    reader: SqlReader,
    account: Account,
    via: 'password' | 'system',
    epoch: number,
  ): Promise<Verified> {
    const principal = await this.#build(reader, account, { via, epoch });
    if (via === 'password') this.#passwordHashes.set(principal, account.password_hash);
    const elsewhere = via === 'password' && account.password_hash === '';
    const expiresAt = elsewhere ? this.#clock.now() + outsideMs : Infinity;
    return { principal, expiresAt, touchedAt: 0, remember: false };
  }

  /** Null if the session is over. */
  async ofSession(
    reader: SqlReader,
    row: AccountSession | undefined,
    epoch: number,
  ): Promise<Verified | null> {
    if (row === undefined || isShut(row, this.#clock.now()) || row.expires_at <= this.#clock.now())
      return null;
    if (!(await this.#mayActAs(reader, row))) return null;
    const principal = await this.#build(reader, row, {
      via: 'session',
      epoch,
      sessionId: row.session_id,
      ...(row.limited === '' ? {} : { scopes: ['signin'] }),
    });
    return {
      principal:
        row.impersonator_id === null ? principal : { ...principal, impersonatorId: row.impersonator_id },
      expiresAt: row.expires_at,
      touchedAt: row.last_seen_at,
      remember: row.remember === 1,
    };
  }

  /** Null if the token is void. */
  async ofToken(reader: SqlReader, row: AccountToken | undefined, epoch: number): Promise<Verified | null> {
    if (row === undefined || isShut(row, this.#clock.now())) return null;
    if (row.expires_at !== null && row.expires_at <= this.#clock.now()) return null;
    const scopes = parseScopes(row.scopes);
    const principal = await this.#build(reader, row, { via: 'token', epoch, tokenId: row.token_id, scopes });
    return {
      principal,
      expiresAt: row.expires_at ?? Infinity,
      touchedAt: row.last_used_at ?? 0,
      remember: false,
    };
  }

  /** Null if there is no such active user. */
  async ofUser(reader: SqlReader, userId: string, credential: CredentialOf): Promise<Principal | null> {
    const account = await reader.get(queries.accountById, { id: userId });
    if (account === undefined || isShut(account, this.#clock.now())) return null;
    return this.#build(reader, account, credential);
  }

  /** The same credential anew; null if it or its user was taken away, or the password is another one. */
  async reload(reader: SqlReader, old: Principal, epoch: number): Promise<Verified | null> {
    if (old.sessionId !== null) {
      return this.ofSession(reader, await reader.get(queries.sessionById, { id: old.sessionId }), epoch);
    }
    if (old.tokenId !== null) {
      return this.ofToken(reader, await reader.get(queries.tokenById, { id: old.tokenId }), epoch);
    }
    const account = await reader.get(queries.accountById, { id: old.userId ?? '' });
    if (account === undefined || isShut(account, this.#clock.now())) return null;
    const checked = this.#passwordHashes.get(old);
    if (checked !== undefined && checked !== account.password_hash) return null;
    return this.ofAccount(reader, account, old.via === 'password' ? 'password' : 'system', epoch);
  }

  async #build(
    reader: SqlReader,
    account: Account,
    credential: Pick<Principal, 'via' | 'epoch'> &
      Partial<Pick<Principal, 'sessionId' | 'tokenId' | 'scopes'>>,
  ): Promise<Principal> {
    const mayAdminister = account.admin === 1;
    const granted = credential.scopes ?? everyScope;
    const scopes = mayAdminister ? granted : granted.filter((scope) => scope !== 'admin');
    const { roles, validUntil } = scopes.includes('signin')
      ? { roles: [], validUntil: account.account_ends_at ?? Infinity }
      : await this.#rolesOf(reader, account);
    return {
      userId: account.user_id,
      login: account.login,
      admin: mayAdminister && scopes.includes('admin'),
      roles,
      scopes,
      via: credential.via,
      sessionId: credential.sessionId ?? null,
      tokenId: credential.tokenId ?? null,
      epoch: credential.epoch,
      ...(validUntil === Infinity ? {} : { validUntil }),
      ...(account.account_kind === 'guest' ? { guest: true as const } : {}),
    };
  }

  /** Acting as somebody else holds as long as the admin's own session, and never for another admin. */
  async #mayActAs(reader: SqlReader, row: AccountSession): Promise<boolean> {
    if (row.impersonator_id === null) return true;
    const own = await reader.get(queries.sessionById, { id: row.parent_id ?? '' });
    const now = this.#clock.now();
    return (
      own?.user_id === row.impersonator_id &&
      own.admin === 1 &&
      own.limited === '' &&
      own.expires_at > now &&
      !isShut(own, now) &&
      row.admin === 0
    );
  }

  /** Also of who is disabled or over; null: there is no such user. */
  async held(
    reader: SqlReader,
    userId: string,
  ): Promise<{ readonly active: boolean; readonly roles: readonly HeldRole[] } | null> {
    const account = await reader.get(queries.accountById, { id: userId });
    if (account === undefined) return null;
    return { active: !isShut(account, this.#clock.now()), roles: await this.#heldBy(reader, account) };
  }

  /** Weakest first: root group ... own group, teams, assigned by position, admins, the user's own. One statement. */
  async #heldBy(reader: SqlReader, account: Account): Promise<readonly HeldRole[]> {
    const rows = await reader.all(rolesOfUser, { userId: account.user_id, now: this.#clock.now() });
    // The place of a role that is given twice is the same each time; it is had until the last of them ends.
    const ends = new Map<string, number>();
    for (const row of rows)
      ends.set(row.role_id, Math.max(ends.get(row.role_id) ?? 0, row.ends_at || Infinity));
    const admins = account.admin ? await this.#access.adminsRoleId(reader) : null;
    if (admins !== null) ends.set(admins, Infinity);
    ends.set(account.role_id, Infinity);
    return [...ends].map(([id, end]) => ({ id, until: end === Infinity ? null : end }));
  }

  async #rolesOf(
    reader: SqlReader,
    account: Account,
  ): Promise<{ readonly roles: readonly string[]; readonly validUntil: number }> {
    if (isShut(account, this.#clock.now())) return { roles: [], validUntil: Infinity };
    const held = await this.#heldBy(reader, account);
    const ends = held.map(({ until }) => until ?? Infinity);
    return {
      roles: held.map((role) => role.id),
      validUntil: Math.min(account.account_ends_at ?? Infinity, ...ends),
    };
  }
}

/** Disabled, or over by the clock. */
export function isShut(account: Pick<Account, 'disabled' | 'account_ends_at'>, now: number): boolean {
  return account.disabled === 1 || (account.account_ends_at !== null && account.account_ends_at <= now);
}

/** Unknown words, e.g. of a newer version, grant nothing. `files:write` brings `files:read`. */
export function parseScopes(text: string): readonly Scope[] {
  const words = new Set(text.split(' '));
  if (words.has('files:write')) words.add('files:read');
  return everyScope.filter((scope) => words.has(scope));
}
