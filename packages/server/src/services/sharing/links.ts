/** Links as their owners and administrators handle them. */
import type { Link, LinkStatistics } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { fold } from '../../kernel/fold.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { READ, SHARE, WRITE } from '../access/api.ts';
import type { Located } from '../tree/api.ts';
import { keepAddress, takeAddress } from './addresses.ts';
import type { LinkChange, LinkQuery, NewLink } from './api.ts';
import type { SharingDeps } from './deps.ts';
import { linkEntry, type LinkState } from './facts.ts';
import {
  changed,
  checkLinkPassword,
  checkPolicies,
  checkRoots,
  checkRow,
  newRow,
  newToken,
} from './input.ts';
import { presentLinks } from './present.ts';
import * as queries from './queries.ts';
import { stateOf, UPLOAD } from './rules.ts';
import { statisticsOf } from './statistics.ts';
import type { LinkRow } from './tables.ts';

export const afterAll = 'g'; // ids are hex: above every one of them
const batch = 250;
/** Links that are not wanted are looked at like those that are: so many for one page, which then has less items. */
const most = { byState: 500, byText: 5_000 };

export class Links {
  readonly #deps: SharingDeps;

  constructor(deps: SharingDeps) {
    this.#deps = deps;
  }

  async create(context: Context, input: NewLink): Promise<Link> {
    const { sql, access, settings, identity, clock, journal } = this.#deps;
    const ownerId = personOf(context);
    refuseGuest(context);
    const roots = await this.#locate(context, input.roots);
    if (input.password !== undefined) checkLinkPassword(input.password, settings);
    const passwordHash = input.password === undefined ? null : await identity.hashPassword(input.password);
    const row = newRow(input, { ownerId, now: clock.now(), passwordHash }, settings);
    const named = row.label === '' ? { ...row, label: labelOf(roots) } : row;
    const recipients = emails(input.recipients ?? []);
    checkRow(named, recipients.length);
    checkRoots(named, roots);
    checkPolicies(named, settings, input.expiresAt);
    const need = READ | SHARE | (row.permissions & UPLOAD ? WRITE : 0);
    await this.#orTaken(input.slug, () =>
      sql.transaction(async (tx) => {
        for (const { chain } of roots) await access.require(tx, context, chain, need);
        await access.bumpEpoch(tx); // who asked for this address before was refused: that is over
        await takeAddress(tx, named, named.created_at);
        await tx.run(queries.insertLink, { ...named });
        const rootRows = roots.map(({ node }, position) => ({ link_id: row.id, node_id: node.id, position }));
        await tx.runMany(queries.insertRoot, rootRows);
        await this.#setRecipients(tx, row.id, recipients);
        await journal.append(tx, linkEntry(ownerId, null, await this.#stateOf(tx, named, recipients)));
      }),
    );
    return this.#present(context, named);
  }

  async list(
    context: Context,
    query: LinkQuery,
    all: boolean,
  ): Promise<{ readonly items: readonly Link[]; readonly next: string | null }> {
    const { sql, settings, clock } = this.#deps;
    const rows: LinkRow[] = [];
    let before = query.cursor ?? afterAll;
    const filter = {
      ownerId: all ? (query.ownerId ?? '') : personOf(context),
      nodeId: query.nodeId ?? '',
      kind: query.kind ?? '',
    };
    const select = filter.ownerId === '' ? queries.selectLinks : queries.selectLinksOf;
    const q = query.q === undefined ? '' : fold(query.q.trim());
    const limit = q === '' ? most.byState : most.byText;
    let more = true;
    for (let looked = 0; more && looked < limit && rows.length <= query.limit; looked += batch) {
      const found = await sql.reader.all(select, { ...filter, before, limit: batch });
      const inState = found.filter(
        (row) => query.state === undefined || stateOf(row, settings, clock.now()) === query.state,
      );
      rows.push(...(q === '' ? inState : await this.#withText(inState, q, all)));
      before = found.at(-1)?.id ?? before;
      more = found.length === batch;
    }
    const page = rows.slice(0, query.limit);
    const rest = more ? before : null;
    const next = rows.length > query.limit ? (page.at(-1)?.id ?? null) : rest;
    return { items: await presentLinks(this.#deps, context, page), next };
  }

  /** @param q folded */
  async #withText(rows: readonly LinkRow[], q: string, owners: boolean): Promise<readonly LinkRow[]> {
    const ids = owners ? [...new Set(rows.map((row) => row.owner_id))] : [];
    const names = await this.#deps.identity.names(ids);
    return rows.filter(
      ({ label, token, owner_id: ownerId }) =>
        [label, token, names.get(ownerId) ?? ''].some((text) => fold(text).includes(q)) ||
        q.endsWith(`/s/${fold(token)}`),
    );
  }

  async get(context: Context, id: string): Promise<Link> {
    const row = await this.#deps.sql.reader.get(queries.linkById, { id });
    return this.#present(context, ownOrAdmin(context, row));
  }

  async update(context: Context, id: string, change: LinkChange): Promise<Link> {
    const { sql, access, settings, identity, clock, journal } = this.#deps;
    refuseGuest(context);
    const { password, slug, recipients, ...rest } = change;
    if (typeof password === 'string') checkLinkPassword(password, settings);
    const hash = typeof password === 'string' ? await identity.hashPassword(password) : null;
    const rootIds = await sql.reader.all(queries.rootsOfLinks, { ids: [id] });
    const row = await this.#orTaken(slug, () =>
      sql.transaction(async (tx) => {
        const inside = { ...context, principal: await access.current(tx, context) };
        await access.bumpEpoch(tx); // before the row, as everybody who takes both
        const old = ownOrAdmin(inside, await tx.get(queries.linkToChange, { id }));
        let next = changed(old, rest, clock.now());
        if (password !== undefined)
          next = { ...next, password_hash: hash, password_revision: old.password_revision + 1 };
        if (slug !== undefined)
          next = {
            ...next,
            token: slug ?? (old.custom === 1 ? newToken() : old.token),
            custom: slug === null ? 0 : 1,
          };
        if (next.token !== old.token) {
          await takeAddress(tx, next, clock.now());
          await keepAddress(tx, old, clock.now());
        }
        const before = await tx.all(queries.recipientsOfLinks, { ids: [id] });
        checkRow(next, recipients === undefined ? before.length : recipients.length);
        // Who only takes away may do so whatever the policies are by now.
        if (rest.disabled !== true) checkPolicies(next, settings, rest.expiresAt);
        if (next.permissions & ~old.permissions) await this.#mayGive(tx, inside, next, rootIds);
        const {
          kind: _kind,
          owner_id: _owner,
          downloads: _downloads,
          visits: _visits,
          created_at: _at,
          ...set
        } = next;
        await tx.run(queries.updateLink, set);
        const wanted = recipients === undefined ? undefined : emails(recipients);
        if (wanted !== undefined) await this.#setRecipients(tx, id, wanted);
        const known = before.map((recipient) => recipient.email);
        const was = await this.#stateOf(tx, old, known);
        const is = { ...was, row: next, recipients: wanted ?? known };
        await journal.append(tx, linkEntry(context.principal.userId, was, is));
        return next;
      }),
    );
    return this.#present(context, row);
  }

  async revoke(context: Context, ids: readonly string[]): Promise<number> {
    const { sql, access } = this.#deps;
    return sql.transaction(async (tx) => {
      const inside = { ...context, principal: await access.current(tx, context) };
      let revoked = 0;
      await access.bumpEpoch(tx);
      for (const id of [...new Set(ids)].sort()) {
        const row = await tx.get(queries.linkToChange, { id });
        if (row === undefined || !mayHandle(inside, row)) continue;
        await this.remove(tx, row, context.principal.userId);
        revoked++;
      }
      return revoked;
    });
  }

  /** With everything that hangs on it. The epoch is the caller's. */
  async remove(tx: SqlTransaction, row: LinkRow, actorId: string | null): Promise<void> {
    const recipients = (await tx.all(queries.recipientsOfLinks, { ids: [row.id] })).map(({ email }) => email);
    for (const query of queries.deleteOfLink) await tx.run(query, { id: row.id });
    await tx.run(queries.deleteLink, { id: row.id });
    await keepAddress(tx, row, this.#deps.clock.now());
    await this.#deps.journal.append(tx, linkEntry(actorId, await this.#stateOf(tx, row, recipients), null));
  }

  async #stateOf(tx: SqlTransaction, row: LinkRow, recipients: readonly string[]): Promise<LinkState> {
    const names = await this.#deps.identity.names([row.owner_id], tx);
    return { row, recipients, ownerName: names.get(row.owner_id) ?? '' };
  }

  async statistics(context: Context, id: string): Promise<LinkStatistics> {
    ownOrAdmin(context, await this.#deps.sql.reader.get(queries.linkById, { id }));
    return statisticsOf(this.#deps, context, id);
  }

  async #locate(context: Context, ids: readonly string[]): Promise<readonly Located[]> {
    const found = await this.#deps.tree.locateMany(context, ids);
    const live = found.filter((located) => located.trashed === null);
    if (live.length < ids.length) throw new AppError('not_found', 'there is no such file or folder');
    return live;
  }

  /** Who gives more than before must still be able to. */
  async #mayGive(
    tx: SqlTransaction,
    context: Context,
    next: LinkRow,
    rootIds: readonly { readonly node_id: string }[],
  ): Promise<void> {
    const roots = await this.#locate(
      context,
      rootIds.map((root) => root.node_id),
    );
    checkRoots(next, roots);
    const need = READ | SHARE | (next.permissions & UPLOAD ? WRITE : 0);
    for (const { chain } of roots) await this.#deps.access.require(tx, context, chain, need);
  }

  async #setRecipients(tx: SqlTransaction, linkId: string, wanted: readonly string[]): Promise<void> {
    const there = await tx.all(queries.recipientsOfLinks, { ids: [linkId] });
    for (const { id, email } of there)
      if (!wanted.includes(email)) await tx.run(queries.deleteRecipient, { id });
    const known = new Set(there.map((row) => row.email));
    const added = wanted.filter((email) => !known.has(email));
    for (const email of added)
      await tx.run(queries.insertRecipient, {
        id: newId(),
        link_id: linkId,
        email,
        key_hash: '',
        sent_at: null,
      });
  }

  async #orTaken<T>(slug: string | null | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isAppError(error, 'conflict') || slug === undefined || slug === null) throw error;
      throw new AppError('conflict', 'this address is taken', { details: { reason: 'slug' }, cause: error });
    }
  }

  async #present(context: Context, row: LinkRow): Promise<Link> {
    const [link] = await presentLinks(this.#deps, context, [row]);
    if (link === undefined) throw new AppError('internal', 'a link was not presented');
    return link;
  }
}

/** Links have an owner whose rights they use: visitors and the system make none. */
function personOf({ principal }: Context): string {
  if (principal.userId === null || principal.confined !== undefined)
    throw new AppError('forbidden', 'links are made by people');
  return principal.userId;
}

/** As with shares: who was let in gives nothing on. What is there they may still revoke. */
function refuseGuest({ principal }: Context): void {
  if (principal.guest === true) throw new AppError('forbidden', 'guests can not share');
}

export function mayHandle({ principal }: Context, row: LinkRow): boolean {
  if (principal.confined !== undefined) return false;
  return principal.userId === row.owner_id || (principal.admin && principal.scopes.includes('admin'));
}

export function ownOrAdmin(context: Context, row: LinkRow | undefined): LinkRow {
  if (row === undefined || !mayHandle(context, row)) throw new AppError('not_found', 'there is no such link');
  return row;
}

function labelOf(roots: readonly Located[]): string {
  const [first] = roots;
  return first?.names.at(-1) ?? first?.workspace.name ?? '';
}

function emails(list: readonly string[]): readonly string[] {
  return [...new Set(list.map((email) => email.trim().toLowerCase()))];
}
