/** Rename, move, or both: one row of the tree, whatever hangs below. */
import type { Context } from '../../kernel/context.ts';
import { WRITE } from '../access/api.ts';
import { conflict } from './errors.ts';
import type { Changed, OnConflict, Precondition } from './api.ts';
import type { Tree, Write } from './core.ts';
import { hang } from './hang.ts';
import { hold, live, liveFolder, meanwhile, requireAbove, spotOf, type Live } from './live.ts';
import * as lock from './lock-queries.ts';
import { checkName } from './names.ts';
import * as q from './queries.ts';
import { RunAgain } from './quota.ts';
import { present } from './rows.ts';
import { FOLDER } from './tables.ts';
import { write } from './write.ts';

export interface MoveTarget {
  readonly parentId?: string;
  readonly name?: string;
}

export interface MoveOptions {
  readonly onConflict?: OnConflict;
  readonly precondition?: Precondition;
}

export function move(
  tree: Tree,
  context: Context,
  nodeId: string,
  to: MoveTarget,
  options: MoveOptions = {},
): Promise<Changed> {
  const luggage: Luggage = { bytes: null };
  return write(tree, context, async (w) => {
    await lockRoots(tree, w, nodeId, to.parentId);
    const node = await hold(tree, w, await live(tree, w.tx, nodeId));
    await tree.access.require(w.tx, context, node.chain, WRITE);
    const from = spotOf(node);
    const target = await liveFolder(tree, w, to.parentId ?? from.parentId);
    const name = to.name === undefined ? from.name : checkName(to.name);
    await requireBoth(tree, w, node, target);
    options.precondition?.(present(node.row));
    if (target.row.id === from.parentId && name === from.name)
      return { node: present(node.row), created: false };
    if (target.chain.includes(nodeId)) throw conflict('into_itself', 'a folder cannot be moved into itself');
    await tree.locks.require(w.tx, context, node.chain, 'subtree');
    await tree.locks.require(w.tx, context, node.chain.slice(0, -1), 'members');
    if (target.row.id !== from.parentId) await tree.locks.require(w.tx, context, target.chain, 'members');
    chargeFolder(tree, w, node, target, luggage);
    const row = await touched(tree, w, node, name);
    const charge = target.workspace.id !== node.workspace.id;
    const moving = { row, as: { kind: 'node.moved', from: node }, charge } as const;
    return hang(tree, w, moving, target, name, options.onConflict ?? 'fail');
  });
}

/** Taking something out of a folder or putting it in changes the folder. */
async function requireBoth(tree: Tree, w: Write, node: Live, target: Live): Promise<void> {
  await requireAbove(tree, w, node);
  if (target.row.id !== node.row.parent_id) await tree.access.require(w.tx, w.context, target.chain, WRITE);
}

/** A new name of a folder shows in its time, and so in its ETag. */
async function touched(tree: Tree, w: Write, node: Live, name: string): Promise<Live['row']> {
  if (node.row.kind !== FOLDER || name === node.row.name) return node.row;
  const modifiedAt = tree.clock.now();
  const modifiedBy = w.context.principal.userId;
  await w.tx.run(q.touchNode, { id: node.row.id, modifiedAt, modifiedBy });
  return { ...node.row, modified_at: modifiedAt, modified_by: modifiedBy };
}

/** What a folder brings along, read outside the transaction where a quota asks for it. */
export interface Luggage {
  bytes: number | null;
}

export function chargeFolder(tree: Tree, w: Write, node: Live, target: Live, luggage: Luggage): void {
  if (
    node.row.kind !== FOLDER ||
    node.workspace.id === target.workspace.id ||
    target.workspace.quota === null
  )
    return;
  if (luggage.bytes === null) {
    throw new RunAgain(async () => {
      luggage.bytes = (await tree.sizes.folder(node.row.id)).bytes;
    });
  }
  tree.quotas.charge(w, target.workspace, luggage.bytes);
}

/**
 * Two moves in opposite directions could make a cycle together. SQLite runs one write at a time; elsewhere moves of folders take the
 * rows of their roots first, in the order of ids, and read everything again afterwards. Nothing hangs below a file.
 */
export async function lockRoots(tree: Tree, w: Write, nodeId: string, parentId?: string): Promise<void> {
  if (tree.sql.dialect === 'sqlite') return;
  if ((await w.tx.get(q.nodeById, { id: nodeId }))?.kind !== FOLDER) return;
  const ids = parentId === undefined ? [nodeId] : [nodeId, parentId];
  const roots = await rootsOf(w, ids);
  await w.tx.all(lock.rootsToHold, { ids: roots });
  // Into another workspace meanwhile: that one's root would have to be held as well.
  if ((await rootsOf(w, ids)).some((id) => !roots.includes(id))) throw meanwhile();
}

async function rootsOf(w: Write, ids: readonly string[]): Promise<string[]> {
  const roots: string[] = [];
  for (const id of ids) {
    const top = (await w.tx.all(q.climb, { id })).at(-1);
    if (top !== undefined) roots.push(top.id);
  }
  return roots;
}
