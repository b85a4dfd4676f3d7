/** Making, changing and ending cells. */
import type { CellDetail } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { CellChange, NewCell } from './api.ts';
import { cell } from './cell-lists.ts';
import { differences } from '../journal/api.ts';
import { addMember, checkMembers, mailMember } from './cell-members.ts';
import { mountNodes, nodesToMount } from './cell-mounts.ts';
import { holdCell } from './cell-hold.ts';
import { grantMember, grantOwner, type CellState } from './cell-rights.ts';
import { checkEnd, journal, ownRole, requirePerson, requireSharer, type CollaborationDeps } from './core.ts';
import { senderOf } from './mail.ts';
import * as queries from './queries.ts';
import { review } from './review.ts';
import type { CellRow } from './tables.ts';

export async function createCell(
  deps: CollaborationDeps,
  context: Context,
  input: NewCell,
): Promise<CellDetail> {
  const userId = requireSharer(context);
  if (!deps.settings.get('cells.enabled')) throw new AppError('forbidden', 'Cells are switched off here');
  const members = await checkMembers(deps, context, input.members ?? []);
  const nodes = await nodesToMount(deps, context, input.nodeIds ?? []);
  const quota = checkQuota(deps, context, input.quota);
  const sender = await senderOf(deps, context);
  const id = await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx);
    await deps.access.current(tx, context);
    const workspace = await deps.workspaces.createCell(tx, { name: input.name, quota }, userId);
    const row: CellRow = {
      id: workspace.id,
      owner_id: userId,
      owner_role_id: ownRole(context.principal),
      description: input.description ?? '',
      color: input.color ?? '',
      icon: input.icon ?? '',
      ends_at: checkEnd(input.endsAt ?? null, deps.clock.now()),
      created_at: deps.clock.now(),
    };
    await tx.run(queries.insertCell, { ...row });
    await grantOwner(deps, tx, { row, workspace }, userId);
    const state: CellState = { row, workspace, members: [] };
    for (const { subject, role } of members) {
      await addMember(deps, tx, state, subject.roleId, role, userId);
      await mailMember(deps, tx, sender, state, subject);
    }
    const added = await tx.all(queries.membersOf, { cells: [row.id] });
    await mountNodes(deps, tx, context, { ...state, members: added }, nodes);
    return row.id;
  });
  return cell(deps, context, id);
}

/** Where cells have a quota by default, only administrators give more room, or room without end. */
function checkQuota(
  { settings }: CollaborationDeps,
  { principal }: Context,
  asked: number | null | undefined,
): number | null {
  const most = settings.get('cells.defaultQuotaMiB') * 1_048_576;
  if (asked === undefined) return most === 0 ? null : most;
  if (most > 0 && !principal.admin && (asked === null || asked > most))
    throw new AppError('forbidden', 'only administrators give a Cell more room', { details: { most } });
  return asked;
}

export async function updateCell(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  change: CellChange,
): Promise<CellDetail> {
  const userId = requireSharer(context);
  const { name, quota: askedQuota, endsAt, ...look } = change;
  const quota = askedQuota === undefined ? undefined : checkQuota(deps, context, askedQuota);
  await deps.sql.transaction(async (tx) => {
    const { row, workspace, members } = await holdCell(deps, tx, context, id, 'manager');
    const next: CellRow = {
      ...row,
      ...look,
      ends_at: endsAt === undefined ? row.ends_at : checkEnd(endsAt, deps.clock.now()),
    };
    await tx.run(queries.changeCell, { ...next, endsAt: next.ends_at });
    if (name !== undefined || quota !== undefined) {
      const changed = { ...(name === undefined ? {} : { name }), ...(quota === undefined ? {} : { quota }) };
      await deps.workspaces.updateCell(tx, id, changed, userId);
    }
    if (next.ends_at !== row.ends_at) {
      for (const member of members) await grantMember(deps, tx, { row: next, workspace }, member, userId);
      await review(deps, tx, `cell:${id}`, userId);
    }
    const { before, after } = differences(factsOf(row), factsOf(next));
    await journal(deps, tx, 'cell.updated', workspace.rootId, userId, before, after);
  });
  return cell(deps, context, id);
}

function factsOf({ description, color, icon, ends_at: endsAt }: CellRow) {
  return { description, color, icon, endsAt };
}

/** Its own files are not lost by it: while there are any, also in its trash, it stays. */
export async function deleteCell(deps: CollaborationDeps, context: Context, id: string): Promise<void> {
  const userId = requirePerson(context);
  await deps.sql.transaction(async (tx) => {
    await holdCell(deps, tx, context, id, 'owner');
    await deps.workspaces.remove(tx, id, userId);
    await deps.access.revokeGrants(tx, { source: 'cell', sourceId: id }, userId);
    await tx.run(queries.deleteMembers, { cellId: id });
    await tx.run(queries.deleteCell, { id });
    await review(deps, tx, `cell:${id}`, userId);
  });
}

/** To a person who is a member; whoever was it stays as manager. */
export async function handOver(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  toId: string,
): Promise<CellDetail> {
  const userId = requirePerson(context);
  const heir = await deps.identity.principalOf(toId);
  if (heir.guest === true) throw new AppError('invalid_input', 'a guest can not own a Cell');
  await deps.sql.transaction(async (tx) => {
    const { row, workspace, members } = await holdCell(deps, tx, context, id, 'owner');
    if (row.owner_id === toId) return;
    if (!members.some((member) => heir.roles.includes(member.role_id)))
      throw new AppError('conflict', 'only a member can become the owner', { details: { reason: 'member' } });
    const roleId = ownRole(heir);
    await tx.run(queries.deleteMember, { cellId: id, roleId });
    await giveTo(deps, tx, { row, workspace }, { id: toId, roleId }, userId);
    if (row.owner_role_id !== null)
      await addMember(deps, tx, { row, workspace, members }, row.owner_role_id, 'manager', userId);
    await journal(
      deps,
      tx,
      'cell.updated',
      workspace.rootId,
      userId,
      { owner: row.owner_id },
      { owner: toId },
    );
  });
  return cell(deps, context, id);
}

export async function giveTo(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  { row, workspace }: Pick<CellState, 'row' | 'workspace'>,
  heir: { readonly id: string; readonly roleId: string },
  actorId: string | null,
): Promise<void> {
  await tx.run(queries.giveCell, { id: row.id, ownerId: heir.id, roleId: heir.roleId });
  const next = { ...row, owner_id: heir.id, owner_role_id: heir.roleId };
  await grantOwner(deps, tx, { row: next, workspace }, actorId);
}
