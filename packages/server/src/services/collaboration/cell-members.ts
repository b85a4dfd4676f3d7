/** Who is in a cell. */
import type { CellDetail, ShareRole } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { Subject } from '../identity/api.ts';
import { cell } from './cell-lists.ts';
import { holdCell } from './cell-hold.ts';
import { grantMember, type CellState } from './cell-rights.ts';
import { journal, ownRole, requirePerson, requireSharer, type CollaborationDeps } from './core.ts';
import { mailTo, senderOf } from './mail.ts';
import * as queries from './queries.ts';
import { review } from './review.ts';

interface NewMember {
  readonly subject: Subject;
  readonly role: ShareRole;
}

/** @throws not_found for somebody who is not there, conflict for oneself, invalid_input for a guest as manager */
export async function checkMembers(
  deps: CollaborationDeps,
  context: Context,
  asked: readonly { readonly roleId: string; readonly role: ShareRole }[],
): Promise<readonly NewMember[]> {
  const roleIds = asked.map((one) => one.roleId);
  const subjects = await deps.identity.subjects(null, roleIds);
  const roles = new Map(asked.map((one) => [one.roleId, one.role]));
  if (roles.has(ownRole(context.principal)))
    throw new AppError('conflict', 'this is yourself', { details: { reason: 'self' } });
  return [...roles].map(([roleId, role]) => {
    const subject = subjects.get(roleId);
    if (subject === undefined || subject.kind === 'role')
      throw new AppError('not_found', 'there is nobody of that id to share with');
    if (subject.kind === 'guest' && role === 'manager')
      throw new AppError('invalid_input', 'a guest can not be a manager', { details: { reason: 'guest' } });
    return { subject, role };
  });
}

export async function addMember(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  state: CellState,
  roleId: string,
  role: ShareRole,
  actorId: string | null,
): Promise<void> {
  const cellId = state.row.id;
  const there = (await tx.all(queries.membersOf, { cells: [cellId] })).some((one) => one.role_id === roleId);
  if (there) await tx.run(queries.changeMember, { cellId, roleId, role });
  else await tx.run(queries.insertMember, { cellId, roleId, role, at: deps.clock.now() });
  await grantMember(deps, tx, state, { role_id: roleId, role }, actorId);
}

export async function setMember(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  roleId: string,
  role: ShareRole,
): Promise<CellDetail> {
  const userId = requireSharer(context);
  const [member] = await checkMembers(deps, context, [{ roleId, role }]);
  const sender = await senderOf(deps, context);
  await deps.sql.transaction(async (tx) => {
    const state = await holdCell(deps, tx, context, id, 'manager');
    if (state.row.owner_role_id === roleId)
      throw new AppError('conflict', 'the owner has all rights', { details: { reason: 'owner' } });
    const known = state.members.find((one) => one.role_id === roleId);
    await addMember(deps, tx, state, roleId, role, userId);
    await journal(
      deps,
      tx,
      'cell.updated',
      state.workspace.rootId,
      userId,
      known === undefined ? null : { roleId, role: known.role },
      { roleId, role },
    );
    if (known !== undefined) await review(deps, tx, `cell:${id}`, userId);
    else if (member !== undefined) await mailMember(deps, tx, sender, state, member.subject);
  });
  return cell(deps, context, id);
}

/** Tells somebody that they are a member now. */
export async function mailMember(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  sender: string,
  { row, workspace }: Pick<CellState, 'row' | 'workspace'>,
  subject: Subject,
): Promise<void> {
  const path = `/files/${workspace.rootId}`;
  const { name: item } = workspace;
  const what = { kind: 'cells', item, role: 'member', path, message: null, until: row.ends_at } as const;
  await mailTo(deps, tx, sender, subject, what);
}

export async function removeMember(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  roleId: string,
): Promise<CellDetail> {
  const userId = requirePerson(context);
  await deps.sql.transaction(async (tx) => {
    const state = await holdCell(deps, tx, context, id, 'manager');
    await dropMember(deps, tx, state, roleId, userId);
  });
  return cell(deps, context, id);
}

async function dropMember(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  state: CellState,
  roleId: string,
  actorId: string,
): Promise<void> {
  const { id: cellId } = state.row;
  const known = state.members.find((member) => member.role_id === roleId);
  if (known === undefined) throw new AppError('not_found', 'there is no such member');
  await tx.run(queries.deleteMember, { cellId, roleId });
  await deps.access.revokeGrants(tx, { source: 'cell', sourceId: cellId, roleId }, actorId);
  await journal(
    deps,
    tx,
    'cell.updated',
    state.workspace.rootId,
    actorId,
    { roleId, role: known.role },
    null,
  );
  await review(deps, tx, `cell:${cellId}`, actorId);
}

export async function leaveCell(deps: CollaborationDeps, context: Context, id: string): Promise<void> {
  const userId = requirePerson(context);
  await deps.sql.transaction(async (tx) => {
    const state = await holdCell(deps, tx, context, id, 'member');
    if (state.row.owner_id === userId)
      throw new AppError('conflict', 'hand the Cell over before you leave', { details: { reason: 'owner' } });
    const roleId = ownRole(context.principal);
    if (!state.members.some((member) => member.role_id === roleId))
      throw new AppError('conflict', 'you are in it by a group or team', { details: { reason: 'by_group' } });
    await dropMember(deps, tx, state, roleId, userId);
  });
}
