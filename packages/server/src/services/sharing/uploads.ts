/** What visitors bring: where it goes, the receipt, who hears of it. */
import type { Receipt } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { ClientInfo } from '../identity/api.ts';
import type { TreeNode } from '../tree/api.ts';
import type { SharingService, Visit } from './api.ts';
import type { Counting } from './counting.ts';
import type { SharingDeps } from './deps.ts';
import { linkById, linkToChange } from './queries.ts';
import { unknownLink } from './rules.ts';
import type { LinkEventRow } from './tables.ts';
import * as queries from './visit-queries.ts';
import type { Visits } from './visits.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Uploads of a visit mostly come together: their owner hears of them once. */
const quietMs = 2 * minuteMs;

type Place = Awaited<ReturnType<SharingService['placeOf']>>;

export class VisitorUploads {
  readonly #deps: SharingDeps;
  readonly #visits: Visits;
  readonly #counting: Counting;

  constructor(deps: SharingDeps, visits: Visits, counting: Counting) {
    this.#deps = deps;
    this.#visits = visits;
    this.#counting = counting;
  }

  async placeOf(
    { principal }: Context,
    wish: { readonly parentId: string; readonly folders: readonly string[]; readonly size: number | null },
  ): Promise<Place> {
    const visit = await this.#visits.visitOf(principal);
    const { link } = visit;
    if (!link.permissions.includes('upload'))
      throw new AppError('forbidden', 'nothing can be uploaded by this link');
    checkSize(link.maxFileSize, wish.size);
    if (!link.drop) return { parentId: wish.parentId, folders: wish.folders };
    const [root] = link.rootIds;
    if (root === undefined) throw new AppError('not_found', 'there is no such link');
    return { parentId: root, folders: link.subfolders ? [folderOf(visit)] : [] };
  }

  async uploaded({ principal }: Context, visitor: string, node: TreeNode, name: string): Promise<void> {
    const { sql, clock } = this.#deps;
    const linkId = principal.confined?.linkId ?? '';
    await sql.transaction(async (tx) => {
      await tx.run(queries.insertReceipt, {
        id: newId(),
        link_id: linkId,
        visitor,
        node_id: node.id,
        name,
        size: node.size,
        sha256: node.sha256,
        at: clock.now(),
        unhashed_version: node.sha256 === null ? node.versionId : null,
      });
      await this.#counting.upload(tx, principal, visitor, node.id);
    });
  }

  async receipt(token: string, cookie: string | null, client: ClientInfo): Promise<Receipt> {
    const { row, visitor } = await this.#visits.uploader(token, cookie, client);
    return this.#receiptOf(row, visitor);
  }

  async #receiptOf(link: { readonly id: string; readonly label: string }, visitor: string): Promise<Receipt> {
    const rows = await this.#deps.sql.reader.all(queries.receiptsOf, { linkId: link.id, visitor });
    return {
      title: link.label,
      items: rows.map(({ name, size, sha256, at, unhashed_version: unhashed }) => ({
        name,
        size,
        sha256,
        pending: unhashed !== null,
        at,
      })),
    };
  }

  /**
   * Once an hour to each visitor, and so many of a link on a day: who leaves the cookie behind is a new visitor with another address, and nobody
   * fills others' mailboxes by this. Counted under the link's row, so of any number at once no more are sent.
   */
  async sendReceipt(principal: Principal, visitor: string): Promise<Receipt> {
    const { sql, mail, clock, settings } = this.#deps;
    const { link, email } = await this.#visits.visitOf(principal);
    const receipt = await this.#receiptOf(link, visitor);
    if (email === '') throw new AppError('invalid_input', 'no mail address was given');
    if (receipt.items.length === 0) throw new AppError('conflict', 'nothing was uploaded yet');
    const event = { link_id: link.id, visitor, kind: 'notice', node_id: '', version_id: 'receipt' } as const;
    const now = clock.now();
    await sql.transaction(async (tx) => {
      if ((await tx.get(linkToChange, { id: link.id })) === undefined) throw unknownLink();
      const sent = await tx.get(queries.countReceiptMails, { linkId: link.id, since: now - dayMs });
      if (
        Number(sent?.mails ?? 0) >= settings.get('links.receiptsPerDay') ||
        (await tx.get(queries.recentEvent, { ...event, since: now - hourMs })) !== undefined
      )
        throw new AppError('too_many_requests', 'enough receipts were sent for now', {
          details: { reason: 'receipts', retryAfter: hourMs / 1000 },
        });
      await tx.run(queries.insertEvent, { id: newId(), ...event, at: now });
      const data = { title: link.label, files: receipt.items.length, at: now };
      await mail.enqueue(tx, { to: email, template: 'receipt', locale: null, data });
    });
    return receipt;
  }

  /** A duty: tells owners what came since they were told last. @returns how many */
  async notify(): Promise<number> {
    const { sql, clock } = this.#deps;
    const now = clock.now();
    const due = await sql.reader.all(queries.uploadsToTell, { since: now - dayMs });
    let told = 0;
    for (const { link_id: id, files, last } of due)
      if (last <= now - quietMs && (await this.#tell(id, Number(files), now))) told++;
    return told;
  }

  async #tell(linkId: string, files: number, now: number): Promise<boolean> {
    const { sql, mail, publicUrl } = this.#deps;
    const row = await sql.reader.get(linkById, { id: linkId });
    const to = row === undefined || row.notify === 0 ? null : await this.#mailOf(row.owner_id);
    const link = `${publicUrl ?? ''}/links`;
    const event: LinkEventRow = {
      id: newId(),
      link_id: linkId,
      visitor: '',
      kind: 'notice',
      node_id: '',
      version_id: 'owner',
      at: now,
    };
    await sql.transaction(async (tx) => {
      await tx.run(queries.insertEvent, { ...event });
      if (to === null || publicUrl === null) return;
      const data = { link, label: row?.label ?? '', files };
      const wish = { userId: row?.owner_id ?? '', kind: 'uploads' } as const;
      await mail.enqueue(tx, { to, template: 'link-upload', locale: null, data }, wish);
    });
    return to !== null && publicUrl !== null;
  }

  async #mailOf(userId: string): Promise<string | null> {
    try {
      return (await this.#deps.identity.user(userId)).email;
    } catch (error) {
      if (isAppError(error, 'not_found')) return null;
      throw error;
    }
  }
}

function checkSize(limit: number | null, size: number | null): void {
  if (limit === null) return;
  if (size === null)
    throw new AppError('invalid_input', 'the length has to be told before, as this link limits it');
  if (size > limit)
    throw new AppError('too_large', `files of this link have at most ${limit} bytes`, { details: { limit } });
}

/** A name for a folder of what one uploader brings. */
function folderOf({ name, email, visitId }: Visit): string {
  const told = (name || email)
    .normalize('NFC')
    .replace(/[/\\\p{Cc}]+/gu, '_')
    .trim();
  const plain = /^\.{0,2}$/.test(told) ? `upload-${(visitId ?? newId()).slice(0, 13)}` : told;
  return [...plain].slice(0, 60).join('');
}
