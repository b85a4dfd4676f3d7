/** Tells people by mail what was shared with them: single people only, and those who have an address. */
import type { Context } from '../../kernel/context.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { Subject } from '../identity/api.ts';
import type { MailRole, MailWish } from '../mail/api.ts';
import type { CollaborationDeps } from './core.ts';
import type { ShareRow } from './tables.ts';

export async function mailShare(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  sender: string,
  { row, subject, name }: { readonly row: ShareRow; readonly subject: Subject; readonly name: string },
): Promise<void> {
  const until = row.expires_at;
  const message = row.message === '' ? null : row.message;
  await mailTo(deps, tx, sender, subject, {
    kind: 'shares',
    item: name,
    role: row.role,
    path: `/files/${row.node_id}`,
    message,
    until,
  });
}

/** How the asker is called; read before the transaction. */
export async function senderOf(
  { identity }: Pick<CollaborationDeps, 'identity'>,
  { principal }: Context,
): Promise<string> {
  const id = principal.userId ?? '';
  return (await identity.names([id])).get(id) ?? principal.login;
}

export async function mailTo(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  sender: string,
  { id: userId, email, locale }: Subject,
  what: {
    readonly kind: MailWish['kind'];
    readonly item: string;
    readonly role: MailRole;
    readonly path: string;
    readonly message: string | null;
    readonly until: number | null;
  },
): Promise<void> {
  if (email === null || deps.publicUrl === null) return;
  const { kind, path, ...rest } = what;
  const data = { ...rest, sender, link: new URL(path, deps.publicUrl).toString() };
  await deps.mail.enqueue(tx, { to: email, template: 'share', locale, data }, { userId, kind });
}
