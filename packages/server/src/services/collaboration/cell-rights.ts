/** The grants of a cell: what its owner and members have on its own root and on what it shows. */
import type { ShareRole } from '@volvox/api';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, type Permissions } from '../access/api.ts';
import type { Principal } from '../../kernel/context.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { bitsOfRole, type CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';
import type { CellMemberRow, CellRow } from './tables.ts';

/** A cell as a transaction finds it. */
export interface CellState {
  readonly row: CellRow;
  readonly workspace: WorkspaceRecord;
  readonly members: readonly CellMemberRow[];
}

export async function stateOf(
  deps: CollaborationDeps,
  reader: SqlReader,
  row: CellRow,
): Promise<CellState | null> {
  const workspace = await deps.workspaces.byId(row.id);
  if (workspace?.kind !== 'cell') return null;
  return { row, workspace, members: await reader.all(queries.membersOf, { cells: [row.id] }) };
}

const order: readonly ShareRole[] = ['viewer', 'editor', 'manager'];

/** The strongest of what somebody is in a cell; null: no member, or the end has come. */
export function roleIn(
  { row, members }: Pick<CellState, 'row' | 'members'>,
  principal: Principal,
  now: number,
): ShareRole | 'owner' | null {
  if (row.owner_id !== null && row.owner_id === principal.userId) return 'owner';
  if (row.ends_at !== null && row.ends_at <= now) return null;
  const roles = members
    .filter((member) => principal.roles.includes(member.role_id))
    .map((member) => order.indexOf(member.role));
  return roles.length === 0 ? null : (order[Math.max(...roles)] ?? null);
}

/** On the own root and every mount; raises what was given before. */
export async function grantOwner(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace }: Pick<CellState, 'row' | 'workspace'>,
  actorId: string | null,
): Promise<void> {
  if (row.owner_role_id === null) return;
  await grantEverywhere(deps, tx, workspace, { roleId: row.owner_role_id, bits: ALL, until: null }, actorId);
}

export async function grantMember(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace }: Pick<CellState, 'row' | 'workspace'>,
  member: Pick<CellMemberRow, 'role_id' | 'role'>,
  actorId: string | null,
): Promise<void> {
  const whom = { roleId: member.role_id, bits: bitsOfRole(member.role), until: row.ends_at };
  await grantEverywhere(deps, tx, workspace, whom, actorId);
}

interface Whom {
  readonly roleId: string;
  readonly bits: Permissions;
  readonly until: number | null;
}

async function grantEverywhere(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  workspace: WorkspaceRecord,
  whom: Whom,
  actorId: string | null,
): Promise<void> {
  await grantAt(deps, tx, workspace, workspace.rootId, whom, actorId);
  for (const { nodeId, allow } of await deps.workspaces.mountsOf(tx, workspace.id))
    await grantAt(deps, tx, workspace, nodeId, { ...whom, bits: whom.bits & allow }, actorId);
}

/** What everybody in a cell has on something it newly shows: at most what whoever added it could pass on. */
export async function grantMount(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace, members }: CellState,
  mount: { readonly nodeId: string; readonly allow: Permissions },
  actorId: string | null,
): Promise<void> {
  const { nodeId, allow } = mount;
  if (row.owner_role_id !== null) {
    const owner = { roleId: row.owner_role_id, bits: ALL & allow, until: null };
    await grantAt(deps, tx, workspace, nodeId, owner, actorId);
  }
  for (const { role_id: roleId, role } of members) {
    const whom = { roleId, bits: bitsOfRole(role) & allow, until: row.ends_at };
    await grantAt(deps, tx, workspace, nodeId, whom, actorId);
  }
}

function grantAt(
  { access }: CollaborationDeps,
  tx: SqlTransaction,
  { id: sourceId }: WorkspaceRecord,
  nodeId: string,
  { roleId, bits: allow, until: expiresAt }: Whom,
  actorId: string | null,
): Promise<void> {
  return access.grant(tx, { nodeId, roleId, allow, source: 'cell', sourceId, expiresAt }, actorId);
}
