/** What stands in front of the dangerous calls, whichever door they come by: the owner's own session, and a recent proof. */
import { AppError } from '../../kernel/errors.ts';
import type { IdentityService } from './api.ts';
import type { Authenticator } from './authenticator.ts';
import { requireOwn } from './authority.ts';
import type { Directory } from './directory.ts';
import type { SignInService } from './factors/api.ts';
import type { Notices } from './factors/notices.ts';
import type { Sessions } from './sessions.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { OwnAccount } from './own-account.ts';
import type { Removal } from './removal.ts';
import type { Tokens } from './tokens.ts';
import type { Users } from './users.ts';

interface Guarded {
  readonly signIn: SignInService;
  readonly users: Users;
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
  | 'updateUser'
  | 'deleteUser'
>;

export function guarded(parts: Guarded): Doors {
  const { signIn, users, removal, tokens, ownAccount, authenticator, directory, sessions, notices, sql } =
    parts;
  return {
    /** Where nothing else is said, a session that must first be completed opens nothing. */
    authenticate: async (credentials, client, options) => {
      const principal = await authenticator.authenticate(credentials, client);
      if (options?.limited !== true && principal.scopes.includes('signin'))
        throw new AppError('forbidden', 'finish signing in first', { details: { reason: 'limited' } });
      return principal;
    },
    updateProfile: async (context, change) => {
      const { userId } = context.principal;
      const old = userId === null || change.email === undefined ? null : await directory.user(userId);
      if (old === null || old.email === change.email) return ownAccount.updateProfile(context, change);
      // Whoever reads the mail can reset the password: the old address hears of the new one.
      requireOwn(context.principal);
      await signIn.requireProof(context);
      const user = await ownAccount.updateProfile(context, change);
      const address = context.origin?.address ?? '';
      await sql.transaction((tx) => notices.mailTo(tx, old, 'email-changed', address));
      return user;
    },
    createToken: async (context, input) => {
      const { userId } = requireOwn(context.principal);
      if (input.scopes?.includes('admin')) await signIn.requireProof(context);
      const made = await tokens.create(context, input);
      const { id: tokenId, kind, label, scopes } = made.token;
      const event = { kind: 'token.created', details: { tokenId, kind, label, scopes } } as const;
      await sql.transaction((tx) => notices.changed(tx, context, userId, event, 'token-created'));
      return made;
    },
    revokeToken: async (context, id) => {
      requireOwn(context.principal);
      await tokens.revoke(context, id);
      notices.recordOf(context, { kind: 'token.revoked', details: { tokenId: id } });
    },
    logout: async (context) => {
      await sessions.logout(context);
      notices.recordOf(context, { kind: 'auth.logout' });
    },
    revokeSession: async (context, id) => {
      await sessions.revoke(context, id);
      notices.recordOf(context, { kind: 'session.revoked', details: { sessionId: id } });
    },
    updateUser: async (context, id, change) => {
      if (change.password !== undefined || change.admin !== undefined) await signIn.requireProof(context);
      return users.update(context, id, change);
    },
    deleteUser: async (context, id, options) => {
      await signIn.requireProof(context);
      await removal.delete(context, id, options?.handTo ?? null);
    },
  };
}
