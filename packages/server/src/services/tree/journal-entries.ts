/**
 * The rows that the tree writes to the journal, and how the roll-up reads them back. A row that hangs a node elsewhere says from where
 * and to where; `bytes` and `files` are exact for files, and 0 for folders, whose total is only known when sizes are rolled up.
 */
import type { JournalEntry, JournalRow } from '../journal/api.ts';
import type { NodeRow } from './rows.ts';
import { kindOf } from './rows.ts';
import { FILE } from './tables.ts';

export interface Spot {
  readonly parentId: string;
  readonly name: string;
  readonly workspaceId: string;
}

type Facts = { readonly [key: string]: string | number | boolean };
type Base = Pick<JournalEntry, 'actorId' | 'nodeId'>;

export function created(actorId: string | null, row: NodeRow, spot: Spot): JournalEntry {
  const file = row.kind === FILE;
  return {
    ...base(actorId, row),
    kind: 'node.created',
    parentId: spot.parentId,
    workspaceId: spot.workspaceId,
    before: null,
    after: file
      ? { name: spot.name, kind: 'file', size: row.size, versionId: row.version_id }
      : { name: spot.name, kind: 'folder' },
    bytes: row.size,
    files: file ? 1 : 0,
  };
}

/** `row`: the top of the copy, with the totals of all of it. */
export function copied(actorId: string | null, row: NodeRow, spot: Spot, sourceId: string): JournalEntry {
  const files = row.kind === FILE ? 1 : row.files;
  return {
    ...base(actorId, row),
    kind: 'node.copied',
    parentId: spot.parentId,
    workspaceId: spot.workspaceId,
    before: null,
    after: { name: spot.name, kind: kindOf(row), sourceId, size: row.size, files, versionId: row.version_id },
    bytes: row.size,
    files,
  };
}

/** A file that lives on in the one it was moved onto. */
export function absorbed(actorId: string | null, row: NodeRow, from: Spot): JournalEntry {
  return {
    ...base(actorId, row),
    kind: 'node.purged',
    parentId: from.parentId,
    workspaceId: from.workspaceId,
    before: { ids: [row.id], parentId: from.parentId, name: from.name, absorbed: true },
    after: null,
    bytes: -row.size,
    files: -1,
  };
}

type Content = { readonly versionId: string | null; readonly size: number };

export function updated(
  actorId: string | null,
  spot: Pick<Spot, 'parentId' | 'workspaceId'>,
  nodeId: string,
  before: Content,
  after: Content & { readonly [key: string]: string | number | null },
): JournalEntry {
  return {
    actorId,
    nodeId,
    kind: 'node.updated',
    ...spot,
    before: { versionId: before.versionId, size: before.size },
    after,
    bytes: after.size - before.size,
    files: 0,
  };
}

/** A move, rename, delete or restore: the row as it was, and both places. */
export function hung(
  kind: 'node.moved' | 'node.trashed' | 'node.restored',
  actorId: string | null,
  row: NodeRow,
  from: Spot,
  to: Spot,
  extra: Facts = {},
): JournalEntry {
  const file = row.kind === FILE;
  const sign = kind === 'node.trashed' ? -1 : 1;
  const size: Facts = file ? { kind: 'file', size: row.size } : { kind: 'folder' };
  return {
    ...base(actorId, row),
    kind,
    parentId: kind === 'node.trashed' ? from.parentId : to.parentId,
    workspaceId: kind === 'node.trashed' ? from.workspaceId : to.workspaceId,
    before: { ...size, parentId: from.parentId, name: from.name, workspaceId: from.workspaceId },
    after: { ...size, parentId: to.parentId, name: to.name, workspaceId: to.workspaceId, ...extra },
    bytes: file ? sign * row.size : 0,
    files: file ? sign : 0,
  };
}

function base(actorId: string | null, row: NodeRow): Base {
  return { actorId, nodeId: row.id };
}

/** What a row of the journal does to the sizes of folders. */
export type SizeEffect =
  | {
      readonly kind: 'add';
      readonly parentId: string;
      readonly bytes: number;
      readonly files: number;
      readonly member: boolean;
    }
  | {
      readonly kind: 'hang';
      readonly nodeId: string;
      readonly folder: boolean;
      readonly from: string;
      readonly to: string;
      readonly bytes: number;
      readonly files: number;
    };

export function effectOf(row: JournalRow): SizeEffect | null {
  const { kind, bytes, files, nodeId, parentId } = row;
  if (kind === 'node.moved' || kind === 'node.trashed' || kind === 'node.restored') {
    const from = row.before?.['parentId'];
    const to = row.after?.['parentId'];
    if (typeof from !== 'string' || typeof to !== 'string' || nodeId === null) return null;
    const folder = row.after?.['kind'] !== 'file';
    return { kind: 'hang', nodeId, folder, from, to, bytes: Math.abs(bytes), files: Math.abs(files) };
  }
  if (parentId === null || !kind.startsWith('node.')) return null;
  const member = kind === 'node.created' || kind === 'node.copied' || kind === 'node.purged';
  if (bytes === 0 && files === 0 && !member) return null;
  return { kind: 'add', parentId, bytes, files, member };
}
