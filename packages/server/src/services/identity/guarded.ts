/** What stands in front of the dangerous calls, whichever door they come by: the owner's own session, and a recent proof. */
import { AppError } from '../../kernel/errors.ts';
import type { IdentityService } from './api.ts';
import type { Authenticator } from './authenticator.ts';
import { requireOwn } from './authority.ts';
import type { Directory } from './directory.ts';
import type { SignInService } from './factors/api.ts';
import type { Notices } from './factors/notices.ts';
import { checkEmail } from './input.ts';
import type { Sessions } from './sessions.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { Groups } from './groups.ts';
import type { OwnAccount } from './own-account.ts';
import type { Removal } from './removal.ts';
import type { Tokens } from './tokens.ts';
import type { Users } from './users.ts';

interface Guarded {
  readonly signIn: SignInService;
  readonly users: Users;
  readonly groups: Groups;
  readonly removal: Removal;
  readonly tokens: Tokens;
  readonly ownAccount: OwnAccount;
  readonly authenticator: Authenticator;
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly notices: Notices;
  readonly sql: SqlStore;
}

type Doors = Pick<
  IdentityService,
  | 'authenticate'
  | 'updateProfile'
  | 'createToken'
  | 'revokeToken'
  | 'logout'
  | 'revokeSession'
  | 'createUser'
  | 'updateUser'
  | 'deleteUser'
  | 'setGroupManager'
>;

export function guarded(parts: Guarded): Doors {
  const { signIn, users, directory, notices, sql } = parts;
  return {
    /** Where nothing else is said, a session that must first be completed opens nothing. */
    authenticate: async (credentials, client, options) => {
      const principal = await parts.authenticator.authenticate(credentials, client);
      if (options?.limited !== true && principal.scopes.includes('signin'))
        throw new AppError('forbidden', 'finish signing in first', { details: { reason: 'limited' } });
      return principal;
    },
    updateProfile: async (context, change) => {
      const { userId } = context.principal;
      const old = userId === null || change.email === undefined ? null : await directory.user(userId);
      if (old === null || old.email === change.email) return parts.ownAccount.updateProfile(context, change);
      // Whoever reads the mail can reset the password: the old address hears of the new one.
      requireOwn(context.principal);
      await signIn.requireProof(context);
      const user = await parts.ownAccount.updateProfile(context, change);
      const address = context.origin?.address ?? '';
      await sql.transaction((tx) => notices.mailTo(tx, old, 'email-changed', address));
      return user;
    },
    createToken: async (context, input, by = context) => {
      const { userId } = requireOwn(context.principal);
      await signIn.requireProof(by); // whatever it may do, it outlives the session that makes it
      return parts.tokens.create(context, input, (tx, { id: tokenId, kind, label, scopes }) => {
        const event = { kind: 'token.created', details: { tokenId, kind, label, scopes } } as const;
        return notices.changed(tx, by, userId, event, 'token-created');
      });
    },
    revokeToken: async (context, id, by = context) => {
      const { userId } = requireOwn(context.principal);
      const event = { kind: 'token.revoked', subjectId: userId, details: { tokenId: id } } as const;
      await parts.tokens.revoke(context, id, (tx) => notices.append(tx, by, event));
    },
    logout: async (context) => {
      await parts.sessions.logout(context, (tx) => notices.append(tx, context, { kind: 'auth.logout' }));
    },
    revokeSession: async (context, id) => {
      const event = { kind: 'session.revoked', details: { sessionId: id } } as const;
      await parts.sessions.revoke(context, id, (tx) => notices.append(tx, context, event));
    },
    createUser: async (context, input) => {
      if (input.admin === true) await signIn.requireProof(context);
      return users.create(context, input);
    },
    updateUser: async (context, id, change) => {
      const old = change.email === undefined ? null : await directory.managed(context, id);
      const moves = old !== null && checkEmail(change.email ?? null) !== old.email;
      if (change.password !== undefined || change.admin !== undefined || moves)
        await signIn.requireProof(context);
      const user = await users.update(context, id, change);
      // What a directory outside says of its people is no news to them.
      if (moves && context.principal.via !== 'system') {
        const address = context.origin?.address ?? '';
        await sql.transaction((tx) => notices.mailTo(tx, old, 'email-changed', address));
      }
      return user;
    },
    setGroupManager: async (context, id, userId, manages) => {
      await signIn.requireProof(context);
      await parts.groups.setManager(context, id, userId, manages);
    },
    deleteUser: async (context, id, options) => {
      await signIn.requireProof(context);
      await parts.removal.delete(context, id, options?.handTo ?? null);
    },
  };
}
