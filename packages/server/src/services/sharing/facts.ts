/** What records tell of links: neither the address nor the password, as journals are read by many; that they are others now. */
import { differences, type JournalEntry } from '../journal/api.ts';
import type { LinkRow } from './tables.ts';

export interface LinkState {
  readonly row: LinkRow;
  readonly recipients: readonly string[];
  /** What its owner is called; '' where that can't be told. */
  readonly ownerName: string;
}

/** @param states before and after; null: no link */
export function linkEntry(
  actorId: string | null,
  ...[was, is]: readonly [before: LinkState | null, after: LinkState | null]
): JournalEntry {
  const kind = was === null ? 'link.created' : is === null ? 'link.deleted' : 'link.updated';
  const nowhere = { nodeId: null, parentId: null, workspaceId: null, bytes: 0, files: 0 };
  return { kind, actorId, ...nowhere, ...statesOf(was, is) };
}

function statesOf(was: LinkState | null, is: LinkState | null): Pick<JournalEntry, 'before' | 'after'> {
  if (was === null || is === null)
    return {
      before: was && { ...labelOf(was), ...factsOf(was) },
      after: is && { ...labelOf(is), ...factsOf(is) },
    };
  const { before, after } = differences(factsOf(was), factsOf(is));
  return {
    before: { ...labelOf(was), ...before },
    after: { ...labelOf(is), ...after, ...hiddenChanges(was.row, is.row) },
  };
}

/** What may not be told, by name alone. */
function hiddenChanges(was: LinkRow, is: LinkRow): Record<string, string> {
  const change = is.password_hash === null ? 'removed' : was.password_hash === null ? 'set' : 'changed';
  return {
    ...(was.password_hash === is.password_hash ? {} : { password: change }),
    ...(was.token === is.token ? {} : { address: 'changed' }),
  };
}

function labelOf({ row: { id: linkId, label, owner_id: ownerId, kind }, ownerName }: LinkState) {
  return { linkId, label, ownerId, ownerName, kind };
}

function factsOf({ row, recipients }: LinkState) {
  const { label, description, permissions, layout, disclaimer, disabled } = row;
  return {
    ...{ label, description, permissions, layout, disclaimer, disabled },
    startsAt: row.starts_at,
    expiresAt: row.expires_at,
    maxDownloads: row.max_downloads,
    maxFileSize: row.max_file_size,
    watermark: row.watermark === 1,
    notify: row.notify === 1,
    showOwner: row.show_owner === 1,
    restricted: row.restricted === 1,
    askName: row.ask_name,
    askEmail: row.ask_email,
    subfolders: row.subfolders === 1,
    ownAddress: row.custom === 1,
    hasPassword: row.password_hash !== null,
    recipients: [...recipients].sort(),
  };
}
