import type { Group, Scope, Session, Token, User } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import type { HeldRole } from '../access/api.ts';
import type { ClientInfo, OpenedSession } from './clients.ts';
import type { SignInService } from './factors/api.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import type { DirectoryApi } from './directory-api.ts';
import type { Subject } from './subjects.ts';

export type { Subject };

export type * from './clients.ts';
export type * from './factors/api.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly login: string; readonly secret: string } // password or app password
  | { readonly kind: 'bearer'; readonly secret: string } // personal access token
  | { readonly kind: 'session'; readonly secret: string } // cookie
  | LinkCredentials;

/** A visitor of a public link: its token, and with it what the visit was opened with (cookie) or the link's password; '' for neither. */
export interface LinkCredentials {
  readonly kind: 'link';
  readonly token: string;
  readonly secret: string;
  readonly by: 'cookie' | 'password';
}

/** What a verifier found right. It is kept in memory until the access epoch moves on, but not beyond `expiresAt`. */
export interface VerifiedElsewhere {
  readonly principal: Principal;
  /** ms since 1970; Infinity: never */
  readonly expiresAt: number;
}

/**
 * Credentials that another service knows. What it gives out must carry the `epoch` it was given, and whatever takes such a credential away
 * must raise the epoch.
 */
export interface Verifier<C> {
  /** Null if wrong. Guessing is for the verifier to slow down. @throws too_many_requests */
  verify(credentials: C, client: ClientInfo, epoch: number): Promise<VerifiedElsewhere | null>;
  /** The same credential as `reader` sees it now; null if it, or whom it stands for, was taken away. May run inside a transaction: SQL only. */
  reload(reader: SqlReader, principal: Principal, epoch: number): Promise<VerifiedElsewhere | null>;
}

/** Boot hands them over; closures over services that start later. */
export interface Verifiers {
  /** Principals with `via: 'link'`. */
  readonly link?: Verifier<LinkCredentials>;
  /** Bearers that are no personal access token: access tokens of our OpenID provider. Principals with `via: 'oidc'`. */
  readonly accessToken?: Verifier<string>;
  /**
   * Passwords that a directory outside (LDAP) checks; asked where there is no local account, or one without a local password, after the
   * attempt was counted. @returns the id of the (perhaps just made) user; null if wrong
   */
  readonly password?: (login: string, password: string, client: ClientInfo) => Promise<string | null>;
}

/** What a credential adds to a user: the rest of a principal. */
export interface CredentialOf {
  readonly via: Principal['via'];
  readonly epoch: number;
  readonly scopes?: Principal['scopes'];
  readonly tokenId?: string | null;
}

export interface NewUser {
  readonly login: string;
  /** Null: none is set yet, or a directory outside keeps it. */
  readonly password: string | null;
  readonly displayName?: string;
  readonly email?: string | null;
  readonly admin?: boolean;
  readonly groupId?: string | null;
  readonly quota?: number | null;
  readonly locale?: string | null;
  /** ms since 1970 */
  readonly expiresAt?: number | null;
  /** Replaces all of them. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** The directory that keeps the account ('' here), and its id there. */
  readonly source?: string;
  readonly externalId?: string | null;
}

export interface UserQuery {
  /** Beginnings of words of login, name and address. */
  readonly q?: string;
  readonly kind?: 'person' | 'guest';
  readonly disabled?: boolean;
  readonly groupId?: string;
  /** With what hangs below the group. */
  readonly below?: boolean;
  readonly cursor?: string;
  readonly limit: number;
}

export interface GroupChange {
  readonly name?: string;
  /** Null: the root group. */
  readonly parentId?: string | null;
  readonly externalId?: string | null;
}

/** `successorId`: the active person who gets what belonged to `userId`; null: nobody, end it. Only SQL may be awaited. */
export type UserRemovedHook = (
  tx: SqlTransaction,
  userId: string,
  successorId: string | null,
) => Promise<void>;

/** What some have no longer, or for less long than before. */
export interface RolesLost {
  /** Who may have had the roles; a few too many do no harm. */
  readonly users: readonly string[];
  readonly roles: readonly string[];
  /** Those of them that nobody will ever have again; their rules and grants are still there. */
  readonly gone: readonly string[];
}

/** Only SQL may be awaited. `actorId`: who did it; null: the system. */
export type RolesLostHook = (tx: SqlTransaction, lost: RolesLost, actorId: string | null) => Promise<void>;

/** Only SQL may be awaited. */
export type CredentialsEndedHook = (tx: SqlTransaction, userId: string) => Promise<void>;

export interface RoleMember {
  readonly id: string;
  readonly login: string;
  readonly displayName: string;
}

export interface IdentityService extends DirectoryApi {
  /** Second factors, passkeys, proofs, resets, acting as somebody else. */
  readonly signIn: SignInService;
  setupRequired(): Promise<boolean>;
  /** The one-time key for the set-up link; null once set up. Kept in the vault, so that every node prints the same. */
  setupKey(): Promise<string | null>;
  /** Makes root group, admins role, first admin and the workspaces; exactly once (`conflict` afterwards). `key: null` only from boot and CLI. */
  setup(
    input: NewUser & { readonly key: string | null },
    /** The request that asks for it, for records; none: boot and CLI. */
    from?: Required<Pick<Context, 'requestId' | 'origin'>>,
  ): Promise<User>;

  /**
   * Warm: one SQL statement (the epoch). Wrong or blocked credentials: `unauthenticated`; blocked by lock-out: `too_many_requests`
   * with details.retryAfter in seconds. A session that must first be completed (second factor, new password): `forbidden`, unless `limited` ones
   * are welcome. Takes the same time whether or not the login exists.
   */
  authenticate(
    credentials: Credentials,
    client: ClientInfo,
    options?: { readonly limited?: boolean },
  ): Promise<Principal>;
  /** The principal of a user as it is now, without credentials (for why(), followers). @throws not_found */
  principalOf(userId: string): Promise<Principal>;
  login(login: string, password: string, client: ClientInfo, remember: boolean): Promise<OpenedSession>;
  logout(context: Context): Promise<void>;
  /** The CSRF token that belongs to a session secret (an HMAC; nothing is stored). */
  csrfToken(sessionSecret: string): string;
  sessions(context: Context): Promise<readonly Session[]>;
  revokeSession(context: Context, id: string): Promise<void>;
  changePassword(context: Context, current: string, next: string): Promise<void>;
  updateProfile(
    context: Context,
    change: {
      readonly displayName?: string;
      readonly email?: string | null;
      readonly locale?: string | null;
    },
  ): Promise<User>;
  tokens(context: Context): Promise<readonly Token[]>;
  /** `by`: the administrator who does it in the person's name; that one is asked for the proof, and named by the audit log. */
  createToken(
    context: Context,
    input: {
      readonly kind: Token['kind'];
      readonly label: string;
      readonly scopes?: readonly Scope[];
      readonly expiresAt?: number | null;
    },
    by?: Context,
  ): Promise<{ readonly token: Token; readonly secret: string }>;
  revokeToken(context: Context, id: string, by?: Context): Promise<void>;

  user(id: string): Promise<User>;
  userByLogin(login: string): Promise<User | null>;
  /** Of an account that a directory outside keeps: by the id it has there. */
  userByExternal(source: string, externalId: string): Promise<User | null>;
  /** Of whom the asker manages: admins everybody, group administrators those in and below their groups. */
  users(
    context: Context,
    query: UserQuery,
  ): Promise<{ readonly items: readonly User[]; readonly next: string | null }>;
  /** Active users who have a role, whichever way, by login; `total` counts those beyond the limit too. */
  membersOfRole(
    roleId: string,
    limit: number,
  ): Promise<{ readonly items: readonly RoleMember[]; readonly total: number }>;
  /** Display names, for activity; absent ids are left out. `reader`: whoever is in a transaction gives it, and asks for no second connection. */
  names(ids: readonly string[], reader?: SqlReader): Promise<ReadonlyMap<string, string>>;
  /** Whose roles these are, by role; unknown ones and that of the administrators are left out. `email` and `locale` are for mail only. */
  subjects(reader: SqlReader | null, roleIds: readonly string[]): Promise<ReadonlyMap<string, Subject>>;
  createUser(context: Context, input: NewUser): Promise<User>;
  /** The last active admin can't be disabled, demoted or removed (`conflict`). */
  updateUser(
    context: Context,
    id: string,
    change: Partial<Omit<NewUser, 'login'>> & { readonly disabled?: boolean; readonly unlock?: boolean },
  ): Promise<User>;
  /** `handTo`: who gets what was the user's; without it, admins keep the files. @throws conflict, not_found, invalid_input */
  deleteUser(context: Context, id: string, options?: { readonly handTo?: string | null }): Promise<void>;
  /**
   * For services that keep things of users (cells, links): called at every removal, in its transaction and before the user's row and role
   * go. Registered while services start. What throws keeps the user.
   */
  onUserRemoved(hook: UserRemovedHook): void;
  /**
   * For services that keep credentials of users (grants of apps): called wherever a new password or disabling ends the sessions, in that
   * transaction and with the epoch raised. Registered while services start.
   */
  onCredentialsEnded(hook: CredentialsEndedHook): void;
  /**
   * For services that keep what people passed on: called wherever somebody leaves a team, group or role, has it for less long, or it is removed,
   * in that transaction and with the epoch raised. Registered while services start.
   */
  onRolesLost(hook: RolesLostHook): void;
  groups(context: Context): Promise<readonly Group[]>;
  createGroup(context: Context, name: string, parentId: string | null): Promise<Group>;
  updateGroup(context: Context, id: string, change: GroupChange): Promise<Group>;
  deleteGroup(context: Context, id: string): Promise<void>;
  /** One user for whoever manages it. @throws not_found outside of what the asker manages */
  managedUser(context: Context, id: string): Promise<User>;
  /** Ids of the users who manage the group. */
  groupManagers(context: Context, id: string): Promise<readonly string[]>;
  setGroupManager(context: Context, id: string, userId: string, manages: boolean): Promise<void>;
  /** Removes expired sessions, tokens and old attempts. @returns how many rows */
  expire(): Promise<number>;
}

/** For services that keep passwords and keys of their own (public links). */
export interface SecretKeeper {
  /** argon2id */
  hashPassword(password: string): Promise<string>;
  /**
   * Guessing is slowed per name and address, on all nodes together; takes as long where there is nothing to compare with.
   * @param name what is guarded, e.g. `link:<id>` @param stored null: never right @throws too_many_requests
   */
  checkPassword(name: string, stored: string | null, password: string, client: ClientInfo): Promise<boolean>;
  /** A random key that all nodes share, kept in the vault under this name. */
  sharedKey(name: string): Promise<string>;
}

/** For access: what its checks inside a transaction need of identity; boot hands it over. */
export interface PrincipalReloader {
  /** The principal as `reader` sees its user and credential now; null if one of them was taken away. The epoch is left as it was. */
  reloadPrincipal(reader: SqlReader, principal: Principal): Promise<Principal | null>;
  /** For verifiers: the user as `reader` sees it, with at most these scopes (default: all); null if disabled or gone. */
  principalAs(reader: SqlReader, userId: string, credential: CredentialOf): Promise<Principal | null>;
  /** The roles of a user, weakest first, each with its end by the clock; `active`: neither disabled nor over. null: gone */
  heldRoles(
    reader: SqlReader,
    userId: string,
  ): Promise<{ readonly active: boolean; readonly roles: readonly HeldRole[] } | null>;
  /** For what lives as long as a session does: which of these (at most 500) still stand, and their user with them. */
  liveSessions(reader: SqlReader, ids: readonly string[]): Promise<ReadonlySet<string>>;
}
