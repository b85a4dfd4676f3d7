/** What a link needs before it shows anything, and whether a visit has given it. No store. */
import { createHmac } from 'node:crypto';
import type { Need } from './api.ts';
import type { LinkRecipientRow, LinkRow } from './tables.ts';
import type { VisitTicket } from './visit-cookie.ts';

export function keyHash(key: string): string {
  return createHmac('sha256', 'volvox link recipient').update(key).digest('hex');
}

export function needsOf(
  row: LinkRow,
  ticket: VisitTicket | null,
  recipient: LinkRecipientRow | null,
): Need[] {
  const needs: Need[] = [];
  if (row.restricted === 1 && recipient === null) needs.push('recipient');
  if (row.password_hash !== null && ticket?.password !== row.password_revision) needs.push('password');
  if (row.disclaimer !== '' && ticket?.accepted !== disclaimerMark(row)) needs.push('disclaimer');
  if (row.ask_name === 'required' && !ticket?.name) needs.push('name');
  if (row.ask_email === 'required' && !ticket?.email) needs.push('email');
  return needs;
}

/** Another text has to be accepted anew. */
export function disclaimerMark({ id, disclaimer }: LinkRow): string {
  return createHmac('sha256', id).update(disclaimer).digest('base64url').slice(0, 22);
}
