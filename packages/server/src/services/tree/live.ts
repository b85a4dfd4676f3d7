/** Nodes as a write finds them, read again inside its transaction: caches and earlier look-ups decide nothing. */
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { READ, WRITE } from '../access/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import type { Tree, Write } from './core.ts';
import { conflict, notFound } from './errors.ts';
import type { Spot } from './journal-entries.ts';
import * as lock from './lock-queries.ts';
import { keysOf } from './names.ts';
import * as q from './queries.ts';
import type { NodeRow } from './rows.ts';
import { FOLDER } from './tables.ts';
import * as v from './version-queries.ts';

/** A node that hangs below the root of a workspace, not in its trash. */
export interface Live {
  readonly row: NodeRow;
  /** Ids from the root down to the node itself. */
  readonly chain: readonly string[];
  /** Names below the root. */
  readonly names: readonly string[];
  readonly workspace: WorkspaceRecord;
}

export const maxDepth = 1000;

/** @returns null if there is no such node, or it is in the trash or not attached */
export async function findLive(tree: Tree, tx: SqlReader, id: string): Promise<Live | null> {
  const row = await tx.get(q.nodeById, { id });
  if (row === undefined) return null;
  const up = await climb(tree, tx, row);
  const top = up.at(-1);
  if (top === undefined || top.parent_id !== null) return null;
  const workspace = await tree.workspaceOfRoot(top.id);
  if (workspace === null) return null;
  if (workspace.archived) throw archived();
  const chain: string[] = [];
  const names: string[] = [];
  for (let i = up.length - 1; i >= 0; i--) {
    const step = up[i];
    if (step === undefined) continue;
    chain.push(step.id);
    if (step.parent_id !== null) names.push(step.name);
  }
  return { row, chain, names, workspace };
}

/** From the node up: one prepared look-up a level on SQLite, where that costs a quarter of the one round trip it is elsewhere. */
async function climb(tree: Tree, tx: SqlReader, row: q.ChainRow): Promise<readonly q.ChainRow[]> {
  if (tree.sql.dialect !== 'sqlite') return tx.all(q.climb, { id: row.id });
  const up: q.ChainRow[] = [row];
  for (let at = row; at.parent_id !== null && up.length < q.maxClimb;) {
    const above = await tx.get(q.stepUp, { id: at.parent_id });
    if (above === undefined) break;
    up.push((at = above));
  }
  return up;
}

/** @throws not_found */
export async function live(tree: Tree, tx: SqlReader, id: string): Promise<Live> {
  const found = await findLive(tree, tx, id);
  if (found === null) throw notFound();
  return found;
}

/** A folder that something is to be put into; on networked databases nobody can take it away before the commit. */
export async function liveFolder(tree: Tree, w: Write, id: string): Promise<Live> {
  if (tree.sql.dialect !== 'sqlite') await w.tx.get(lock.lockShared, { id });
  const folder = await live(tree, w.tx, id);
  if (folder.row.kind !== FOLDER)
    await refuse(tree, w, folder, conflict('kind', 'the target is a file, not a folder'));
  if (folder.chain.length >= maxDepth) await refuse(tree, w, folder, tooDeep());
  return folder;
}

export function archived(): AppError {
  return new AppError('forbidden', 'the workspace was put away: nothing is changed in it', {
    details: { reason: 'archived' },
  });
}

export function tooDeep(): AppError {
  return conflict('depth', `folders nest at most ${maxDepth} deep`);
}

/** Says why something will not do, but only to those who may know that it is there. */
export async function refuse(tree: Tree, w: Write, at: Pick<Live, 'chain'>, why: AppError): Promise<never> {
  await tree.access.require(w.tx, w.context, at.chain, READ);
  throw why;
}

/**
 * The right to change the folder that a node is taken out of. Who may read the node alone, as it was shared with them, learns that they may not
 * take it away, and not that it is not there.
 */
export async function requireAbove(tree: Tree, w: Write, node: Pick<Live, 'chain'>): Promise<void> {
  try {
    await tree.access.require(w.tx, w.context, node.chain.slice(0, -1), WRITE);
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    throw new AppError('forbidden', 'it lives in a folder that you may not change', {
      details: { reason: 'mount' },
    });
  }
}

export function childOf(parent: Live, row: NodeRow): Live {
  return {
    row,
    chain: [...parent.chain, row.id],
    names: [...parent.names, row.name],
    workspace: parent.workspace,
  };
}

/** Where a node that is not a root hangs. @throws conflict for a root */
export function spotOf(node: Live): Spot {
  const { parent_id: parentId, name } = node.row;
  if (parentId === null) throw conflict('root', 'the root of a workspace can be neither moved nor deleted');
  return { parentId, name, workspaceId: node.workspace.id };
}

/** Hangs a row elsewhere. */
export async function place(w: Write, row: NodeRow, parentId: string, name: string): Promise<NodeRow> {
  const { nameKey, sortKey, folded } =
    name === row.name ? { nameKey: row.name_key, sortKey: row.sort_key, folded: row.folded } : keysOf(name);
  await w.tx.run(q.placeNode, { id: row.id, parentId, name, nameKey, sortKey, folded });
  return { ...row, parent_id: parentId, name, name_key: nameKey, sort_key: sortKey, folded };
}

/**
 * The row as it is, held until the commit. SQLite runs one write at a time anyway; elsewhere somebody may have changed it since it
 * was read, and if it hangs elsewhere by now, the write runs again.
 */
export async function hold(tree: Tree, w: Write, node: Live): Promise<Live> {
  if (tree.sql.dialect === 'sqlite') return node;
  const row = await w.tx.get(lock.nodeToChange, { id: node.row.id });
  if (row?.parent_id !== node.row.parent_id || row.name !== node.row.name) throw meanwhile();
  return { ...node, row };
}

/** Before chunks of versions are shared: nobody removes them before the commit. */
export async function holdVersions(tree: Tree, w: Write, ids: readonly string[]): Promise<void> {
  if (tree.sql.dialect === 'sqlite' || ids.length === 0) return;
  const held = await w.tx.all(v.versionsHeld, { ids });
  if (held.length < new Set(ids).size) throw meanwhile();
}

/** Somebody was faster: the write runs again (`write`). */
export function meanwhile(): AppError {
  return new AppError('conflict', 'it was changed meanwhile', { retryable: true });
}
