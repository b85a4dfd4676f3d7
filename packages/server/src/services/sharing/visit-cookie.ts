/** The cookie of a visit: what the visitor gave, signed. Bound to the link, and to its password and disclaimer as they were. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface VisitTicket {
  readonly linkId: string;
  readonly visitId: string;
  /** `password_revision` of the link when the right password was given; null: it was not given. */
  readonly password: number | null;
  /** Row of the recipient whose key was given. */
  readonly recipient: string | null;
  /** Hash of the disclaimer that was accepted. */
  readonly accepted: string | null;
  readonly name: string;
  readonly email: string;
  readonly issuedAt: number;
}

/** A visit lasts a day, as a browser that stays open may. */
export const visitMs = 24 * 3_600_000;

export function seal(key: string, ticket: VisitTicket): string {
  const body = Buffer.from(JSON.stringify(ticket)).toString('base64url');
  return `${body}.${sign(key, body)}`;
}

/** @returns null for anything that was not sealed by us for this link within the last day */
export function unseal(key: string, text: string, linkId: string, now: number): VisitTicket | null {
  const [body = '', signature = '', ...rest] = text.split('.');
  if (rest.length > 0 || !same(signature, sign(key, body))) return null;
  const ticket = JSON.parse(Buffer.from(body, 'base64url').toString()) as VisitTicket; // signed: our own words
  return ticket.linkId === linkId && now < ticket.issuedAt + visitMs ? ticket : null;
}

function sign(key: string, body: string): string {
  return createHmac('sha256', key).update(`visit:${body}`).digest('base64url');
}

function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
