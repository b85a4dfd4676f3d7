/** Who is who: users, groups, passwords, sessions, tokens. What callers see; the parts own the rules. */
import type { Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Started } from '../../kernel/service.ts';
import type { IdentityService, PrincipalReloader, SecretKeeper } from './api.ts';
import * as queries from './credential-queries.ts';
import { deleteExpiredInvitations } from './guest-queries.ts';
import { membersOfRole } from './role-members.ts';
import { makeParts, type IdentityDeps, type Parts } from './parts.ts';
import { createSecret } from './setup.ts';
import { subjectsOf } from './subjects.ts';

type Api = IdentityService & PrincipalReloader & SecretKeeper;

export type { IdentityDeps };

export async function startIdentity(deps: IdentityDeps): Promise<Started<Api>> {
  const parts = await makeParts(deps);
  const { endings, losses, people, doors, signIn, touches } = parts;
  const api: Api = {
    ...people,
    ...secretKeeper(deps, parts),
    ...credentials(deps, parts),
    ...directoryOf(deps, parts),
    signIn: signIn.api,
    ...doors,
    onCredentialsEnded: (hook) => endings.add(hook),
    onRolesLost: (hook) => losses.add(hook),
  };
  return {
    api,
    stop: async () => {
      await signIn.api.settled();
      await touches.settled();
    },
  };
}

function secretKeeper({ vault }: IdentityDeps, { attempts, passwords }: Parts): SecretKeeper {
  return {
    hashPassword: (password) => passwords.hash(password),
    checkPassword: async (name, stored, password, client) => {
      const charge = await attempts.charge(name, client.address);
      const right = await passwords.verify(stored, password);
      if (right) await attempts.forgive(charge);
      return right;
    },
    sharedKey: (name) => createSecret(vault, name),
  };
}

/** Who somebody is, by whatever is shown. */
function credentials({ sql, access, clock }: IdentityDeps, parts: Parts) {
  const { attempts, authenticator, principals, sessions, setup, signIn, tokens } = parts;
  return {
    setupRequired: () => setup.required(),
    setupKey: () => setup.key(),
    setup: (input, from) => setup.run(input, from),
    principalOf: async (userId: string): Promise<Principal> => {
      const epoch = await access.epoch();
      const account = await sql.reader.get(queries.accountById, { id: userId });
      if (account === undefined) throw new AppError('not_found', 'there is no such user');
      return (await principals.ofAccount(sql.reader, account, 'system', epoch)).principal;
    },
    membersOfRole: async (roleId, limit) => {
      const admins = (await access.adminsRoleId()) === roleId ? 1 : 0;
      return membersOfRole(sql.reader, { roleId, admins, now: clock.now() }, limit);
    },
    heldRoles: (reader, userId) => principals.held(reader, userId),
    liveSessions: async (reader, ids) => {
      const rows = await reader.all(queries.liveSessions, { ids, now: clock.now() });
      return new Set(rows.map((row) => row.id));
    },
    reloadPrincipal: async (reader, principal) =>
      (await authenticator.reload(reader, principal, principal.epoch))?.principal ?? null,
    principalAs: (reader, userId, credential) => principals.ofUser(reader, userId, credential),
    login: (login, password, client, remember) => signIn.api.login(login, password, client, { remember }),
    csrfToken: (secret) => sessions.csrfToken(secret),
    sessions: (context) => sessions.list(context),
    changePassword: (context, current, next) => signIn.api.changePassword(context, current, next),
    tokens: (context) => tokens.list(context),
    expire: (): Promise<number> =>
      sql.transaction(async (tx) => {
        const now = clock.now();
        const ended = await tx.run(queries.deleteExpiredSessions, { now });
        const voided = await tx.run(queries.deleteExpiredTokens, { now });
        const unused = await tx.run(deleteExpiredInvitations, { now });
        return ended + voided + unused + (await attempts.expire(tx)) + (await signIn.expire(tx));
      }),
  } satisfies Partial<Api>;
}

function directoryOf({ sql }: IdentityDeps, { directory, groups, removal }: Parts) {
  return {
    user: (id) => directory.user(id),
    userByLogin: (login) => directory.userByLogin(login),
    userByExternal: (source, externalId) => directory.userByExternal(source, externalId),
    users: (context, query) => directory.users(context, query),
    names: (ids, reader) => directory.names(ids, reader),
    subjects: (reader, roleIds) => subjectsOf(reader ?? sql.reader, roleIds),
    onUserRemoved: (hook) => removal.onUserRemoved(hook),
    groups: (context) => groups.list(context),
    createGroup: (context, name, parentId) => groups.create(context, name, parentId),
    updateGroup: (context, id, change) => groups.update(context, id, change),
    deleteGroup: (context, id) => groups.delete(context, id),
    managedUser: (context, id) => directory.managed(context, id),
    groupManagers: (context, id) => groups.managers(context, id),
  } satisfies Partial<Api>;
}
