/** Which mails people want of those that they may do without. Kept is what they don't want: everybody begins with all. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { MailKind, MailWish, MailWishes } from './api.ts';
import type { MailTables } from './tables.ts';

const kinds = ['shares', 'cells', 'uploads'] as const satisfies readonly MailKind[];
const define = queriesOf<MailTables>();

const refusals = define<{ userId: string }, { kind: MailKind }>((db, p) =>
  db.selectFrom('mail_refusals').select('kind').where('user_id', '=', p.userId),
);
const refuse = define<{ userId: string; kind: MailKind }>((db, p, dialect) => {
  const insert = db.insertInto('mail_refusals').values({ user_id: p.userId, kind: p.kind });
  return dialect === 'mysql'
    ? insert.onDuplicateKeyUpdate({ kind: p.kind })
    : insert.onConflict((clash) => clash.columns(['user_id', 'kind']).doNothing());
});
const accept = define<{ userId: string; kind: MailKind }>((db, p) =>
  db.deleteFrom('mail_refusals').where('user_id', '=', p.userId).where('kind', '=', p.kind),
);
const forget = define<{ userId: string }>((db, p) =>
  db.deleteFrom('mail_refusals').where('user_id', '=', p.userId),
);

export async function isWanted(reader: SqlReader, { userId, kind }: MailWish): Promise<boolean> {
  return !(await reader.all(refusals, { userId })).some((row) => row.kind === kind);
}

export async function wishesOf(reader: SqlReader, context: Context): Promise<MailWishes> {
  const rows = await reader.all(refusals, { userId: personOf(context) });
  const wanted = (kind: MailKind): boolean => !rows.some((row) => row.kind === kind);
  return { shares: wanted('shares'), cells: wanted('cells'), uploads: wanted('uploads') };
}

/** What is not named stays as it is. */
export async function setWishes(
  sql: SqlStore,
  context: Context,
  change: Partial<MailWishes>,
): Promise<MailWishes> {
  const userId = personOf(context);
  return sql.transaction(async (tx) => {
    for (const kind of kinds)
      if (change[kind] !== undefined) await tx.run(change[kind] ? accept : refuse, { userId, kind });
    return wishesOf(tx, context);
  });
}

export async function forgetWishes(tx: SqlTransaction, userId: string): Promise<void> {
  await tx.run(forget, { userId });
}

function personOf({ principal }: Context): string {
  if (principal.userId === null) throw new AppError('forbidden', 'these credentials are of nobody');
  return principal.userId;
}
