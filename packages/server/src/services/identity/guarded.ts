/** What stands in front of the dangerous calls, whichever door they come by: the owner's own session, and a recent proof. */
import { AppError } from '../../kernel/errors.ts';
import type { IdentityService } from './api.ts';
import type { Authenticator } from './authenticator.ts';
import { requireOwn } from './authority.ts';
import type { Directory } from './directory.ts';
import type { SignInService } from './factors/api.ts';
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
}

type Doors = Pick<
  IdentityService,
  'authenticate' | 'updateProfile' | 'createToken' | 'revokeToken' | 'updateUser' | 'deleteUser'
>;

export function guarded({
  signIn,
  users,
  removal,
  tokens,
  ownAccount,
  authenticator,
  directory,
}: Guarded): Doors {
  /** Whoever reads the mail can reset the password. */
  const keepsEmail = async (userId: string, email: string | null): Promise<boolean> =>
    (await directory.user(userId)).email === email;
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
      if (change.email !== undefined && userId !== null && !(await keepsEmail(userId, change.email))) {
        requireOwn(context.principal);
        await signIn.requireProof(context);
      }
      return ownAccount.updateProfile(context, change);
    },
    createToken: async (context, input) => {
      requireOwn(context.principal);
      if (input.scopes?.includes('admin')) await signIn.requireProof(context);
      return tokens.create(context, input);
    },
    revokeToken: async (context, id) => {
      requireOwn(context.principal);
      await tokens.revoke(context, id);
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
