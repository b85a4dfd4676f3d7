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
import type { SettingsService } from '../settings/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { IdentityService, PrincipalReloader, Verifiers } from './api.ts';
import { Attempts } from './attempts.ts';
import { Authenticator } from './authenticator.ts';
import * as queries from './credential-queries.ts';
import { Directory } from './directory.ts';
import { Groups } from './groups.ts';
import { OwnAccount } from './own-account.ts';
import { argon2, Passwords, type PasswordEngine } from './passwords.ts';
import { Principals } from './principals.ts';
import { Removal } from './removal.ts';
import { Sessions } from './sessions.ts';
import { clusterSecret, Setup } from './setup.ts';
import { Tokens } from './tokens.ts';
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
  readonly log: Logger;
  /** Credentials that other services know. */
  readonly verifiers?: Verifiers;
  /** Tests count and speed up hashing with their own. */
  readonly passwordEngine?: PasswordEngine;
}

export async function startIdentity(
  deps: IdentityDeps,
): Promise<Started<IdentityService & PrincipalReloader>> {
  const { sql, access, settings, clock } = deps;
  const attempts = new Attempts(sql, settings, clock);
  const passwords = await Passwords.create(deps.passwordEngine ?? argon2);
  const principals = new Principals(access, clock);
  const touches = new Touches(sql, settings, clock, deps.log);
  const verifiers = deps.verifiers ?? {};
  const authenticator = new Authenticator({
    sql,
    access,
    clock,
    attempts,
    passwords,
    principals,
    touches,
    verifiers,
  });
  const csrfKey = await clusterSecret(deps, 'session/csrf-key');
  const sessions = new Sessions({ sql, access, clock, authenticator, touches, csrfKey });
  const tokens = new Tokens(sql, access, clock);
  const directory = new Directory(sql, attempts);
  const groups = new Groups(deps);
  const users = new Users({ ...deps, attempts, passwords, groups, directory });
  const ownAccount = new OwnAccount({ sql, access, attempts, passwords, directory, users });
  const removal = new Removal(deps);
  const setup = new Setup({ ...deps, groups, users, directory });
  await setup.start();

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
      return ended + voided + (await attempts.expire(tx));
    });

  const api: IdentityService & PrincipalReloader = {
    setupRequired: () => setup.required(),
    setupKey: () => setup.key(),
    setup: (input) => setup.run(input),
    authenticate: (credentials, client) => authenticator.authenticate(credentials, client),
    principalOf,
    reloadPrincipal: async (reader, principal) =>
      (await authenticator.reload(reader, principal, principal.epoch))?.principal ?? null,
    principalAs: (reader, userId, credential) => principals.ofUser(reader, userId, credential),
    login: (login, password, client, remember) => sessions.login(login, password, client, remember),
    logout: (context) => sessions.logout(context),
    csrfToken: (secret) => sessions.csrfToken(secret),
    sessions: (context) => sessions.list(context),
    revokeSession: (context, id) => sessions.revoke(context, id),
    changePassword: (context, current, next) => ownAccount.changePassword(context, current, next),
    updateProfile: (context, change) => ownAccount.updateProfile(context, change),
    tokens: (context) => tokens.list(context),
    createToken: (context, input) => tokens.create(context, input),
    revokeToken: (context, id) => tokens.revoke(context, id),
    user: (id) => directory.user(id),
    userByLogin: (login) => directory.userByLogin(login),
    users: (context, query) => directory.users(context, query),
    names: (ids) => directory.names(ids),
    createUser: (context, input) => users.create(context, input),
    updateUser: (context, id, change) => users.update(context, id, change),
    deleteUser: (context, id, options) => removal.delete(context, id, options?.handTo ?? null),
    onUserRemoved: (hook) => removal.onUserRemoved(hook),
    groups: (context) => groups.list(context),
    createGroup: (context, name, parentId) => groups.create(context, name, parentId),
    deleteGroup: (context, id) => groups.delete(context, id),
    expire,
  };
  return { api, stop: () => touches.settled() };
}
