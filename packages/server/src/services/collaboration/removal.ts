/** Somebody goes: what they shared and the cells they own pass on, in the transaction that removes them. */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL } from '../access/api.ts';
import { giveTo } from './cells.ts';
import { stateOf, type CellState } from './cell-rights.ts';
import { ownRole, type CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';

export async function passOn(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  userId: string,
  successorId: string | null,
): Promise<void> {
  await tx.run(queries.giveShares, { from: userId, to: successorId });
  await tx.run(queries.unhideOf, { userId });
  await deps.workspaces.giveMounts(tx, userId, successorId);
  const successor = successorId === null ? null : await heirOf(deps, tx, successorId);
  for (const row of await tx.all(queries.cellsOwned, { userId })) {
    const state = await stateOf(deps, tx, row);
    if (state === null) continue;
    const heir = successor ?? (await managerOf(deps, tx, state));
    if (heir === null) await leaveToAdmins(deps, tx, state);
    else {
      await tx.run(queries.deleteMember, { cellId: row.id, roleId: heir.roleId });
      await giveTo(deps, tx, state, heir, null);
    }
  }
}

interface Heir {
  readonly id: string;
  readonly roleId: string;
}

async function heirOf(deps: CollaborationDeps, tx: SqlTransaction, id: string): Promise<Heir | null> {
  const principal = await deps.identity.principalAs(tx, id, { via: 'system', epoch: 0 });
  return principal === null ? null : { id, roleId: ownRole(principal) };
}

/** The person who has been a manager for longest. */
async function managerOf(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { members }: CellState,
): Promise<Heir | null> {
  const managers = members.filter((member) => member.role === 'manager').map((member) => member.role_id);
  const subjects = await deps.identity.subjects(tx, managers);
  for (const roleId of managers) {
    const subject = subjects.get(roleId);
    const heir = subject?.kind === 'user' ? await heirOf(deps, tx, subject.id) : null;
    if (heir !== null) return heir;
  }
  return null;
}

async function leaveToAdmins(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace }: CellState,
): Promise<void> {
  await tx.run(queries.giveCell, { id: row.id, ownerId: null, roleId: null });
  const roleId = await deps.access.adminsRoleId(tx);
  if (roleId !== null)
    await deps.access.setRule(tx, { nodeId: workspace.rootId, roleId, allow: ALL, deny: 0 }, null);
}
