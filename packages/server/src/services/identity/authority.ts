/** Who may call what: admins on everybody, people on what is theirs. */
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';

export type Person = Principal & { readonly userId: string };

/** For reading; a change asks `adminInside` as well. */
export function requireAdmin(principal: Principal): void {
  if (!principal.admin || !principal.scopes.includes('admin')) {
    throw new AppError('forbidden', 'only admins may do this');
  }
}

export function requirePerson(principal: Principal): Person {
  const { userId } = principal;
  if (userId === null || !principal.scopes.includes('account')) {
    throw new AppError('forbidden', 'these credentials do not cover the account');
  }
  return { ...principal, userId };
}

/**
 * First step of a change: raises the epoch, whose row lock makes such changes run one after another over all nodes, and with it
 * reads the principal anew.
 */
export async function adminInside(
  access: AccessService,
  tx: SqlTransaction,
  context: Context,
): Promise<void> {
  await access.bumpEpoch(tx);
  requireAdmin(await access.current(tx, context));
}

export async function personInside(
  access: AccessService,
  tx: SqlTransaction,
  context: Context,
): Promise<Person> {
  await access.bumpEpoch(tx);
  return requirePerson(await access.current(tx, context));
}
