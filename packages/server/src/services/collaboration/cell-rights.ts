/** The grants of a cell: what its owner and members have on its own root and on what it shows. */
import type { ShareRole } from '@volvox/api';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, type Permissions } from '../access/api.ts';
import type { Principal } from '../../kernel/context.ts';
import type { MountRecord, WorkspaceRecord } from '../workspaces/api.ts';
import { bitsOfRole, earlier, type CollaborationDeps } from './core.ts';
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
  await grantEverywhere(deps, tx, workspace, ownerOf(row, row.owner_role_id), actorId);
}

export async function grantMember(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace }: Pick<CellState, 'row' | 'workspace'>,
  member: Pick<CellMemberRow, 'role_id' | 'role'>,
  actorId: string | null,
): Promise<void> {
  const [whom] = await membersOf(deps, tx, row, [member]);
  if (whom !== undefined) await grantEverywhere(deps, tx, workspace, whom, actorId);
}

interface Whom {
  /** Whose own role it is. */
  readonly userId: string | null;
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
  for (const mount of await deps.workspaces.mountsOf(tx, workspace.id))
    await grantOn(deps, tx, workspace, mount, whom, actorId);
}

function ownerOf(row: CellRow, roleId: string): Whom {
  return { userId: row.owner_id, roleId, bits: ALL, until: null };
}

async function membersOf(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  row: CellRow,
  members: readonly Pick<CellMemberRow, 'role_id' | 'role'>[],
): Promise<readonly Whom[]> {
  const roleIds = members.map((member) => member.role_id);
  const subjects = await deps.identity.subjects(tx, roleIds);
  return members.map(({ role_id: roleId, role }) => {
    const subject = subjects.get(roleId);
    const userId = subject?.kind === 'user' ? subject.id : null;
    return { userId, roleId, bits: bitsOfRole(role), until: row.ends_at };
  });
}

type Shown = Pick<MountRecord, 'nodeId' | 'allow' | 'addedBy' | 'until'>;

/** Not to whoever added it: what they have there they have without the cell, and lose with that. */
async function grantOn(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  workspace: WorkspaceRecord,
  mount: Shown,
  whom: Whom,
  actorId: string | null,
): Promise<void> {
  if (whom.userId !== null && whom.userId === mount.addedBy) return;
  const given = { ...whom, bits: whom.bits & mount.allow, until: earlier(whom.until, mount.until) };
  await grantAt(deps, tx, workspace, mount.nodeId, given, actorId);
}

/** What everybody in a cell has on something it newly shows: at most what whoever added it could pass on. */
export async function grantMount(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace, members }: CellState,
  mount: Shown,
  actorId: string | null,
): Promise<void> {
  const owners = row.owner_role_id === null ? [] : [ownerOf(row, row.owner_role_id)];
  for (const whom of [...owners, ...(await membersOf(deps, tx, row, members))])
    await grantOn(deps, tx, workspace, mount, whom, actorId);
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
