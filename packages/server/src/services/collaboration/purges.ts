/** Shares and mounts of nodes that are gone for good give nothing any more: their rows go as well. */
import type { CollaborationDeps, Via } from './core.ts';
import * as queries from './queries.ts';
import { removeMount, removeShare, review } from './review.ts';

/** One row of the journal names up to 500 nodes, a batch of them 250,000, and each may be shared with everybody. */
const looked = 500;
const removed = 100;

/** May be called again with the same nodes: what was removed is not found any more. */
export async function nodesPurged(deps: CollaborationDeps, nodes: readonly string[]): Promise<void> {
  for (let from = 0; from < nodes.length; from += looked) {
    const some = nodes.slice(from, from + looked);
    for (let more = true; more;) more = await endSome(deps, some);
  }
}

/** In one transaction with what was passed on by it and moved out from there before. @returns whether there was something to end */
async function endSome(deps: CollaborationDeps, nodes: readonly string[]): Promise<boolean> {
  const { access, sql, workspaces } = deps;
  const mounts = (await workspaces.mountsAt(nodes)).slice(0, removed);
  const asked = { nodes, limit: removed };
  if (mounts.length === 0 && (await sql.reader.all(queries.everyShareAt, asked)).length === 0) return false;
  await sql.transaction(async (tx) => {
    await access.bumpEpoch(tx);
    const ways = new Set<Via>();
    for (const share of await tx.all(queries.everyShareAt, asked)) {
      await removeShare(deps, tx, share, null);
      ways.add(`share:${share.id}`);
    }
    for (const { workspaceId, nodeId } of mounts) {
      await removeMount(deps, tx, workspaceId, nodeId, null);
      ways.add(`cell:${workspaceId}`);
    }
    await review(deps, tx, { ways: [...ways], shares: [], mounts: [] }, null);
  });
  return true;
}
