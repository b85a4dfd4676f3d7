/** What clients may know of a person, by scope. */
import type { Account, FindAccount } from 'oidc-provider';
import type { User } from '@volvox/api';
import { systemContext } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { Services } from '../contract.ts';

export const claimsOfScopes = {
  openid: ['sub'],
  profile: ['preferred_username', 'name', 'locale'],
  email: ['email', 'email_verified'],
  groups: ['groups'],
};

export function accountFinder(identity: Services['identity'], now: () => number): FindAccount {
  return async (_ctx, sub) => {
    const user = await identity.user(sub).catch((error: unknown) => {
      if (isAppError(error, 'not_found')) return null;
      throw error;
    });
    if (user === null || user.disabled || hasEnded(user, now())) return undefined;
    return account(identity, user);
  };
}

/** Guests end by the clock. */
function hasEnded(user: User & { readonly expiresAt?: number | null }, now: number): boolean {
  return user.expiresAt != null && user.expiresAt <= now;
}

function account(identity: Services['identity'], user: User & { readonly locale?: string | null }): Account {
  return {
    accountId: user.id,
    async claims(_use, scope) {
      const scopes = new Set(scope.split(' '));
      return {
        sub: user.id,
        preferred_username: user.login,
        name: user.displayName === '' ? user.login : user.displayName,
        ...(user.locale ? { locale: user.locale } : {}),
        // Nobody has checked that it is theirs.
        ...(user.email === null ? {} : { email: user.email, email_verified: false }),
        ...(scopes.has('groups') ? { groups: await groupsOf(identity, user) } : {}),
      };
    },
  };
}

/** Names of the group and of those above it, the outermost first; the root, which everybody is in, left out. */
async function groupsOf(identity: Services['identity'], user: User): Promise<string[]> {
  const all = new Map((await identity.groups(systemContext())).map((group) => [group.id, group]));
  const names: string[] = [];
  let group = all.get(user.groupId ?? '');
  while (group !== undefined && group.parentId !== null && names.length < 100) {
    names.unshift(group.name);
    group = all.get(group.parentId);
  }
  return names;
}
