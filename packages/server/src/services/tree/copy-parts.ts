/** The rows of copies: reading the source, making the new rows, sharing chunks. */
import type { Context } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { READ } from '../access/api.ts';
import type { Tree, Write } from './core.ts';
import { holdVersions, type Live } from './live.ts';
import * as q from './queries.ts';
import type { NodeRow } from './rows.ts';
import { FILE, FOLDER } from './tables.ts';
import * as v from './version-queries.ts';

/** A node of the copy and what it was made from. */
export interface Part {
  readonly row: NodeRow;
  readonly source: NodeRow;
}

/** There is more than is copied in one transaction. */
export class TooMany extends Error {}

const parentsPerQuery = 500;
const idsPerQuery = 1000;

export function partOf(tree: Tree, context: Context, source: NodeRow, parentId: string | null): Part {
  const now = tree.clock.now();
  const actorId = context.principal.userId;
  const file = source.kind === FILE;
  const row: NodeRow = {
    ...source,
    id: newId(),
    parent_id: parentId,
    version_id: file ? newId() : null,
    size: file ? source.size : 0,
    files: 0,
    created_at: now,
    modified_at: file ? source.modified_at : now,
    created_by: actorId,
    modified_by: actorId,
  };
  return { row, source };
}

interface Open {
  readonly part: Part;
  readonly chain: readonly string[];
}

/** The whole subtree, parents first, level by level. @throws TooMany */
export async function gatherAll(
  tree: Tree,
  w: Write,
  source: Live,
  top: Part,
  limit: number,
): Promise<Part[]> {
  const parts = [top];
  let level: Open[] = top.row.kind === FOLDER ? [{ part: top, chain: source.chain }] : [];
  while (level.length > 0) {
    const next: Open[] = [];
    for (let i = 0; i < level.length; i += parentsPerQuery) {
      const folders = level.slice(i, i + parentsPerQuery);
      const parentIds = folders.map((folder) => folder.part.source.id);
      const rows = await w.tx.all(q.childrenOfMany, { parentIds, limit: limit - parts.length + 1 });
      if (parts.length + rows.length > limit) throw new TooMany();
      const members = Map.groupBy(rows, (row) => row.parent_id ?? '');
      for (const folder of folders)
        next.push(...(await enter(tree, w, folder, members.get(folder.part.source.id) ?? [], parts)));
    }
    level = next;
  }
  return parts;
}

/** Adds the readable members of a folder. @returns the folders among them */
async function enter(
  tree: Tree,
  w: Write,
  folder: Open,
  rows: readonly NodeRow[],
  parts: Part[],
): Promise<Open[]> {
  const folders: Open[] = [];
  for (const row of await readableOnly(tree, w.context, folder.chain, rows)) {
    const part = partOf(tree, w.context, row, folder.part.row.id);
    parts.push(part);
    if (row.kind === FOLDER) folders.push({ part, chain: [...folder.chain, row.id] });
  }
  return folders;
}

export async function readableOnly(
  tree: Tree,
  context: Context,
  chain: readonly string[],
  rows: readonly NodeRow[],
): Promise<NodeRow[]> {
  if (rows.length === 0) return [];
  const permissions = await tree.access.decideChildren(
    context.principal,
    chain,
    rows.map((row) => row.id),
  );
  return rows.filter((_, i) => ((permissions[i] ?? 0) & READ) !== 0);
}

/** Totals of folders from their members; parents come first. */
export function sumUp(rows: readonly Pick<NodeRow, 'id' | 'parent_id' | 'kind' | 'size' | 'files'>[]): void {
  const folders = new Map(rows.filter((row) => row.kind === FOLDER).map((row) => [row.id, row]));
  for (const row of rows.toReversed()) {
    const parent = folders.get(row.parent_id ?? '');
    if (parent === undefined) continue;
    parent.size += row.size;
    parent.files += row.kind === FILE ? 1 : row.files;
  }
}

export async function insertParts(tree: Tree, w: Write, parts: readonly Part[]): Promise<void> {
  const now = tree.clock.now();
  await w.tx.runMany(
    q.insertNode,
    parts.map((part) => part.row),
  );
  const files = parts.filter((part) => part.row.kind === FILE);
  const pairs = files.map(({ row, source }) => ({ from: source.version_id ?? '', to: row.version_id ?? '' }));
  await holdVersions(
    tree,
    w,
    pairs.map((pair) => pair.from),
  );
  await w.tx.runMany(
    v.insertVersion,
    files.map(({ row }) => ({
      id: row.version_id ?? '',
      node_id: row.id,
      size: row.size,
      sha256: row.sha256,
      created_at: now,
      created_by: row.created_by,
    })),
  );
  if (pairs.length > 0) await tree.contents.share(w.tx, pairs);
  await copyProperties(w, parts);
}

async function copyProperties(w: Write, parts: readonly Part[]): Promise<void> {
  const targets = new Map(parts.map((part) => [part.source.id, part.row.id]));
  const ids = [...targets.keys()];
  for (let i = 0; i < ids.length; i += idsPerQuery) {
    const rows = await w.tx.all(q.propertiesOf, { ids: ids.slice(i, i + idsPerQuery) });
    const copies = rows.map((row) => ({
      nodeId: targets.get(row.node_id) ?? '',
      name: row.name,
      value: row.value,
    }));
    if (copies.length > 0) await w.tx.runMany(q.insertProperty, copies);
  }
}
