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

/** A person, or the system, which may do what anybody may. */
export function requireSomebody(principal: Principal): Principal {
  return principal.via === 'system' ? principal : requirePerson(principal);
}

/** Nobody else may change the ways into an account, not even an admin who acts as its owner. */
export function requireOwn(principal: Principal): Person {
  if (principal.impersonatorId !== undefined)
    throw new AppError('forbidden', 'this is for the owner of the account alone', {
      details: { reason: 'impersonated' },
    });
  return requirePerson(principal);
}

/** A session of a person, also one that may do nothing yet but finish signing in. */
export function requireSession(principal: Principal): Person & { readonly sessionId: string } {
  const { userId, sessionId } = principal;
  if (userId === null || sessionId === null || principal.via !== 'session')
    throw new AppError('forbidden', 'these credentials are not a session');
  return { ...principal, userId, sessionId };
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

export async function somebodyInside(
  access: AccessService,
  tx: SqlTransaction,
  context: Context,
): Promise<Principal> {
  await access.bumpEpoch(tx);
  return requireSomebody(await access.current(tx, context));
}

export async function ownInside(
  access: AccessService,
  tx: SqlTransaction,
  context: Context,
): Promise<Person> {
  await access.bumpEpoch(tx);
  return requireOwn(await access.current(tx, context));
}

/** Of factors and passwords: in a session of the owner, be it limited to that. */
export async function ownSessionInside(
  access: AccessService,
  tx: SqlTransaction,
  context: Context,
): Promise<Person & { readonly sessionId: string }> {
  await access.bumpEpoch(tx);
  return ownSession(await access.current(tx, context));
}

/** @throws forbidden for anything but a session of the owner */
export function ownSession(principal: Principal): Person & { readonly sessionId: string } {
  const session = requireSession(principal);
  if (!session.scopes.includes('signin')) requireOwn(session);
  return session;
}
