/** From an address to a visitor: what a link needs first, the ticket that says it was given, the principal that comes of it. */
import { createHmac } from 'node:crypto';
import type { Confinement, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import type { ClientInfo, LinkCredentials, VerifiedElsewhere, Verifier } from '../identity/api.ts';
import type { Need, Visit, VisitInput } from './api.ts';
import type { SharingDeps } from './deps.ts';
import { disclaimerMark, keyHash, needsOf } from './needs.ts';
import { openLink, rootIdsOf } from './present.ts';
import * as queries from './queries.ts';
import { closedError, endOf, rootMask, scopesOf, stateOf, unknownLink } from './rules.ts';
import type { LinkRow } from './tables.ts';
import { seal, unseal, visitMs, type VisitTicket } from './visit-cookie.ts';

/** What no database has to compare: MySQL and MariaDB pass over spaces at the end, and refuse what is not ASCII. */
const address = /^[\w-]{1,64}$/;

/** A link as it was at its principal's epoch. */
interface Held {
  readonly row: LinkRow;
  readonly rootIds: readonly string[];
  readonly ticket: VisitTicket | null;
  readonly needs: readonly Need[];
}

export class Visits implements Verifier<LinkCredentials> {
  readonly #deps: SharingDeps;
  readonly #key: string;
  /**
   * Identity keeps principals as long as the epoch stands, and gateways copy them; their confinement stays the same object. What is not in
   * here was not made here.
   */
  readonly #held = new WeakMap<Confinement, Held>();

  constructor(deps: SharingDeps, key: string) {
    this.#deps = deps;
    this.#key = key;
  }

  async verify(
    { token, secret, by }: LinkCredentials,
    client: ClientInfo,
    epoch: number,
  ): Promise<VerifiedElsewhere | null> {
    const held =
      by === 'cookie'
        ? await this.#find(token, secret === '' ? null : secret)
        : await this.#byPassword(token, secret, client);
    if (held.needs.length > 0) return null;
    return this.#admit(this.#deps.sql.reader, held, epoch);
  }

  async reload(reader: SqlReader, principal: Principal, epoch: number): Promise<VerifiedElsewhere | null> {
    const known = this.#heldFor(principal);
    const row = await reader.get(queries.linkById, { id: principal.confined?.linkId ?? '' });
    if (known === undefined || row === undefined || this.#closed(row) !== null) return null;
    // Who came by an address that it no longer has, or whose visit is over, has to come in anew.
    if (row.token !== known.row.token || this.#isOver(known.ticket)) return null;
    const held = await this.#hold(reader, row, known.ticket);
    return held.needs.length > 0 ? null : this.#admit(reader, held, epoch);
  }

  async open(token: string, cookie: string | null): Promise<Visit> {
    return this.#visit(await this.#find(token, cookie));
  }

  async visit(token: string, cookie: string | null, input: VisitInput, client: ClientInfo): Promise<string> {
    const { row, ticket } = await this.#find(token, cookie);
    const { clock } = this.#deps;
    const fresh: VisitTicket = ticket ?? {
      linkId: row.id,
      visitId: newId(),
      password: null,
      recipient: null,
      accepted: null,
      name: '',
      email: '',
      issuedAt: clock.now(),
    };
    const given = {
      ...(input.password === undefined
        ? {}
        : { password: await this.#password(row, input.password, client) }),
      ...(input.recipientKey === undefined ? {} : await this.#recipient(row, input.recipientKey)),
      ...(input.accept === true ? { accepted: disclaimerMark(row) } : {}),
      ...(input.name === undefined ? {} : { name: input.name.trim() }),
      ...(input.email === undefined ? {} : { email: input.email }),
    };
    return seal(this.#key, { ...fresh, ...given });
  }

  async visitOf(principal: Principal): Promise<Visit> {
    const held = this.#heldFor(principal);
    if (held === undefined) throw unknownLink();
    const closed = this.#closed(held.row);
    if (closed !== null) throw closed;
    return this.#visit(held);
  }

  /** For many links, reading each owner once: whoever came by one, all that it asks for given; null: its owner is gone or shut out. */
  async anyVisitors(): Promise<(row: LinkRow, rootIds: readonly string[]) => Promise<Principal | null>> {
    const { sql, access, identity } = this.#deps;
    const epoch = await access.epoch();
    const owners = new Map<string, Promise<Principal | null>>();
    return async (row, rootIds) => {
      const known = owners.get(row.owner_id);
      const asked = known ?? identity.principalAs(sql.reader, row.owner_id, { via: 'link', epoch });
      owners.set(row.owner_id, asked);
      const owner = await asked;
      return owner && visitorOf(row, rootIds, owner, { visitId: null, epoch });
    };
  }

  visitorKey(principal: Principal, { address, userAgent }: ClientInfo): string {
    const { linkId = '', visitId = null } = principal.confined ?? {};
    return (
      visitId ??
      createHmac('sha256', this.#key)
        .update(`visitor:${linkId}\0${address}\0${userAgent}`)
        .digest('base64url')
    );
  }

  /**
   * Whose receipt is asked for. By the cookie of a visit it can be read after the link's end too: as proof that something came in time. What its
   * owner has switched off or revoked, or asks other things for by now, is as if it had never been.
   * @throws not_found, gone, unauthenticated
   */
  async uploader(
    token: string,
    cookie: string | null,
    client: ClientInfo,
  ): Promise<{ readonly row: LinkRow; readonly visitor: string }> {
    const { sql, access, settings, clock } = this.#deps;
    const row = await this.#row(token);
    const ticket = this.#ticket(row, cookie);
    const closed = this.#closed(row);
    if (closed !== null && (ticket === null || stateOf(row, settings, clock.now()) !== 'expired'))
      throw closed;
    const held = await this.#hold(sql.reader, row, ticket);
    const { needs } = held;
    if (needs.length > 0)
      throw (
        closed ?? new AppError('unauthenticated', 'the link asks for something first', { details: { needs } })
      );
    const { principal } = await this.#admit(sql.reader, held, await access.epoch());
    return { row, visitor: this.visitorKey(principal, client) };
  }

  #heldFor({ confined }: Principal): Held | undefined {
    return confined === undefined ? undefined : this.#held.get(confined);
  }

  #visit({ row, rootIds, ticket, needs }: Held): Visit {
    return {
      link: openLink(row, rootIds, this.#deps.settings),
      needs,
      visitId: ticket?.visitId ?? null,
      name: ticket?.name ?? '',
      email: ticket?.email ?? '',
    };
  }

  #isOver(ticket: VisitTicket | null): boolean {
    return ticket !== null && ticket.issuedAt + visitMs <= this.#deps.clock.now();
  }

  /** What was downloaded is counted elsewhere: who resumes a counted download may go on. */
  #closed(row: LinkRow): AppError | null {
    const { settings, clock } = this.#deps;
    const state = stateOf(row, settings, clock.now());
    return state === 'exhausted' ? null : closedError(state);
  }

  /** @throws not_found, gone */
  async #find(token: string, cookie: string | null): Promise<Held> {
    const row = await this.#row(token);
    const closed = this.#closed(row);
    if (closed !== null) throw closed;
    return this.#hold(this.#deps.sql.reader, row, this.#ticket(row, cookie));
  }

  async #row(token: string): Promise<LinkRow> {
    if (!address.test(token)) throw unknownLink();
    const row = await this.#deps.sql.reader.get(queries.linkByToken, { token });
    if (row === undefined) throw unknownLink();
    return row;
  }

  #ticket(row: LinkRow, cookie: string | null): VisitTicket | null {
    return cookie === null ? null : unseal(this.#key, cookie, row.id, this.#deps.clock.now());
  }

  async #byPassword(token: string, password: string, client: ClientInfo): Promise<Held> {
    const held = await this.#find(token, null);
    if (!held.needs.includes('password')) return held;
    const revision = await this.#password(held.row, password, client);
    return this.#hold(this.#deps.sql.reader, held.row, {
      linkId: held.row.id,
      visitId: newId(),
      password: revision,
      recipient: null,
      accepted: null,
      name: '',
      email: '',
      issuedAt: this.#deps.clock.now(),
    });
  }

  async #hold(reader: SqlReader, row: LinkRow, ticket: VisitTicket | null): Promise<Held> {
    const recipients =
      ticket?.recipient == null ? [] : await reader.all(queries.recipientsOfLinks, { ids: [row.id] });
    const recipient = recipients.find(({ id }) => id === ticket?.recipient) ?? null;
    const mailed = recipient === null || ticket === null ? ticket : { ...ticket, email: recipient.email };
    return {
      row,
      rootIds: await rootIdsOf(reader, row.id),
      ticket: mailed,
      needs: needsOf(row, mailed, recipient),
    };
  }

  /** @throws not_found where the owner is gone or shut out */
  async #admit(reader: SqlReader, held: Held, epoch: number): Promise<VerifiedElsewhere> {
    const { row, rootIds, ticket } = held;
    const { identity, settings } = this.#deps;
    const owner = await identity.principalAs(reader, row.owner_id, { via: 'link', epoch });
    if (owner === null) throw unknownLink();
    const principal = visitorOf(row, rootIds, owner, { visitId: ticket?.visitId ?? null, epoch });
    this.#held.set(principal.confined, held);
    const ends = [endOf(row, settings), ticket === null ? null : ticket.issuedAt + visitMs];
    return { principal, expiresAt: Math.min(...ends.map((end) => end ?? Infinity)) };
  }

  /** @returns the revision that was right. @throws unauthenticated, too_many_requests */
  async #password(row: LinkRow, password: string, client: ClientInfo): Promise<number> {
    const right = await this.#deps.identity.checkPassword(
      `link:${row.id}`,
      row.password_hash,
      password,
      client,
    );
    if (right) return row.password_revision;
    const details = { linkId: row.id, reason: 'password' };
    await this.#deps.audit.keep(client, { kind: 'link.denied', details });
    throw new AppError('unauthenticated', 'the password is wrong', { details: { reason: 'password' } });
  }

  /** 128 random bits: nothing to guess, so nothing is counted. */
  async #recipient(row: LinkRow, key: string): Promise<{ recipient: string; email: string }> {
    const recipients = await this.#deps.sql.reader.all(queries.recipientsOfLinks, { ids: [row.id] });
    const hash = keyHash(key);
    const found = recipients.find((recipient) => recipient.key_hash === hash);
    if (found === undefined)
      throw new AppError('unauthenticated', 'this key is not valid', { details: { reason: 'recipient' } });
    return { recipient: found.id, email: found.email };
  }
}

/** The owner, seen through a keyhole. */
function visitorOf(
  row: LinkRow,
  rootIds: readonly string[],
  owner: Principal,
  { visitId, epoch }: Pick<Confinement, 'visitId'> & Pick<Principal, 'epoch'>,
): Principal & { readonly confined: Confinement } {
  const mask = rootMask(row);
  return {
    ...owner,
    userId: row.id,
    login: `link:${row.id}`,
    admin: false,
    scopes: scopesOf(row),
    via: 'link',
    sessionId: null,
    tokenId: null,
    epoch,
    confined: {
      linkId: row.id,
      ownerId: row.owner_id,
      roots: new Map(rootIds.map((id) => [id, mask])),
      visitId,
    },
  };
}
