/** What administrators see and do of other people's ways in. */
import type { Session } from '@volvox/api';
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../../stores/sql/contract.ts';
import type { AccessService } from '../../access/api.ts';
import type { SettingsService } from '../../settings/api.ts';
import type { ClientInfo, OpenedSession } from '../api.ts';
import { adminInside, requireAdmin, requireOwn, requireSession } from '../authority.ts';
import {
  accountById,
  deleteSession,
  deleteTokensOfUser,
  sessionByHash,
  type Account,
} from '../credential-queries.ts';
import type { PasswordBook } from '../password/book.ts';
import { isShut, type Principals } from '../principals.ts';
import { hashSecret } from '../secrets.ts';
import type { Sessions } from '../sessions.ts';
import type { RemovedFactor, SignInState } from './api.ts';
import type { Factors } from './factors.ts';
import type { Notices } from './notices.ts';
import { presentPasskey } from './passkeys.ts';
import type { Proofs } from './proofs.ts';
import { passkeysOfUser } from './queries.ts';

export interface AdministrationDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: { now(): number };
  readonly principals: Principals;
  readonly sessions: Sessions;
  readonly factors: Factors;
  readonly book: PasswordBook;
  readonly proofs: Proofs;
  readonly notices: Notices;
}

export class Administration {
  readonly #deps: AdministrationDeps;

  constructor(deps: AdministrationDeps) {
    this.#deps = deps;
  }

  async stateOf(context: Context, userId: string): Promise<SignInState> {
    requireAdmin(context.principal);
    const { access, book, factors, principals, sql } = this.#deps;
    const account = await existing(sql.reader, userId);
    const counts = await factors.counts(sql.reader, userId);
    const keys = await sql.reader.all(passkeysOfUser, { userId });
    const password = await book.state(sql.reader, userId);
    const { principal } = await principals.ofAccount(sql.reader, account, 'system', await access.epoch());
    return {
      hasPassword: account.password_hash !== '',
      mustChangePassword: password.mustChange,
      passwordChangedAt: password.changedAt,
      totp: counts.totp > 0,
      passkeys: keys.map(presentPasskey),
      recoveryCodes: counts.recovery,
      secondFactorRequired: factors.isRequired(account, principal.roles),
    };
  }

  async sessionsOf(context: Context, userId: string): Promise<readonly Session[]> {
    requireAdmin(context.principal);
    await existing(this.#deps.sql.reader, userId);
    return this.#deps.sessions.listOf(this.#deps.sql.reader, userId, context.principal.sessionId);
  }

  async revokeSessionsOf(context: Context, userId: string, sessionId: string | null): Promise<void> {
    const { notices, sessions } = this.#deps;
    await this.#change(context, userId, async (tx) => {
      await sessions.revokeOf(tx, userId, sessionId);
      await notices.changed(tx, context, userId, { kind: 'session.revoked' }, null);
    });
  }

  /** Whoever lost the phone may have lost the laptop, too: every session and token ends. */
  async resetFactors(context: Context, userId: string): Promise<void> {
    const { factors, notices, proofs, sessions } = this.#deps;
    await proofs.require(context);
    await this.#change(context, userId, async (tx) => {
      await factors.removeAll(tx, userId);
      if (userId !== context.principal.userId) {
        await sessions.revokeOf(tx, userId, null);
        await tx.run(deleteTokensOfUser, { userId });
      }
      await notices.changed(tx, context, userId, { kind: 'factor.reset' }, 'factor-removed');
    });
  }

  /**
   * One that was lost or is not trusted any more. Sessions and tokens go on: they may be ended beside it. The last one may go where one is
   * required, too: the next log-in then leads to a new one.
   */
  async removeFactor(context: Context, userId: string, factor: RemovedFactor): Promise<void> {
    const { factors, notices, proofs } = this.#deps;
    await proofs.require(context);
    await this.#change(context, userId, async (tx) => {
      const label = await factors.remove(tx, userId, factor);
      if (label === null) throw new AppError('not_found', 'there is no such factor');
      await factors.dropIdleRecovery(tx, userId);
      const details = { factor: factor.kind, ...(label === '' ? {} : { label }) };
      const notice = factor.kind === 'passkey' ? 'passkey-removed' : 'factor-removed';
      await notices.changed(tx, context, userId, { kind: 'factor.removed', details }, notice);
    });
  }

  async demandNewPassword(context: Context, userId: string, demanded: boolean): Promise<void> {
    const { book, notices } = this.#deps;
    await this.#change(context, userId, async (tx) => {
      const before = { demanded: await book.mustChange(tx, userId) };
      await book.demandChange(tx, userId, demanded);
      await notices.changed(
        tx,
        context,
        userId,
        { kind: 'password.demanded', before, after: { demanded } },
        null,
      );
    });
  }

  async impersonate(context: Context, userId: string, client: ClientInfo): Promise<OpenedSession> {
    const { access, clock, notices, proofs, sessions, settings, sql } = this.#deps;
    if (!settings.get('impersonation.enabled'))
      throw new AppError('forbidden', 'the setting impersonation.enabled does not allow this');
    const admin = requireOwn(requireSession(context.principal));
    await proofs.require(context);
    const open = await sql.transaction(async (tx) => {
      await adminInside(access, tx, context);
      const user = await existing(tx, userId);
      if (user.admin === 1) throw new AppError('forbidden', 'nobody acts as an administrator');
      if (isShut(user, clock.now())) throw new AppError('conflict', 'the account is disabled');
      const by = { userId: admin.userId, sessionId: admin.sessionId ?? '' };
      const opened = await sessions.openAs(tx, userId, client, by);
      await notices.changed(tx, context, userId, { kind: 'impersonation.begun' }, 'impersonated');
      return opened;
    });
    return open();
  }

  /** Ends the session in the user's name. @returns what the admin's own session needs to go on */
  async stopImpersonating(
    context: Context,
    ownSecret: string | null,
  ): Promise<{ readonly expiresAt: number; readonly remember: boolean } | null> {
    const { access, notices, sql } = this.#deps;
    const { impersonatorId, sessionId, userId } = requireSession(context.principal);
    if (impersonatorId === undefined) throw new AppError('conflict', 'this session acts as nobody else');
    await sql.transaction(async (tx) => {
      await access.bumpEpoch(tx);
      await tx.run(deleteSession, { id: sessionId, userId });
      await notices.changed(tx, context, userId, { kind: 'impersonation.ended' }, null);
    });
    if (ownSecret === null) return null;
    const own = await sql.reader.get(sessionByHash, { hash: hashSecret(ownSecret) });
    if (own?.user_id !== impersonatorId || own.expires_at <= this.#deps.clock.now()) return null;
    return {
      expiresAt: own.expires_at,
      remember: own.remember === 1,
    };
  }

  async #change(
    context: Context,
    userId: string,
    work: (tx: SqlTransaction) => Promise<void>,
  ): Promise<void> {
    requireAdmin(context.principal);
    await this.#deps.sql.transaction(async (tx) => {
      await adminInside(this.#deps.access, tx, context);
      await existing(tx, userId);
      await work(tx);
    });
  }
}

async function existing(reader: SqlReader, id: string): Promise<Account> {
  const account = await reader.get(accountById, { id });
  if (account === undefined) throw new AppError('not_found', 'there is no such user');
  return account;
}
