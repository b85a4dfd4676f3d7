/** Shares and mounts of nodes that are gone for good give nothing any more: their rows go as well. */
import type { CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';
import { removeMount, removeShare, review } from './review.ts';

export async function nodesPurged(deps: CollaborationDeps, nodes: readonly string[]): Promise<void> {
  const { access, sql, workspaces } = deps;
  const mounts = await workspaces.mountsAt(nodes);
  const known = await sql.reader.all(queries.everyShareAt, { nodes });
  if (mounts.length === 0 && known.length === 0) return;
  await sql.transaction(async (tx) => {
    await access.bumpEpoch(tx);
    const shares = await tx.all(queries.everyShareAt, { nodes });
    for (const share of shares) await removeShare(deps, tx, share, null);
    for (const { workspaceId, nodeId } of mounts) await removeMount(deps, tx, workspaceId, nodeId, null);
    // What had been moved out from there was passed on by a share that is no more.
    const ways = shares.map((share) => `share:${share.id}` as const);
    await review(deps, tx, { ways, shares: [], mounts: [] }, null);
  });
}
