/**
 * What was passed on by a share or a cell goes with it. When one is taken away or lowered, everything that somebody shared or mounted by it, and
 * what was passed on by that, is taken away in the same transaction; then is given back, as long as there is any, what those who gave it may give
 * without the rest, and for no longer than they have it. So two people who share with each other do not keep each other's rights alive.
 */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { SHARE } from '../access/api.ts';
import type { MountRecord } from '../workspaces/api.ts';
import { grantMount, stateOf } from './cell-rights.ts';
import {
  bitsOfRole,
  earlier,
  factsOf,
  grantShare,
  journal,
  wayOf,
  type CollaborationDeps,
  type Via,
  type Way,
} from './core.ts';
import * as queries from './queries.ts';
import type { ShareRow } from './tables.ts';

/** A share or a mount, while it is not yet known whether it stays. */
interface Doubtful {
  /** null: it may not stay */
  readonly way: () => Promise<Way | null>;
  readonly giveBack: (way: Way) => Promise<void>;
  readonly end: () => Promise<unknown>;
}

/** What may not stand any more, beside what was passed on by these ways. */
export interface Doubts {
  readonly ways: readonly Via[];
  readonly shares: readonly ShareRow[];
  readonly mounts: readonly MountRecord[];
}

export async function review(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  first: Via | Doubts,
  actorId: string | null,
): Promise<void> {
  let doubtful = await suspend(deps, tx, first, actorId);
  for (let before = -1; before !== doubtful.length;) {
    before = doubtful.length;
    const left: Doubtful[] = [];
    for (const one of doubtful) {
      const way = await one.way();
      if (way === null) left.push(one);
      else await one.giveBack(way);
    }
    doubtful = left;
  }
  for (const one of doubtful) await one.end();
}

/** Takes away the rights of what is in doubt and of everything that was passed on by it, however many hands it went through. */
async function suspend(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  first: Via | Doubts,
  actorId: string | null,
): Promise<Doubtful[]> {
  const { access, workspaces } = deps;
  const doubts = typeof first === 'string' ? { ways: [first], shares: [], mounts: [] } : first;
  const doubtful: Doubtful[] = [];
  const ways = new Set(doubts.ways);
  const seen = new Set<string>();
  const doubtShare = async (share: ShareRow): Promise<void> => {
    if (seen.size === seen.add(share.id).size) return;
    await access.revokeGrants(tx, { source: 'share', sourceId: share.id }, actorId);
    doubtful.push(doubtfulShare(deps, tx, share, actorId));
    ways.add(`share:${share.id}`);
  };
  const doubtMount = async (mount: MountRecord): Promise<void> => {
    const { workspaceId: sourceId, nodeId } = mount;
    if (seen.size === seen.add(`${sourceId} ${nodeId}`).size) return;
    await access.revokeGrants(tx, { source: 'cell', sourceId, nodeId }, actorId);
    doubtful.push(doubtfulMount(deps, tx, mount, actorId));
    ways.add(`cell:${sourceId}`);
  };
  for (const share of doubts.shares) await doubtShare(share);
  for (const mount of doubts.mounts) await doubtMount(mount);
  // A set takes what is added while it is walked.
  for (const via of ways) {
    for (const share of await tx.all(queries.sharesVia, { via })) await doubtShare(share);
    for (const mount of await workspaces.mountsVia(tx, via)) await doubtMount(mount);
  }
  return doubtful;
}

function doubtfulShare(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  share: ShareRow,
  actorId: string | null,
): Doubtful {
  const need = SHARE | bitsOfRole(share.role);
  return {
    way: () => wayOf(deps, tx, share.created_by, share.node_id, need),
    async giveBack({ via, until }) {
      const { id, role, created_by: createdBy } = share;
      const next = { ...share, via, expires_at: earlier(share.expires_at, until) };
      await tx.run(queries.changeShare, { id, role, createdBy, via, expiresAt: next.expires_at });
      await grantShare(deps, tx, next, actorId);
    },
    end: () => removeShare(deps, tx, share, actorId),
  };
}

function doubtfulMount(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  mount: MountRecord,
  actorId: string | null,
): Doubtful {
  const { workspaceId: id, nodeId, allow, addedBy } = mount;
  return {
    way: () => wayOf(deps, tx, addedBy, nodeId, SHARE | allow),
    async giveBack(way) {
      const next = { ...mount, via: way.via, until: way.until };
      await deps.workspaces.leanMount(tx, next);
      const row = await tx.get(queries.cellById, { id });
      const state = row === undefined ? null : await stateOf(deps, tx, row);
      if (state !== null) await grantMount(deps, tx, state, next, actorId);
    },
    end: () => deps.workspaces.removeMount(tx, id, nodeId),
  };
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
  await journal(deps, tx, 'share.revoked', share.node_id, actorId, factsOf(share), null);
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
