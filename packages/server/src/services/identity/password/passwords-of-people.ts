/** Changing one's own password, and setting a forgotten one by a link in a mail. */
import type { Clock } from '../../../kernel/clock.ts';
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { SqlStore, SqlTransaction } from '../../../stores/sql/contract.ts';
import type { AccessService } from '../../access/api.ts';
import type { JournalService } from '../../journal/api.ts';
import type { MailService } from '../../mail/api.ts';
import type { ClientInfo } from '../api.ts';
import { accountChanged } from '../account-facts.ts';
import type { Attempts } from '../attempts.ts';
import { ownSession, ownSessionInside, requireOwn } from '../authority.ts';
import {
  accountById,
  deleteSessionsOfUser,
  deleteTokensOfUser,
  type Account,
} from '../credential-queries.ts';
import type { Endings } from '../endings.ts';
import { lifeMs, type Challenges } from '../factors/challenges.ts';
import type { Factors } from '../factors/factors.ts';
import type { Notices } from '../factors/notices.ts';
import { deleteChallengesFor, deleteChallengesOfUser, rehashPassword } from '../factors/queries.ts';
import { canonicalLogin } from '../input.ts';
import type { Passwords } from '../passwords.ts';
import { isShut, type Principals } from '../principals.ts';
import { hashSecret } from '../secrets.ts';
import type { Sessions } from '../sessions.ts';
import { usersForReset, type UserForReset } from '../session-queries.ts';
import { existing } from '../user-rows.ts';
import type { PasswordBook } from './book.ts';
import type { PasswordPolicy } from './policy.ts';

export interface PasswordsOfPeopleDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly clock: Clock;
  readonly journal: Pick<JournalService, 'append'>;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly book: PasswordBook;
  readonly challenges: Challenges;
  readonly factors: Factors;
  readonly endings: Endings;
  readonly principals: Principals;
  readonly sessions: Sessions;
  readonly notices: Notices;
  readonly mail: Pick<MailService, 'enqueue' | 'configured'>;
  /** Where people reach this server; null: unknown. What a request says of that can't be trusted in a mail. */
  readonly publicUrl: string | null;
  readonly log: Logger;
}

export class PasswordsOfPeople {
  readonly #deps: PasswordsOfPeopleDeps;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: PasswordsOfPeopleDeps) {
    this.#deps = deps;
  }

  /** Right only with the present password; wrong ones count, so that a stolen session can't try them all. */
  async change(context: Context, current: string, next: string): Promise<void> {
    const { access, attempts, book, passwords, policy, sql } = this.#deps;
    const { principal } = context;
    const { login, userId } = principal.via === 'session' ? ownSession(principal) : requireOwn(principal);
    policy.check(next, login);
    const account = await sql.reader.get(accountById, { id: userId });
    const charge = await attempts.charge(login, null);
    const right = await passwords.verify(account?.password_hash || null, current);
    if (!right || account === undefined)
      throw new AppError('forbidden', 'the present password is another one');
    await attempts.forgive(charge);
    if (await book.mustChange(sql.reader, userId)) refuseSame(current, next);
    await book.checkUnused(sql.reader, userId, account.password_hash, next);
    const hash = await passwords.hash(next);
    await sql.transaction(async (tx) => {
      if (principal.via === 'session') await ownSessionInside(access, tx, context);
      else requireOwn(await this.#freshInside(tx, context));
      await this.#set(tx, account, hash, context.principal.sessionId, userId);
      await this.#deps.notices.changed(tx, context, userId, { kind: 'password.changed' }, 'password-changed');
      await this.#free(tx, account, context);
    });
  }

  offered(): boolean {
    return this.#deps.publicUrl !== null && this.#deps.mail.configured();
  }

  /** Answered before anybody is looked up: the time it takes says nothing about who there is. @throws too_many_requests */
  async request(loginOrEmail: string, client: ClientInfo, locale: string | null): Promise<void> {
    const asked = loginOrEmail.trim();
    await this.#deps.attempts.chargeReset(asked.toLowerCase(), client.address);
    const running = this.#sendLink(asked, client, locale)
      .catch((error: unknown) => this.#deps.log.warn({ err: error }, 'could not begin a reset of a password'))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #sendLink(asked: string, client: ClientInfo, locale: string | null): Promise<void> {
    const { challenges, clock, mail, notices, publicUrl, sql } = this.#deps;
    const user = await this.#meant(asked);
    if (user === null || isShut(user, clock.now()) || user.password_hash === '') return;
    if (user.email === null || publicUrl === null || !mail.configured()) return;
    const { email, user_id: userId, login } = user;
    await sql.transaction(async (tx) => {
      await tx.run(deleteChallengesFor, { userId, purpose: 'reset' });
      const data = { password: hashSecret(user.password_hash), email: hashSecret(email) };
      const token = await challenges.issue(tx, 'reset', { userId, data });
      // Behind the #, what stays in the browser: in no log, no Referer, no proxy.
      const link = `${new URL('/reset', publicUrl).href}#${token}`;
      const minutes = lifeMs.reset / 60_000;
      await mail.enqueue(tx, {
        to: email,
        template: 'password-reset',
        locale: user.locale ?? locale,
        data: { name: user.display_name, link, minutes },
      });
      await notices.append(tx, client, {
        kind: 'password.reset-requested',
        actorId: userId,
        actorLogin: login,
      });
    });
  }

  /** The login counts first; an address only where one person has it. */
  async #meant(asked: string): Promise<UserForReset | null> {
    const login = canonicalLogin(asked);
    const emails = [asked, asked.toLowerCase()];
    const found = await this.#deps.sql.reader.all(usersForReset, {
      login,
      email: asked,
      lower: emails[1] ?? '',
    });
    const byEmail = found.filter((user) => emails.includes(user.email ?? ''));
    return found.find((user) => user.login === login) ?? (byEmail.length === 1 ? (byEmail[0] ?? null) : null);
  }

  /** Second factors stay: the mailbox replaces the password, nothing else. */
  async finish(token: string, password: string, client: ClientInfo): Promise<void> {
    const { access, attempts, book, challenges, passwords, policy, sql } = this.#deps;
    const begun = await challenges.peek(sql.reader, 'reset', token);
    const account =
      begun?.userId == null ? undefined : await sql.reader.get(accountById, { id: begun.userId });
    if (
      begun === null ||
      account === undefined ||
      begun.data['password'] !== hashSecret(account.password_hash)
    )
      throw over();
    policy.check(password, account.login);
    await book.checkUnused(sql.reader, account.user_id, account.password_hash, password);
    const hash = await passwords.hash(password);
    await sql.transaction(async (tx) => {
      await access.bumpEpoch(tx);
      const now = await tx.get(accountById, { id: account.user_id });
      if (now === undefined || isShut(now, this.#deps.clock.now())) throw over();
      // It went to an address that may be somebody else's by now.
      const { email } = await existing(tx, account.user_id);
      if (email === null || begun.data['email'] !== hashSecret(email)) throw over();
      await challenges.take(tx, 'reset', token).catch(() => {
        throw over();
      });
      await this.#set(tx, account, hash, null, account.user_id);
      // Whoever had the account may have made them.
      await tx.run(deleteTokensOfUser, { userId: account.user_id });
      await attempts.forgivePasswords(tx, account.login);
      await this.#deps.notices.append(tx, client, {
        kind: 'password.reset',
        actorId: account.user_id,
        actorLogin: account.login,
      });
      await this.#deps.notices.mail(tx, account.user_id, 'password-reset', client.address);
    });
  }

  /** Ends every other session, what apps were let in for and everything that was begun with the old password. @throws conflict if that is another one by now */
  async #set(
    tx: SqlTransaction,
    account: Account,
    hash: string,
    keepSession: string | null,
    actorId: string,
  ): Promise<void> {
    const { book, endings, journal } = this.#deps;
    const { user_id: userId, password_hash: old } = account;
    if ((await tx.run(rehashPassword, { id: userId, old, hash })) === 0)
      throw new AppError('conflict', 'the password was just changed');
    await book.changed(tx, userId, old);
    await tx.run(deleteSessionsOfUser, { userId, except: keepSession ?? '' });
    await tx.run(deleteChallengesOfUser, { userId });
    await endings.run(tx, userId);
    const change = { fields: ['password'] };
    await journal.append(tx, await accountChanged(tx, actorId, await existing(tx, userId), change));
  }

  /** A session that waited for the new password goes on; perhaps to a second factor that is missing as well. */
  async #free(tx: SqlTransaction, account: Account, context: Context): Promise<void> {
    const { access, factors, principals, sessions } = this.#deps;
    const { scopes, sessionId } = context.principal;
    if (sessionId === null || !scopes.includes('signin')) return;
    const { principal } = await principals.ofAccount(tx, account, 'system', await access.epoch(tx));
    const missing =
      factors.isRequired(account, principal.roles) &&
      (await factors.methods(tx, account.user_id)).length === 0;
    await sessions.limit(tx, sessionId, missing ? 'enrol' : '');
  }

  async #freshInside(tx: SqlTransaction, context: Context) {
    await this.#deps.access.bumpEpoch(tx);
    return this.#deps.access.current(tx, context);
  }
}

function refuseSame(current: string, next: string): void {
  if (current === next)
    throw new AppError('invalid_input', 'this is the present password: take another one', {
      details: { reason: 'used' },
    });
}

function over(): AppError {
  return new AppError('gone', 'this link is over or was used: ask for another one');
}
