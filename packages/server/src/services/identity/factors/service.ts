/** Puts the parts of signing in together. */
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { SqlStore, SqlTransaction } from '../../../stores/sql/contract.ts';
import { queriesOf } from '../../../stores/sql/query.ts';
import type { VaultStore } from '../../../stores/vault/contract.ts';
import type { AccessService } from '../../access/api.ts';
import type { JournalService } from '../../journal/api.ts';
import type { SettingsService } from '../../settings/api.ts';
import type { Attempts } from '../attempts.ts';
import type { Authenticator } from '../authenticator.ts';
import { requireSession } from '../authority.ts';
import type { Endings } from '../endings.ts';
import type { PasswordBook } from '../password/book.ts';
import type { PasswordPolicy } from '../password/policy.ts';
import { PasswordsOfPeople } from '../password/passwords-of-people.ts';
import type { Passwords } from '../passwords.ts';
import type { Principals } from '../principals.ts';
import { limitOfSession } from '../session-queries.ts';
import type { Sessions } from '../sessions.ts';
import { createSecret } from '../setup.ts';
import { Administration } from './administration.ts';
import type { SignInService } from './api.ts';
import { Challenges } from './challenges.ts';
import { Confirmations } from './confirmations.ts';
import { Devices } from './devices.ts';
import type { Factors } from './factors.ts';
import { Logins } from './logins.ts';
import { Notices, type NoticesDeps } from './notices.ts';
import { OwnFactors } from './own-factors.ts';
import { Passkeys } from './passkeys.ts';
import { Proofs } from './proofs.ts';
import { deleteExpiredChallenges, deleteOldDevices } from './queries.ts';
import { Sealed } from './sealed.ts';
import { SecondSteps } from './second-steps.ts';
import type { FactorTables } from './tables.ts';
import { Totp } from './totp.ts';

export interface SignInDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly vault: VaultStore;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly journal: Pick<JournalService, 'append'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly attempts: Attempts;
  readonly authenticator: Authenticator;
  readonly principals: Principals;
  readonly passwords: Passwords;
  readonly book: PasswordBook;
  readonly policy: PasswordPolicy;
  readonly sessions: Sessions;
  readonly factors: Factors;
  readonly endings: Endings;
  readonly mail: NoticesDeps['mail'];
  readonly audit: NoticesDeps['audit'];
  readonly publicUrl: string | null;
}

export interface StartedSignIn {
  readonly api: SignInService;
  expire(tx: SqlTransaction): Promise<number>;
}

const define = queriesOf<FactorTables>();
const anyTotp = define<Record<string, never>, { user_id: string }>((db) =>
  db.selectFrom('factor_totp').select('user_id').limit(1),
);
const keyName = 'signin/totp-key';

export async function startSignIn(deps: SignInDeps): Promise<StartedSignIn> {
  const { clock, policy, sessions, settings, sql } = deps;
  const name = (): string => settings.get('branding.name');
  const sealed = new Sealed(await totpKey(deps));
  const challenges = new Challenges(clock);
  const notices = new Notices(deps);
  const totp = new Totp(sealed, clock, name);
  const passkeys = new Passkeys(challenges, clock, name);
  const steps = new SecondSteps({ attempts: deps.attempts, totp, passkeys });
  const proofs = new Proofs(sql, settings, clock);
  const devices = new Devices(sql, clock, notices);
  const all = { ...deps, challenges, notices, totp, passkeys, steps, proofs, devices };
  const logins = new Logins(all);
  const own = new OwnFactors(all);
  const confirmations = new Confirmations(all);
  const people = new PasswordsOfPeople(all);
  const administration = new Administration(all);

  const limitOf = async (context: Context): Promise<'enrol' | 'password' | null> => {
    if (!context.principal.scopes.includes('signin')) return null;
    const { sessionId } = requireSession(context.principal);
    const limited = (await sql.reader.get(limitOfSession, { id: sessionId }))?.limited;
    return limited === 'enrol' || limited === 'password' ? limited : null;
  };

  const api: SignInService = {
    login: (login, password, client, options) => logins.login(login, password, client, options),
    loginAs: (userId, client, options) => logins.loginAs(userId, client, options),
    second: (challenge, step, site, client, device) =>
      logins.second(challenge, step, site, client, device ?? null),
    secondOptions: (challenge, site) => logins.secondOptions(challenge, site),
    passkeyOptions: (site, client) => logins.passkeyOptions(site, client),
    passkeyLogin: (assertion, site, client, options) => logins.passkeyLogin(assertion, site, client, options),
    requireProof: (context) => proofs.require(context),
    notify: (tx, userId, what, address) => notices.mail(tx, userId, what, address),
    proofState: (context) => confirmations.state(context),
    proofOptions: (context, site) => confirmations.options(context, site),
    prove: (context, proof, site) => confirmations.prove(context, proof, site),
    factors: (context) => own.list(context),
    beginTotp: (context) => own.beginTotp(context),
    confirmTotp: (context, code) => own.confirmTotp(context, code),
    removeTotp: (context) => own.removeTotp(context),
    beginPasskey: (context, site) => own.beginPasskey(context, site),
    addPasskey: (context, attestation, label, site) => own.addPasskey(context, attestation, label, site),
    renamePasskey: (context, id, label) => own.renamePasskey(context, id, label),
    removePasskey: (context, id) => own.removePasskey(context, id),
    newRecoveryCodes: (context) => own.newRecoveryCodes(context),
    changePassword: (context, current, next) => people.change(context, current, next),
    passwordPolicy: () => policy.facts(),
    settled: () => people.settled(),
    resetOffered: () => people.offered(),
    requestReset: (asked, client, locale) => people.request(asked, client, locale),
    finishReset: (token, password, client) => people.finish(token, password, client),
    revokeOtherSessions: (context) => {
      const event = { kind: 'session.revoked', details: { others: true } } as const;
      return sessions.revokeOthers(context, (tx) => notices.append(tx, context, event));
    },
    stateOf: (context, userId) => administration.stateOf(context, userId),
    devicesOf: (userId) => devices.of(userId),
    sessionsOf: (context, userId) => administration.sessionsOf(context, userId),
    revokeSessionsOf: (context, userId, id) => administration.revokeSessionsOf(context, userId, id),
    resetFactors: (context, userId) => administration.resetFactors(context, userId),
    removeFactor: (context, userId, factor) => administration.removeFactor(context, userId, factor),
    demandNewPassword: (context, userId, demanded) =>
      administration.demandNewPassword(context, userId, demanded),
    impersonate: (context, userId, client) => administration.impersonate(context, userId, client),
    stopImpersonating: (context, ownSecret) => administration.stopImpersonating(context, ownSecret),
    limitOf,
  };
  return {
    api,
    expire: async (tx) =>
      (await tx.run(deleteExpiredChallenges, { now: clock.now() })) +
      (await tx.run(deleteOldDevices, { before: devices.oldest() })),
  };
}

/** Made by whoever is first, unless there are secrets already that only the lost one opens. */
async function totpKey({ sql, vault }: SignInDeps): Promise<string> {
  const used = (await sql.reader.get(anyTotp, {})) !== undefined;
  if (used && (await vault.get(keyName)) === null)
    throw new AppError(
      'conflict',
      `the vault does not hold ${keyName}, which the authenticator apps of this server need: give VOLVOX_VAULT as it was`,
    );
  return createSecret(vault, keyName);
}
