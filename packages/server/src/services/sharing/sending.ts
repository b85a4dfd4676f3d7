/** Mails links to their recipients, each with a key of its own that is kept as a hash only. */
import { AppError } from '../../kernel/errors.ts';
import type { Context } from '../../kernel/context.ts';
import type { SharingDeps } from './deps.ts';
import { newToken } from './input.ts';
import { ownOrAdmin } from './links.ts';
import * as queries from './queries.ts';
import { closedError, endOf, isDrop, stateOf } from './rules.ts';
import { keyHash } from './needs.ts';

/** A key that was sent before no longer counts after it was sent again. */
export async function sendLink(
  deps: SharingDeps,
  context: Context,
  id: string,
  options: { readonly message?: string; readonly again?: boolean },
): Promise<void> {
  const { sql, access, mail, identity, settings, clock, publicUrl } = deps;
  const before = ownOrAdmin(context, await sql.reader.get(queries.linkById, { id }));
  if (publicUrl === null)
    throw new AppError('unsupported', 'mails need the address of this server: set VOLVOX_URL', {
      details: { reason: 'public_url' },
    });
  const sender = (await identity.names([before.owner_id])).get(before.owner_id) ?? '';
  await sql.transaction(async (tx) => {
    const inside = { ...context, principal: await access.current(tx, context) };
    await access.bumpEpoch(tx); // before the row, as everybody who takes both
    const row = ownOrAdmin(inside, await tx.get(queries.linkToChange, { id }));
    const state = stateOf(row, settings, clock.now());
    const closed = state === 'scheduled' ? null : closedError(state);
    if (closed !== null) throw closed;
    const all = await tx.all(queries.recipientsOfLinks, { ids: [id] });
    const due = all.filter((recipient) => options.again === true || recipient.sent_at === null);
    for (const recipient of due) {
      const key = newToken();
      await tx.run(queries.keyRecipient, { id: recipient.id, keyHash: keyHash(key), at: clock.now() });
      // Behind the #: no server and no log sees it.
      const link = `${publicUrl.replace(/\/$/, '')}/s/${row.token}#k=${key}`;
      const data = {
        sender,
        item: row.label,
        role: isDrop(row) ? ('uploader' as const) : ('viewer' as const),
        link,
        message: options.message ?? null,
        until: endOf(row, settings),
      };
      await mail.enqueue(tx, { to: recipient.email, template: 'share', locale: null, data });
    }
  });
}
