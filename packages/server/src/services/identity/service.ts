/** Who is who: users, groups, passwords, sessions, tokens. Puts the parts together; each part owns its rules. */
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { MailService } from '../mail/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { ClientInfo, IdentityService, PrincipalReloader, SecretKeeper, Verifiers } from './api.ts';
import { Attempts } from './attempts.ts';
import { Authenticator } from './authenticator.ts';
import * as queries from './credential-queries.ts';
import { createDirectory } from './directory-parts.ts';
import { Directory } from './directory.ts';
import { Groups } from './groups.ts';
import { Factors, forgetUser } from './factors/factors.ts';
import { silentNotices, type NoticesDeps } from './factors/notices.ts';
import { startSignIn } from './factors/service.ts';
import { OwnAccount } from './own-account.ts';
import { PasswordBook } from './password/book.ts';
import { PasswordPolicy } from './password/policy.ts';
import { argon2, Passwords, type PasswordEngine } from './passwords.ts';
import { Principals } from './principals.ts';
import { Removal, type RemovalDeps } from './removal.ts';
import { membersOfRole } from './role-members.ts';
import { Sessions } from './sessions.ts';
import { clusterSecret, createSecret, Setup } from './setup.ts';
import { guarded } from './guarded.ts';
import { Tokens } from './tokens.ts';
import { subjectsOf } from './subjects.ts';
import { Touches } from './touches.ts';
import { Users } from './users.ts';

export interface IdentityDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly workspaces: Pick<
    WorkspacesService,
    'createCommon' | 'createPersonal' | 'setPersonalQuota' | 'archivePersonal'
  >;
  readonly journal: Pick<JournalService, 'append'>;
  readonly vault: VaultStore;
  /** Other nodes use the same vault: what it lacks after the set-up is not made anew. */
  readonly sharedVault: boolean;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  /** For invitations; absent: whoever invites hands the link over. Notices and resets need it, too. */
  readonly mail?: Pick<MailService, 'enqueue' | 'configured'>;
  readonly publicUrl?: string | null;
  /** Brings the personal files of who is removed to the successor; absent: they stay for the admins. */
  readonly handOver?: RemovalDeps['handOver'];
  readonly log: Logger;
  /** Credentials that other services know. */
  readonly verifiers?: Verifiers;
  readonly audit?: NoticesDeps['audit'];
  /** Tests count and speed up hashing with their own. */
  readonly passwordEngine?: PasswordEngine;
}

export async function startIdentity(
  deps: IdentityDeps,
): Promise<Started<IdentityService & PrincipalReloader & SecretKeeper>> {
  const { sql, access, settings, clock } = deps;
  const attempts = new Attempts(sql, settings, clock);
  const passwords = await Passwords.create(deps.passwordEngine ?? argon2);
  const principals = new Principals(access, clock);
  const touches = new Touches(sql, settings, clock, deps.log);
  const verifiers = deps.verifiers ?? {};
  const mail = deps.mail ?? silentNotices.mail;
  const audit = deps.audit ?? silentNotices.audit;
  const policy = new PasswordPolicy(settings);
  const book = new PasswordBook(passwords, settings, clock);
  const factors = new Factors(settings);
  const authenticator = new Authenticator({
    sql,
    access,
    clock,
    attempts,
    passwords,
    principals,
    touches,
    verifiers,
    factors,
    book,
    audit,
  });
  const csrfKey = await clusterSecret(deps, 'session/csrf-key');
  const sessions = new Sessions({ sql, access, clock, authenticator, touches, csrfKey });
  const tokens = new Tokens(sql, access, clock);
  const directory = new Directory(sql, attempts);
  const groups = new Groups(deps);
  const users = new Users({ ...deps, attempts, passwords, policy, book, groups, directory });
  const ownAccount = new OwnAccount({ sql, access, directory, users });
  const removal = new Removal({ ...deps, handOver: deps.handOver ?? (async () => {}) });
  const people = createDirectory(deps, { users, directory, removal });
  const setup = new Setup({ ...deps, groups, users, directory });
  await setup.start();
  const signIn = await startSignIn({
    ...deps,
    attempts,
    authenticator,
    principals,
    passwords,
    book,
    policy,
    sessions,
    factors,
    mail,
    audit,
    publicUrl: deps.publicUrl ?? null,
  });
  removal.onUserRemoved((tx, userId) => forgetUser(tx, factors, userId));
  const doors = guarded({ signIn: signIn.api, users, removal, tokens, ownAccount, authenticator, directory });

  const principalOf = async (userId: string): Promise<Principal> => {
    const epoch = await access.epoch();
    const account = await sql.reader.get(queries.accountById, { id: userId });
    if (account === undefined) throw new AppError('not_found', 'there is no such user');
    return (await principals.ofAccount(sql.reader, account, 'system', epoch)).principal;
  };
  const expire = (): Promise<number> =>
    sql.transaction(async (tx) => {
      const now = clock.now();
      const ended = await tx.run(queries.deleteExpiredSessions, { now });
      const voided = await tx.run(queries.deleteExpiredTokens, { now });
      return ended + voided + (await attempts.expire(tx)) + (await signIn.expire(tx));
    });

  const checkPassword = async (
    name: string,
    stored: string | null,
    password: string,
    client: ClientInfo,
  ): Promise<boolean> => {
    const charge = await attempts.charge(name, client.address);
    const right = await passwords.verify(stored, password);
    if (right) await attempts.forgive(charge);
    return right;
  };

  const api: IdentityService & PrincipalReloader & SecretKeeper = {
    hashPassword: (password) => passwords.hash(password),
    checkPassword,
    sharedKey: (name) => createSecret(deps.vault, name),
    ...people,
    setupRequired: () => setup.required(),
    setupKey: () => setup.key(),
    setup: (input) => setup.run(input),
    signIn: signIn.api,
    ...doors,
    principalOf,
    membersOfRole: async (roleId, limit) => {
      const admins = (await access.adminsRoleId()) === roleId ? 1 : 0;
      return membersOfRole(sql.reader, { roleId, admins, now: clock.now() }, limit);
    },
    liveSessions: async (reader, ids) => {
      const rows = await reader.all(queries.liveSessions, { ids, now: clock.now() });
      return new Set(rows.map((row) => row.id));
    },
    reloadPrincipal: async (reader, principal) =>
      (await authenticator.reload(reader, principal, principal.epoch))?.principal ?? null,
    principalAs: (reader, userId, credential) => principals.ofUser(reader, userId, credential),
    login: (login, password, client, remember) => signIn.api.login(login, password, client, { remember }),
    logout: (context) => sessions.logout(context),
    csrfToken: (secret) => sessions.csrfToken(secret),
    sessions: (context) => sessions.list(context),
    revokeSession: (context, id) => sessions.revoke(context, id),
    changePassword: (context, current, next) => signIn.api.changePassword(context, current, next),
    tokens: (context) => tokens.list(context),
    user: (id) => directory.user(id),
    userByLogin: (login) => directory.userByLogin(login),
    userByExternal: (source, externalId) => directory.userByExternal(source, externalId),
    users: (context, query) => directory.users(context, query),
    names: (ids) => directory.names(ids),
    subjects: (reader, roleIds) => subjectsOf(reader ?? sql.reader, roleIds),
    createUser: (context, input) => users.create(context, input),
    onUserRemoved: (hook) => removal.onUserRemoved(hook),
    groups: (context) => groups.list(context),
    createGroup: (context, name, parentId) => groups.create(context, name, parentId),
    updateGroup: (context, id, change) => groups.update(context, id, change),
    deleteGroup: (context, id) => groups.delete(context, id),
    managedUser: (context, id) => directory.managed(context, id),
    groupManagers: (context, id) => groups.managers(context, id),
    setGroupManager: (context, id, userId, manages) => groups.setManager(context, id, userId, manages),
    expire,
  };
  return {
    api,
    stop: async () => {
      await signIn.api.settled();
      await touches.settled();
    },
  };
}
