/** What people do to their own second factors. Each change needs a recent proof, unless the session exists for nothing else. */
import type { Clock } from '../../../kernel/clock.ts';
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../../stores/sql/contract.ts';
import type { AccessService } from '../../access/api.ts';
import type { SecurityNotice } from '../../mail/api.ts';
import { ownSession, ownSessionInside } from '../authority.ts';
import { accountById } from '../credential-queries.ts';
import type { Principals } from '../principals.ts';
import type { Sessions } from '../sessions.ts';
import { checkLabel } from '../input.ts';
import { limitOfSession } from '../session-queries.ts';
import { userById } from '../user-queries.ts';
import type { Attestation, CreationOptions, FactorList } from './api.ts';
import { hasFactor, type Factors } from './factors.ts';
import type { Notices } from './notices.ts';
import { presentPasskey, type Passkeys, type Site } from './passkeys.ts';
import type { Proofs } from './proofs.ts';
import * as queries from './queries.ts';
import { makeRecoveryCodes } from './recovery.ts';
import type { SecondSteps } from './second-steps.ts';
import type { Totp } from './totp.ts';

export interface OwnFactorsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly clock: Clock;
  readonly principals: Principals;
  readonly sessions: Sessions;
  readonly factors: Factors;
  readonly totp: Totp;
  readonly passkeys: Passkeys;
  readonly steps: SecondSteps;
  readonly proofs: Proofs;
  readonly notices: Notices;
}

type Owner = ReturnType<typeof ownSession>;
type Change = 'added' | 'removed';

export class OwnFactors {
  readonly #deps: OwnFactorsDeps;

  constructor(deps: OwnFactorsDeps) {
    this.#deps = deps;
  }

  async list(context: Context): Promise<FactorList> {
    const { userId } = ownSession(context.principal);
    const { reader } = this.#deps.sql;
    const totp = await reader.get(queries.selectTotp, { userId });
    const recovery = await reader.get(queries.countRecovery, { userId });
    const keys = await reader.all(queries.passkeysOfUser, { userId });
    return {
      totp: totp?.confirmed === 1 ? { since: totp.created_at } : null,
      passkeys: keys.map((key) => ({ ...presentPasskey(key), synced: key.synced === 1 })),
      recoveryCodes: { left: recovery?.count ?? 0, madeAt: recovery?.at ?? null },
      required: await this.#isRequired(reader, userId),
    };
  }

  beginTotp(context: Context): Promise<{ readonly secret: string; readonly uri: string }> {
    return this.#change(context, (tx, owner) => this.#deps.totp.begin(tx, owner));
  }

  async confirmTotp(context: Context, code: string): Promise<readonly string[] | null> {
    const { sql, steps, totp } = this.#deps;
    const { login, userId } = ownSession(context.principal);
    const charge = await steps.charge(login);
    const use = await totp.checkFirst(sql.reader, userId, code);
    if (use === null) throw wrongCode();
    const codes = await this.#change(context, async (tx, owner) => {
      if (!(await use(tx))) throw wrongCode();
      return this.#changed(tx, context, owner, 'added', { factor: 'totp' }, 'factor-added');
    });
    await steps.forgive(charge);
    return codes;
  }

  async removeTotp(context: Context): Promise<void> {
    await this.#change(context, async (tx, owner) => {
      const { userId } = owner;
      const present = await tx.get(queries.selectTotp, { userId });
      if (present === undefined) throw missing('authenticator app');
      await tx.run(queries.deleteTotp, { userId });
      if (present.confirmed === 1)
        await this.#changed(tx, context, owner, 'removed', { factor: 'totp' }, 'factor-removed');
    });
  }

  async beginPasskey(context: Context, site: Site): Promise<CreationOptions> {
    await this.#deps.steps.chargeOptions({ login: ownSession(context.principal).login });
    return this.#change(context, async (tx, { userId, login }) => {
      const displayName = (await tx.get(userById, { id: userId }))?.display_name ?? login;
      return this.#deps.passkeys.beginCreation(tx, site, { userId, login, displayName });
    });
  }

  async addPasskey(
    context: Context,
    attestation: Attestation,
    name: string,
    site: Site,
  ): Promise<readonly string[] | null> {
    const { passkeys, sql } = this.#deps;
    const { userId } = ownSession(context.principal);
    const insert = await passkeys.finishCreation(sql.reader, site, userId, attestation, name);
    return this.#change(context, async (tx, owner) => {
      await insert(tx);
      const details = { factor: 'passkey', label: name };
      return this.#changed(tx, context, owner, 'added', details, 'passkey-added');
    });
  }

  async renamePasskey(context: Context, id: string, name: string): Promise<void> {
    const label = checkLabel(name);
    await this.#deps.sql.transaction(async (tx) => {
      const { userId } = await ownSessionInside(this.#deps.access, tx, context);
      if ((await tx.run(queries.renamePasskey, { id, userId, name: label })) === 0) throw missing('passkey');
    });
  }

  async removePasskey(context: Context, id: string): Promise<void> {
    await this.#change(context, async (tx, owner) => {
      const { userId } = owner;
      if ((await tx.run(queries.deletePasskey, { id, userId })) === 0) throw missing('passkey');
      await this.#changed(tx, context, owner, 'removed', { factor: 'passkey' }, 'passkey-removed');
    });
  }

  async newRecoveryCodes(context: Context): Promise<readonly string[]> {
    const { clock, factors, notices } = this.#deps;
    return this.#change(context, async (tx, { userId }) => {
      if (!hasFactor(await factors.counts(tx, userId)))
        throw new AppError('conflict', 'recovery codes come with a second factor');
      const codes = await makeRecoveryCodes(tx, userId, clock.now());
      await notices.changed(tx, context, userId, { kind: 'recovery.made' }, 'recovery-codes');
      return codes;
    });
  }

  /** Raises the epoch first: passwords that sufficed so far are looked at anew everywhere. */
  async #change<T>(context: Context, work: (tx: SqlTransaction, owner: Owner) => Promise<T>): Promise<T> {
    ownSession(context.principal);
    return this.#deps.sql.transaction(async (tx) => {
      const owner = await ownSessionInside(this.#deps.access, tx, context);
      if (!(await isEnrolling(tx, owner))) await this.#deps.proofs.require(context, tx);
      return work(tx, owner);
    });
  }

  /** Recovery codes come with the first factor and go with the last; a session that waited for one is freed. */
  async #changed(
    tx: SqlTransaction,
    context: Context,
    owner: Owner,
    change: Change,
    details: { readonly factor: string; readonly label?: string },
    notice: SecurityNotice,
  ): Promise<readonly string[] | null> {
    const { clock, factors, notices, sessions } = this.#deps;
    const { userId } = owner;
    const counts = await factors.counts(tx, userId);
    const kind = change === 'added' ? 'factor.added' : 'factor.removed';
    await notices.changed(tx, context, userId, { kind, details }, notice);
    if (change === 'removed') {
      if (!hasFactor(counts) && (await this.#isRequired(tx, userId)))
        throw new AppError('conflict', 'the administration asks for a second factor: add another one first', {
          details: { reason: 'required' },
        });
      await factors.dropIdleRecovery(tx, userId);
      return null;
    }
    if (await isEnrolling(tx, owner)) await sessions.limit(tx, owner.sessionId, '');
    return counts.recovery > 0 ? null : makeRecoveryCodes(tx, userId, clock.now());
  }

  /** By the roles of the account itself: those of a limited session are none. */
  async #isRequired(reader: SqlReader, userId: string): Promise<boolean> {
    const { access, factors, principals } = this.#deps;
    const account = await reader.get(accountById, { id: userId });
    if (account === undefined) return false;
    const { principal } = await principals.ofAccount(reader, account, 'system', await access.epoch(reader));
    return factors.isRequired(account, principal.roles);
  }
}

/** A session may wait for something else as well: a new password, which a factor does not replace. */
async function isEnrolling(tx: SqlTransaction, { scopes, sessionId }: Owner): Promise<boolean> {
  if (!scopes.includes('signin')) return false;
  return (await tx.get(limitOfSession, { id: sessionId }))?.limited === 'enrol';
}

function wrongCode(): AppError {
  return new AppError('forbidden', 'the code is not right', { details: { reason: 'code' } });
}

function missing(what: string): AppError {
  return new AppError('not_found', `there is no such ${what}`);
}
