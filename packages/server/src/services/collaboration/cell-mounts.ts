/** What a cell shows of other homes. */
import type { CellDetail } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { SHARE } from '../access/api.ts';
import type { Located } from '../tree/api.ts';
import { cell } from './cell-lists.ts';
import { holdCell, noCell } from './cell-hold.ts';
import { grantMount, roleIn, stateOf, type CellState } from './cell-rights.ts';
import { journal, requirePerson, requireSharer, wayOf, type CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';
import { removeMount, review } from './review.ts';

export const maxMounts = 1000;

/** @throws not_found, forbidden without SHARE, conflict for what can't be shown in a cell */
export async function nodesToMount(
  deps: CollaborationDeps,
  context: Context,
  nodeIds: readonly string[],
): Promise<readonly Located[]> {
  const nodes: Located[] = [];
  for (const id of new Set(nodeIds)) {
    const located = await deps.tree.locate(context, id, SHARE);
    if (located.trashed !== null || (located.chain.length === 1 && located.workspace.mounted))
      throw new AppError('conflict', 'this can not be shown in a Cell', { details: { reason: 'mount' } });
    nodes.push(located);
  }
  return nodes;
}

/** Everything that whoever adds it has, as the transaction sees it: nobody in the cell gets more. */
export async function mountNodes(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  context: Context,
  state: CellState,
  nodes: readonly Located[],
): Promise<void> {
  const { id: workspaceId } = state.workspace;
  const addedBy = context.principal.userId;
  for (const located of nodes) {
    const { permissions: allow, chain } = located;
    const nodeId = located.node.id;
    if (chain[0] === state.workspace.rootId)
      throw new AppError('conflict', 'it lies in this Cell already', { details: { reason: 'mount' } });
    await deps.access.require(tx, context, chain, SHARE | allow);
    const way = await wayOf(deps, tx, addedBy, nodeId, SHARE | allow);
    if (way === null) throw new AppError('not_found', 'there is no such file or folder');
    const mount = { workspaceId, nodeId, addedBy, allow, ...way };
    await deps.workspaces.addMount(tx, mount);
    await grantMount(deps, tx, state, mount, addedBy);
  }
}

export async function addMounts(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  nodeIds: readonly string[],
): Promise<CellDetail> {
  const userId = requireSharer(context);
  const nodes = await nodesToMount(deps, context, nodeIds);
  await deps.sql.transaction(async (tx) => {
    const state = await holdCell(deps, tx, context, id, 'manager');
    const there = await deps.workspaces.mountsOf(tx, id);
    if (there.length + nodes.length > maxMounts)
      throw new AppError('conflict', `a Cell shows at most ${maxMounts} things`, {
        details: { reason: 'many' },
      });
    await mountNodes(deps, tx, context, state, nodes);
    await journal(deps, tx, 'cell.updated', state.workspace.rootId, userId, null, { mounts: nodes.length });
  });
  return cell(deps, context, id);
}

/** By managers of the cell, by whoever added it, and by whoever may share the thing itself. */
export async function dropMount(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  nodeId: string,
): Promise<void> {
  const userId = requirePerson(context);
  const [located] = await deps.tree.locateMany(context, [nodeId]);
  await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx);
    const principal = await deps.access.current(tx, context);
    const row = await tx.get(queries.cellToChange, { id });
    const state = row === undefined ? null : await stateOf(deps, tx, row);
    const mount = (await deps.workspaces.mountsOf(tx, id)).find((one) => one.nodeId === nodeId);
    if (state === null || mount === undefined) throw noCell();
    const role = roleIn(state, principal, deps.clock.now());
    if (role !== 'owner' && role !== 'manager' && mount.addedBy !== userId) {
      if (located === undefined) throw noCell();
      await deps.access.require(tx, context, located.chain, SHARE);
    }
    await removeMount(deps, tx, id, nodeId, userId);
    await journal(deps, tx, 'cell.updated', state.workspace.rootId, userId, { nodeId }, null);
    await review(deps, tx, `cell:${id}`, userId);
  });
}
