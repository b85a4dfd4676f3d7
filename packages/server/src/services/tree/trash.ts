/** Into the trash, what is in it, and out of it again. */
import type { Conflict } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { READ, WRITE } from '../access/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { conflict, notFound } from './errors.ts';
import type { Changed, Located, Precondition } from './api.ts';
import { toTrash } from './changes.ts';
import type { Tree, Write } from './core.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { hang } from './hang.ts';
import { archived, findLive, hold, liveFolder, requireAbove, spotOf, type Live } from './live.ts';
import { chargeFolder, lockRoots, type Luggage } from './move.ts';
import * as q from './queries.ts';
import { chainOfTrash, locatedAt, locateMany, trashedBase } from './locate.ts';
import { present, type TrashRow } from './rows.ts';
import * as v from './version-queries.ts';
import { write } from './write.ts';

export async function trash(
  tree: Tree,
  context: Context,
  nodeId: string,
  options: { readonly precondition?: Precondition } = {},
): Promise<void> {
  const there = await write(tree, context, async (w) => {
    await lockRoots(tree, w, nodeId);
    const found = await findLive(tree, w.tx, nodeId);
    if (found === null) return false;
    const node = await hold(tree, w, found);
    await discardable(tree, w, node, options.precondition);
    await toTrash(tree, w, node, 'kept');
    return true;
  });
  // In the trash already: nothing happens. Nowhere at all: not_found.
  if (!there && (await locateMany(tree, context, [nodeId])).length === 0) throw notFound();
}

/** Rights and locks for taking a node away. */
export async function discardable(
  tree: Tree,
  w: Write,
  node: Live,
  precondition?: Precondition,
): Promise<void> {
  await tree.access.require(w.tx, w.context, node.chain, WRITE);
  spotOf(node);
  await requireAbove(tree, w, node);
  precondition?.(present(node.row));
  await tree.locks.require(w.tx, w.context, node.chain, 'subtree');
  await tree.locks.require(w.tx, w.context, node.chain.slice(0, -1), 'members');
}

export async function listTrash(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  options: { readonly limit: number; readonly cursor?: string },
): Promise<{ readonly items: readonly Located[]; readonly next: string | null }> {
  const limit = Math.max(1, Math.min(options.limit, 1000));
  const [at, id] =
    options.cursor === undefined
      ? [Number.MAX_SAFE_INTEGER, '']
      : decodeCursor('trash', 'ns', options.cursor);
  const { reader } = tree.sql;
  const from = { rootId: workspace.rootId, at: Number(at), id: String(id), limit: limit + 1 };
  const rows = await reader.all(v.trashPage, from);
  const page = rows.slice(0, limit);
  const ids = page.map((row) => row.node_id);
  const { value: nodes, pending } = await tree.sizes.withPending(() => reader.all(q.nodesByIds, { ids }));
  const byId = new Map(nodes.map((row) => [row.id, { ...row, size: row.size + pending(row.id).bytes }]));
  const items: Located[] = [];
  for (const row of page) {
    const node = byId.get(row.node_id);
    const base = node === undefined ? null : trashedBase(workspace, row, [node]);
    if (node === undefined || base === null) continue;
    const permissions = await tree.access.decide(context.principal, base.chain);
    if (permissions & READ) items.push(locatedAt(tree, node, base, permissions));
  }
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, next: more ? encodeCursor('trash', [last.deleted_at, last.node_id]) : null };
}

/** A thing in the trash, as a write finds it. */
export interface Trashed {
  readonly trash: TrashRow;
  /** Hangs in the trash folder; the chain is that of the place it was taken from. */
  readonly node: Live;
}

/** @throws not_found unless it lies in the trash itself, not in a folder there */
export async function trashed(tree: Tree, w: Write, nodeId: string): Promise<Trashed> {
  const row = await w.tx.get(v.trashToChange, { nodeId });
  const node = await w.tx.get(q.nodeById, { id: nodeId });
  if (row === undefined || node === undefined || row.purging !== 0) throw notFound();
  const workspace = await tree.workspaceOfRoot(row.root_id);
  if (workspace === null) throw notFound();
  if (workspace.archived) throw archived();
  const chain = [...chainOfTrash(row), nodeId];
  return { trash: row, node: { row: node, chain, names: [row.name], workspace } };
}

export function restore(
  tree: Tree,
  context: Context,
  nodeId: string,
  options: { readonly parentId?: string; readonly onConflict?: Conflict } = {},
): Promise<Changed> {
  const luggage: Luggage = { bytes: null };
  return write(tree, context, async (w) => {
    await lockRoots(tree, w, nodeId, options.parentId);
    const found = await trashed(tree, w, nodeId);
    const node = await hold(tree, w, found.node);
    await tree.access.require(w.tx, context, node.chain, WRITE);
    await requireAbove(tree, w, node);
    const target = await homeOf(tree, w, found.trash, options.parentId);
    await tree.access.require(w.tx, context, target.chain, WRITE);
    await tree.locks.require(w.tx, context, target.chain, 'members');
    chargeFolder(tree, w, node, target, luggage);
    const charge = target.workspace.id !== node.workspace.id;
    const moving = { row: node.row, as: { kind: 'node.restored', from: node }, charge } as const;
    return hang(tree, w, moving, target, found.trash.name, options.onConflict ?? 'fail');
  });
}

async function homeOf(tree: Tree, w: Write, row: TrashRow, parentId: string | undefined): Promise<Live> {
  if (parentId !== undefined) return liveFolder(tree, w, parentId);
  if ((await findLive(tree, w.tx, row.parent_id)) !== null) return liveFolder(tree, w, row.parent_id);
  throw conflict('parent_gone', 'the folder it was taken from is gone: choose another one', {
    needs: 'parentId',
    from: row.from_path,
  });
}
