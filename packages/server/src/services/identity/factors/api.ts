/** Signing in beyond login and password. Part of identity's api.ts, which re-exports it. */
import type { Session } from '@volvox/api';
import type { Context } from '../../../kernel/context.ts';
import type { SqlTransaction } from '../../../stores/sql/contract.ts';
import type { SecurityNotice } from '../../mail/api.ts';
import type { ClientInfo, OpenedSession } from '../clients.ts';
import type { PolicyFacts } from '../password/policy.ts';
import type { RemovedFactor, SecondMethod } from './factors.ts';
import type { Assertion, AssertionOptions, Attestation, CreationOptions, Site } from './passkeys.ts';

export type {
  Assertion,
  AssertionOptions,
  Attestation,
  CreationOptions,
  PolicyFacts,
  RemovedFactor,
  SecondMethod,
  Site,
};

/** One of them; `assertion` answers the options that were asked for before. */
export type SecondStep =
  | { readonly method: 'totp'; readonly code: string }
  | { readonly method: 'recovery'; readonly code: string }
  | { readonly method: 'passkey'; readonly assertion: Assertion };

export type Proof = SecondStep | { readonly method: 'password'; readonly password: string };

export interface ProofState {
  /** Until when no proof is asked for; null: never asked for. */
  readonly until: number | null;
  /** Whether none is asked for now, by the clock of the cluster. */
  readonly holds: boolean;
  readonly methods: readonly Proof['method'][];
}

export interface LoginOptions {
  readonly remember: boolean;
  /** What the browser kept from an earlier log-in, to tell known devices from new ones. */
  readonly device?: string | null;
}

export interface FactorList {
  readonly totp: { readonly since: number } | null;
  readonly passkeys: readonly {
    readonly id: string;
    readonly name: string;
    readonly synced: boolean;
    readonly createdAt: number;
    readonly lastUsedAt: number | null;
  }[];
  readonly recoveryCodes: { readonly left: number; readonly madeAt: number | null };
  /** The administration asks for a second factor: the last one stays. */
  readonly required: boolean;
}

/** What an administrator sees of a user's ways in. */
export interface SignInState {
  readonly hasPassword: boolean;
  readonly mustChangePassword: boolean;
  readonly passwordChangedAt: number | null;
  readonly totp: boolean;
  readonly passkeys: readonly Omit<FactorList['passkeys'][number], 'synced'>[];
  readonly recoveryCodes: number;
  readonly secondFactorRequired: boolean;
}

export interface SignInService {
  /**
   * After a right password: `second_factor_required` with details.challenge (single use, 5 minutes) and details.methods.
   * @throws unauthenticated, too_many_requests (details.retryAfter)
   */
  login(login: string, password: string, client: ClientInfo, options: LoginOptions): Promise<OpenedSession>;
  /**
   * For users whom another provider has vouched for. `secondStep`: ask for our own second step as well, where the user has one.
   * @throws unauthenticated if disabled, second_factor_required
   */
  loginAs(
    userId: string,
    client: ClientInfo,
    options: LoginOptions & { readonly via: string; readonly secondStep: boolean },
  ): Promise<OpenedSession>;
  /** @throws unauthenticated, details.reason `challenge` (over: begin again) or `code` (wrong: try again), too_many_requests */
  second(
    challenge: string,
    step: SecondStep,
    site: Site,
    client: ClientInfo,
    device?: string | null,
  ): Promise<{ readonly session: OpenedSession; readonly remember: boolean }>;
  /** @throws unauthenticated, too_many_requests by login */
  secondOptions(challenge: string, site: Site): Promise<AssertionOptions>;
  /** @throws too_many_requests by address */
  passkeyOptions(site: Site, client: ClientInfo): Promise<AssertionOptions>;
  /** A passkey alone: has its owner looked at by the device, which makes it two factors. @throws unauthenticated */
  passkeyLogin(
    assertion: Assertion,
    site: Site,
    client: ClientInfo,
    options: LoginOptions,
  ): Promise<OpenedSession>;

  /** For dangerous actions of other services. @throws step_up_required */
  requireProof(context: Context): Promise<void>;
  /** Tells the person by mail what another service has changed about the ways in, if that commits. */
  notify(tx: SqlTransaction, userId: string, what: SecurityNotice, address: string): Promise<void>;
  proofState(context: Context): Promise<ProofState>;
  proofOptions(context: Context, site: Site): Promise<AssertionOptions>;
  /** @returns until when it holds @throws forbidden with details.reason `code`, too_many_requests */
  prove(context: Context, proof: Proof, site: Site): Promise<number>;

  factors(context: Context): Promise<FactorList>;
  beginTotp(context: Context): Promise<{ readonly secret: string; readonly uri: string }>;
  /** @returns recovery codes with the first factor, else null */
  confirmTotp(context: Context, code: string): Promise<readonly string[] | null>;
  removeTotp(context: Context): Promise<void>;
  beginPasskey(context: Context, site: Site): Promise<CreationOptions>;
  addPasskey(
    context: Context,
    attestation: Attestation,
    name: string,
    site: Site,
  ): Promise<readonly string[] | null>;
  renamePasskey(context: Context, id: string, name: string): Promise<void>;
  removePasskey(context: Context, id: string): Promise<void>;
  newRecoveryCodes(context: Context): Promise<readonly string[]>;

  changePassword(context: Context, current: string, next: string): Promise<void>;
  passwordPolicy(): PolicyFacts;
  /** Whether a forgotten password can be reset by mail here. */
  resetOffered(): boolean;
  /** Always resolves, after the same work: tells nothing about who there is. @throws too_many_requests by address */
  requestReset(loginOrEmail: string, client: ClientInfo, locale: string | null): Promise<void>;
  /** Resolves when what goes on behind such answers is done; for tests and shutdown. */
  settled(): Promise<void>;
  /** @throws gone if the link is over or was used, invalid_input for a weak password */
  finishReset(token: string, password: string, client: ClientInfo): Promise<void>;

  revokeOtherSessions(context: Context): Promise<void>;
  /** For administrators. */
  stateOf(context: Context, userId: string): Promise<SignInState>;
  /** Browsers that the person has signed in with, latest first. Whether the caller may know is asked by the caller. */
  devicesOf(userId: string): Promise<readonly { readonly seenAt: number }[]>;
  sessionsOf(context: Context, userId: string): Promise<readonly Session[]>;
  revokeSessionsOf(context: Context, userId: string, sessionId: string | null): Promise<void>;
  resetFactors(context: Context, userId: string): Promise<void>;
  /** Sessions go on. @throws not_found, step_up_required */
  removeFactor(context: Context, userId: string, factor: RemovedFactor): Promise<void>;
  demandNewPassword(context: Context, userId: string, demanded: boolean): Promise<void>;
  /** @throws forbidden for another admin or where the setting does not allow it, step_up_required */
  impersonate(context: Context, userId: string, client: ClientInfo): Promise<OpenedSession>;
  /** Ends the session that acts as somebody else. @param ownSecret of the admin's session @returns null if that is over */
  stopImpersonating(
    context: Context,
    ownSecret: string | null,
  ): Promise<{ readonly expiresAt: number; readonly remember: boolean } | null>;
  /** What is missing before this session may do anything; null: nothing. */
  limitOf(context: Context): Promise<'enrol' | 'password' | null>;
}
