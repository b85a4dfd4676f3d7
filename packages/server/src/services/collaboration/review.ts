/**
 * What was passed on by a share or a cell goes with it: when one is taken away or lowered, everything that somebody shared or mounted by it is
 * looked at again, in the same transaction, and taken away where they may no longer; then what was passed on by that, and so on.
 */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { SHARE } from '../access/api.ts';
import { bitsOfRole, journal, stillMay, type CollaborationDeps, type Via } from './core.ts';
import * as queries from './queries.ts';
import type { ShareRow } from './tables.ts';

export async function review(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  first: Via,
  actorId: string | null,
): Promise<void> {
  const seen = new Set<Via>([first]);
  const enqueue = (via: Via): void => void seen.add(via);
  // A set takes what is added while it is walked.
  for (const via of seen) {
    for (const share of await tx.all(queries.sharesVia, { via })) {
      const need = SHARE | bitsOfRole(share.role);
      if (await stillMay(deps, tx, share.created_by, share.node_id, need)) continue;
      await removeShare(deps, tx, share, actorId);
      enqueue(`share:${share.id}`);
    }
    for (const mount of await deps.workspaces.mountsVia(tx, via)) {
      if (await stillMay(deps, tx, mount.addedBy, mount.nodeId, SHARE | mount.allow)) continue;
      await removeMount(deps, tx, mount.workspaceId, mount.nodeId, actorId);
      enqueue(`cell:${mount.workspaceId}`);
    }
  }
}

/** The row and what it gave; what was passed on by it is for `review`. */
export async function removeShare(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  share: ShareRow,
  actorId: string | null,
): Promise<void> {
  await deps.access.revokeGrants(tx, { source: 'share', sourceId: share.id }, actorId);
  await tx.run(queries.deleteShare, { id: share.id });
  await tx.run(queries.unhideAll, { shareId: share.id });
  await journal(
    deps,
    tx,
    'share.revoked',
    share.node_id,
    actorId,
    { roleId: share.role_id, role: share.role },
    null,
  );
}

export async function removeMount(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  cellId: string,
  nodeId: string,
  actorId: string | null,
): Promise<boolean> {
  await deps.access.revokeGrants(tx, { source: 'cell', sourceId: cellId, nodeId }, actorId);
  return deps.workspaces.removeMount(tx, cellId, nodeId);
}
