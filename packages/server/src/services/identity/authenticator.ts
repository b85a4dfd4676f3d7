/**
 * From credentials to a principal, thousands of times a second: what was checked once is kept in memory under a keyed hash and holds
 * as long as the access epoch stands; after that it is read again from SQL, without hashing a password.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService } from '../audit/api.ts';
import type { ClientInfo, Credentials, VerifiedElsewhere, Verifiers } from './api.ts';
import type { Attempts } from './attempts.ts';
import * as queries from './credential-queries.ts';
import type { Account } from './credential-queries.ts';
import type { Factors } from './factors/factors.ts';
import { moreThanPassword, rehashPassword } from './factors/queries.ts';
import { canonicalLogin } from './input.ts';
import type { PasswordBook } from './password/book.ts';
import type { Passwords } from './passwords.ts';
import { isShut, type Principals, type Verified } from './principals.ts';
import { hashSecret, keyedHash, looksLike, newSessionSecret } from './secrets.ts';
import type { Touches } from './touches.ts';

export interface AuthenticatorDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly principals: Principals;
  readonly touches: Touches;
  readonly verifiers: Verifiers;
  readonly factors: Factors;
  readonly book: PasswordBook;
  readonly audit: Pick<AuditService, 'keep'>;
}

export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  readonly #access: AccessService;
  readonly #clock: Clock;
  readonly #touches: Touches;
  /** Dies with the process, so that what is in memory says nothing about a secret. */
  readonly #hash = keyedHash();
  readonly #verified = new LRUCache<string, Verified>({ max: 20_000 });
  readonly #running = new Map<string, { readonly epoch: number; readonly result: Promise<Verified> }>();
  /** Wrong ones and the epoch they were wrong at: a client that repeats an old password neither costs a hash nor locks its user out. */
  readonly #refused = new LRUCache<string, number>({ max: 20_000 });

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
    this.#access = deps.access;
    this.#clock = deps.clock;
    this.#touches = deps.touches;
  }

  async authenticate(credentials: Credentials, client: ClientInfo): Promise<Principal> {
    const key = this.#keyOf(credentials);
    const epoch = await this.#access.epoch();
    const known = this.#verified.get(key);
    if (known !== undefined && this.#holds(known, epoch)) {
      this.#touches.note(known);
      return known.principal;
    }
    const fresh =
      (known && (await this.#renew(key, known, epoch))) ??
      (await this.#verify(key, credentials, client, epoch));
    this.#verified.set(key, fresh);
    this.#touches.note(fresh);
    return fresh.principal;
  }

  /** The account, if login and password are right. Each call counts. @throws unauthenticated, too_many_requests */
  async checkPassword(login: string, password: string, client: ClientInfo): Promise<Account> {
    const { attempts, audit, passwords, sql } = this.#deps;
    const name = canonicalLogin(login);
    const charge = await attempts.charge(name, client.address);
    const local = await sql.reader.get(queries.accountByLogin, { login: name });
    const right = await passwords.verify(local?.password_hash || null, password);
    const account = right ? local : await this.#knownOutside(local, name, password, client);
    if (account === undefined || isShut(account, this.#clock.now())) {
      // People type passwords into the field for the login: only what is one is written down.
      await audit.keep(client, {
        kind: 'auth.failed',
        details: { reason: 'password', ...(local === undefined ? {} : { login: name }) },
      });
      throw wrong();
    }
    await attempts.forgive(charge);
    return right && passwords.outdated(account.password_hash) ? this.#rehash(account, password) : account;
  }

  /** With the present parameters; the same password still, so that nothing else changes. */
  async #rehash(account: Account, password: string): Promise<Account> {
    const { passwords, sql } = this.#deps;
    const hash = await passwords.hash(password);
    const change = { id: account.user_id, old: account.password_hash, hash };
    const changed = await sql.transaction((tx) => tx.run(rehashPassword, change));
    return changed === 1 ? { ...account, password_hash: hash } : account;
  }

  /**
   * Programs send a password with every request and can't take a second step: they need a password of their own. The answer says so only
   * to whoever has the right one.
   */
  async #requireAlone(reader: SqlReader, verified: Verified): Promise<Verified> {
    if (await this.#isAlone(reader, verified.principal)) return verified;
    throw new AppError(
      'unauthenticated',
      'the password of this account alone does not suffice here: use an app password',
      { details: { reason: 'app_password' } },
    );
  }

  /**
   * Users whose password a directory keeps have none here. Those who have one are asked for there as well, by a name and a password of
   * nobody: else a quick answer would tell which log-ins are kept here, and their passwords are none of the directory's business.
   */
  async #knownOutside(
    local: Account | undefined,
    login: string,
    password: string,
    client: ClientInfo,
  ): Promise<Account | undefined> {
    const { sql, verifiers } = this.#deps;
    if (verifiers.password === undefined || login === '') return undefined;
    if ((local?.password_hash ?? '') !== '') {
      await verifiers.password(decoy(login), decoy(password), client);
      return undefined;
    }
    const id = await verifiers.password(login, password, client);
    return id === null ? undefined : sql.reader.get(queries.accountById, { id });
  }

  #holds(known: Verified, epoch: number): boolean {
    const { principal, expiresAt } = known;
    return (
      principal.epoch >= epoch && this.#clock.now() < Math.min(expiresAt, principal.validUntil ?? Infinity)
    );
  }

  /** The same credential as `reader` sees it; null if it was taken away. */
  async reload(reader: SqlReader, principal: Principal, epoch: number): Promise<Verified | null> {
    const { principals, verifiers } = this.#deps;
    if (principal.via === 'link')
      return kept((await verifiers.link?.reload(reader, principal, epoch)) ?? null);
    if (principal.via === 'oidc')
      return kept((await verifiers.accessToken?.reload(reader, principal, epoch)) ?? null);
    const fresh = await principals.reload(reader, principal, epoch);
    if (fresh !== null && principal.via === 'password' && !(await this.#isAlone(reader, fresh.principal)))
      return null;
    return fresh;
  }

  async #isAlone(reader: SqlReader, principal: Principal): Promise<boolean> {
    const { book, factors } = this.#deps;
    const parameters = { userId: principal.userId ?? '', expired: book.expiredBefore() };
    return (
      !factors.isRequired({ admin: principal.admin ? 1 : 0 }, principal.roles) &&
      (await reader.get(moreThanPassword, parameters)) === undefined
    );
  }

  async #renew(key: string, known: Verified, epoch: number): Promise<Verified | null> {
    const { principal, expiresAt } = known;
    const isPassword = principal.via === 'password';
    const over = isPassword && this.#clock.now() >= expiresAt;
    const fresh = over ? null : await this.reload(this.#deps.sql.reader, principal, epoch);
    if (fresh === null) this.#verified.delete(key);
    else if (isPassword) fresh.expiresAt = Math.min(fresh.expiresAt, expiresAt);
    return fresh;
  }

  /** Requests that bring the same credentials at once share one check, unless it began before a change that they must see. */
  #verify(key: string, credentials: Credentials, client: ClientInfo, epoch: number): Promise<Verified> {
    if ((this.#refused.get(key) ?? -1) >= epoch) throw wrong();
    const running = this.#running.get(key);
    if (running !== undefined && running.epoch >= epoch) return running.result;
    const mine = { epoch, result: this.#verifyCold(credentials, client, epoch) };
    this.#running.set(key, mine);
    const done = (error?: unknown): void => {
      if (this.#running.get(key) === mine) this.#running.delete(key);
      if (isAppError(error, 'unauthenticated')) this.#refused.set(key, epoch);
    };
    mine.result.then(() => done(), done);
    return mine.result;
  }

  async #verifyCold(credentials: Credentials, client: ClientInfo, epoch: number): Promise<Verified> {
    const { principals, sql, verifiers } = this.#deps;
    const { kind, secret } = credentials;
    if (kind === 'link')
      return orWrong(kept((await verifiers.link?.verify(credentials, client, epoch)) ?? null));
    if (kind === 'session') {
      const row = await sql.reader.get(queries.sessionByHash, { hash: hashSecret(secret) });
      return orWrong(await principals.ofSession(sql.reader, row, epoch));
    }
    if (kind === 'bearer') {
      if (!looksLike('access_token', secret))
        return orWrong(kept((await verifiers.accessToken?.verify(secret, client, epoch)) ?? null));
      return this.#token(secret, 'access_token', null, epoch);
    }
    // 192 random bits cannot be guessed, and a phone with a revoked app password must not lock its owner out: these don't count.
    if (looksLike('app_password', secret))
      return this.#token(secret, 'app_password', credentials.login, epoch);
    const account = await this.checkPassword(credentials.login, secret, client);
    const verified = await principals.ofAccount(sql.reader, account, 'password', epoch);
    return this.#requireAlone(sql.reader, verified);
  }

  async #token(secret: string, kind: string, login: string | null, epoch: number): Promise<Verified> {
    const { principals, sql } = this.#deps;
    const row = await sql.reader.get(queries.tokenByHash, { hash: hashSecret(secret) });
    if (row?.kind !== kind || (login !== null && row.login !== canonicalLogin(login))) throw wrong();
    return orWrong(await principals.ofToken(sql.reader, row, epoch));
  }

  /** The length keeps login and secret apart. */
  #keyOf(credentials: Credentials): string {
    const { kind, secret } = credentials;
    if (kind === 'link') {
      const { by, token } = credentials;
      return this.#hash(`link:${by}:${token.length}:${token}${secret}`);
    }
    if (kind !== 'basic') return this.#hash(`${kind}:${secret}`);
    const login = canonicalLogin(credentials.login);
    return this.#hash(`basic:${login.length}:${login}${secret}`);
  }
}

function kept(found: VerifiedElsewhere | null): Verified | null {
  return found && { ...found, touchedAt: 0, remember: false };
}

function orWrong(verified: Verified | null): Verified {
  if (verified === null) throw wrong();
  return verified;
}

/** Of the same length, up to 43 letters; none for none. */
function decoy(text: string): string {
  return newSessionSecret().slice(0, text.length);
}

/** One answer for everything, so that it tells nothing. */
function wrong(): AppError {
  return new AppError('unauthenticated', 'the credentials are not valid');
}
