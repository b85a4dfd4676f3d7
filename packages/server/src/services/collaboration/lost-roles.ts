/**
 * Somebody leaves a team, a group or a role, or has it for less long: what they passed on by it goes, or ends with it, in the same transaction.
 * A rule that is changed takes nothing away (see `stale`); whoever leaves does.
 */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { SHARE, type Permissions } from '../access/api.ts';
import type { RolesLost } from '../identity/api.ts';
import type { MountRecord } from '../workspaces/api.ts';
import { bitsOfRole, wayOf, type CollaborationDeps, type Via } from './core.ts';
import * as queries from './queries.ts';
import { removeShare, review } from './review.ts';
import type { ShareRow } from './tables.ts';

const slice = 500;

export async function rolesLost(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  lost: RolesLost,
  actorId: string | null,
): Promise<void> {
  const shares: ShareRow[] = [];
  const mounts: MountRecord[] = [];
  // Groups and roles with many members are mostly allowed nothing: then nobody passed on anything by them.
  if (lost.users.length > 0 && (await deps.access.allowedTo(tx, lost.roles, null))) {
    const concerned = concernedBy(deps, tx, lost.roles);
    const now = deps.clock.now();
    for (let from = 0; from < lost.users.length; from += slice) {
      const users = lost.users.slice(from, from + slice);
      for (const share of await tx.all(queries.sharesByAny, { users, now })) {
        const { created_by: by, node_id: nodeId, role, expires_at: until, via } = share;
        const need = SHARE | bitsOfRole(role);
        if (await concerned({ by, nodeId, need, until, via })) shares.push(share);
      }
      for (const mount of await deps.workspaces.mountsBy(tx, users)) {
        const { addedBy: by, nodeId, allow, until, via } = mount;
        // In an administrators' workspace: gives nothing.
        if (allow === 0) continue;
        if (await concerned({ by, nodeId, need: SHARE | allow, until, via })) mounts.push(mount);
      }
    }
  }
  const ways = await endReceived(deps, tx, lost.gone, actorId);
  await review(deps, tx, { ways, shares, mounts }, actorId);
}

interface PassedOn {
  readonly by: string | null;
  readonly nodeId: string;
  readonly need: Permissions;
  readonly until: number | null;
  readonly via: string | null;
}

/** Whether one of the roles has a say where something was passed on, and rules do not give enough without it. */
function concernedBy(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  roles: readonly string[],
): (what: PassedOn) => Promise<boolean> {
  const known = new Map<string, boolean>();
  return async ({ by, nodeId, need, until, via }) => {
    let said = known.get(nodeId);
    if (said === undefined) {
      const chain = await deps.tree.chainIn(tx, nodeId);
      known.set(nodeId, (said = chain !== null && (await deps.access.allowedTo(tx, roles, chain))));
    }
    if (!said) return false;
    const way = via === null ? await wayOf(deps, tx, by, nodeId, need) : null;
    return way?.via !== null || (way.until ?? Infinity) < (until ?? Infinity);
  };
}

/** What was given to roles that are no more. @returns what may have been passed on by it */
async function endReceived(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  roles: readonly string[],
  actorId: string | null,
): Promise<readonly Via[]> {
  if (roles.length === 0) return [];
  const ways: Via[] = [];
  for (const share of await tx.all(queries.sharesTo, { roles })) {
    await removeShare(deps, tx, share, actorId);
    ways.push(`share:${share.id}`);
  }
  for (const { cell_id: cellId, role_id: roleId } of await tx.all(queries.membershipsOf, { roles })) {
    await tx.run(queries.deleteMember, { cellId, roleId });
    await deps.access.revokeGrants(tx, { source: 'cell', sourceId: cellId, roleId }, actorId);
    ways.push(`cell:${cellId}`);
  }
  return ways;
}
