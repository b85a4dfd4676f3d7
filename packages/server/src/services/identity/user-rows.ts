/** Rows of users inside a transaction: what a row holds, and who must stay. */
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { UserRow } from './tables.ts';
import * as queries from './user-queries.ts';

/** Without what is kept in other tables. */
export function stored(user: queries.StoredUser): queries.StoredUser {
  const { id, login, displayName, email, passwordHash, admin, disabled, groupId, quota, folded } = user;
  const { kind, locale, expiresAt, source, externalId, invitedBy } = user;
  return {
    ...{ id, login, displayName, email, passwordHash, admin, disabled, groupId, quota, folded },
    ...{ kind, locale, expiresAt, source, externalId, invitedBy },
  };
}

export async function setAttributes(
  tx: SqlTransaction,
  userId: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await tx.run(queries.deleteAttributes, { userId });
  const rows = Object.entries(attributes).map(([name, value]) => ({ userId, name, value }));
  await tx.runMany(queries.insertAttribute, rows);
}

export async function existing(tx: SqlTransaction, id: string): Promise<UserRow> {
  const user = await tx.get(queries.userById, { id });
  if (user === undefined) throw new AppError('not_found', 'there is no such user');
  return user;
}

export function isActiveAdmin(user: UserRow): boolean {
  return user.admin === 1 && user.disabled === 0;
}

/** Right under concurrency, as the epoch's row is locked by now. */
export async function keepOneAdmin(tx: SqlTransaction, id: string): Promise<void> {
  const others = await tx.get(queries.otherActiveAdmins, { id });
  if ((others?.count ?? 0) === 0) throw new AppError('conflict', 'the last active admin stays');
}
