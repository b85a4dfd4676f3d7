/** Making, changing and taking away shares. */
import type { Share } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { SHARE } from '../access/api.ts';
import type { Subject } from '../identity/api.ts';
import type { Located } from '../tree/api.ts';
import type { NewShare, ShareChange } from './api.ts';
import {
  bitsOfRole,
  checkEnd,
  earlier,
  journal,
  ownRole,
  requirePerson,
  requireSharer,
  viaOf,
  type CollaborationDeps,
} from './core.ts';
import { mailShare, senderOf } from './mail.ts';
import { presentShares } from './present.ts';
import * as queries from './queries.ts';
import { removeShare, review } from './review.ts';
import type { ShareRow } from './tables.ts';

export async function share(
  deps: CollaborationDeps,
  context: Context,
  nodeId: string,
  input: NewShare,
): Promise<Share> {
  const userId = requireSharer(context);
  const located = await deps.tree.locate(context, nodeId, SHARE);
  refuseUnshareable(located);
  const subject = await receiverOf(deps, context, input.roleId, input.role);
  const asked = checkEnd(input.expiresAt ?? null, deps.clock.now());
  const { via, until } = await viaOf(deps, context.principal, located.chain);
  const row: ShareRow = {
    id: newId(),
    node_id: nodeId,
    role_id: input.roleId,
    role: input.role,
    created_at: deps.clock.now(),
    created_by: userId,
    expires_at: earlier(asked, until),
    message: (input.message ?? '').trim(),
    via,
  };
  const sender = await senderOf(deps, context);
  await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx); // one after another: what this leans on is not being taken away meanwhile
    await deps.access.require(tx, context, located.chain, SHARE | bitsOfRole(row.role));
    await refuseTwice(deps, tx, row);
    await tx.run(queries.insertShare, { ...row });
    await giveGrant(deps, tx, row, userId);
    await journal(deps, tx, 'share.created', nodeId, userId, null, { roleId: row.role_id, role: row.role });
    if (input.notify !== false) await mailShare(deps, tx, sender, { row, subject, name: located.node.name });
  });
  return presentOne(deps, row);
}

function refuseUnshareable(located: Located): void {
  const refuse = (reason: string, message: string): never => {
    throw new AppError('conflict', message, { details: { reason } });
  };
  if (located.trashed !== null) refuse('trashed', 'it lies in the trash');
  if (located.chain.length === 1 && located.workspace.kind === 'cell')
    refuse('cell', 'a Cell is shared by adding members');
}

/** @throws not_found, conflict for oneself, invalid_input for what a guest can't be */
async function receiverOf(
  deps: CollaborationDeps,
  context: Context,
  roleId: string,
  role: ShareRow['role'],
): Promise<Subject> {
  const subject = (await deps.identity.subjects(null, [roleId])).get(roleId);
  if (subject === undefined || subject.kind === 'role')
    throw new AppError('not_found', 'there is nobody of that id to share with');
  if (roleId === ownRole(context.principal))
    throw new AppError('conflict', 'this is yourself', { details: { reason: 'self' } });
  if (subject.kind === 'guest' && role === 'manager')
    throw new AppError('invalid_input', 'a guest can not be a manager', { details: { reason: 'guest' } });
  return subject;
}

async function refuseTwice(deps: CollaborationDeps, tx: SqlTransaction, row: ShareRow): Promise<void> {
  const there = await tx.get(queries.shareAt, { nodeId: row.node_id, roleId: row.role_id });
  if (there === undefined) return;
  const full = await tx.get(queries.shareById, { id: there.id });
  // One that has ended makes room for the new one.
  if (full?.expires_at != null && full.expires_at <= row.created_at) {
    await removeShare(deps, tx, full, null);
    return;
  }
  throw new AppError('conflict', 'it is shared with them already', {
    details: { reason: 'shared_already', shareId: there.id },
  });
}

function giveGrant(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  row: ShareRow,
  actorId: string | null,
): Promise<void> {
  const { id: sourceId, node_id: nodeId, role_id: roleId, expires_at: expiresAt } = row;
  const allow = bitsOfRole(row.role);
  return deps.access.grant(tx, { nodeId, roleId, allow, source: 'share', sourceId, expiresAt }, actorId);
}

/** Whoever changes a share stands for it from now on. */
export async function updateShare(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  change: ShareChange,
): Promise<Share> {
  const userId = requireSharer(context);
  const known = await knownShare(deps, id);
  const { chain } = await deps.tree.locate(context, known.node_id, SHARE);
  const { via, until } = await viaOf(deps, context.principal, chain);
  const role = change.role ?? known.role;
  await receiverOf(deps, context, known.role_id, role);
  const row = await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx);
    const old = await tx.get(queries.shareToChange, { id });
    if (old === undefined) throw noShare();
    const next = { ...old, role: change.role ?? old.role };
    await deps.access.require(tx, context, chain, SHARE | bitsOfRole(next.role));
    const asked =
      change.expiresAt === undefined ? old.expires_at : checkEnd(change.expiresAt, deps.clock.now());
    const changed = { ...next, expires_at: earlier(asked, until), created_by: userId, via };
    const { expires_at: expiresAt } = changed;
    await tx.run(queries.changeShare, { id, role: changed.role, expiresAt, createdBy: userId, via });
    await giveGrant(deps, tx, changed, userId);
    await journal(deps, tx, 'share.updated', old.node_id, userId, factsOf(old), factsOf(changed));
    await review(deps, tx, `share:${id}`, userId);
    return changed;
  });
  return presentOne(deps, row);
}

function factsOf(row: ShareRow): Record<string, string | number | null> {
  return { roleId: row.role_id, role: row.role, expiresAt: row.expires_at };
}

export async function revokeShare(deps: CollaborationDeps, context: Context, id: string): Promise<void> {
  const userId = requirePerson(context);
  const known = await knownShare(deps, id);
  const chain = known.created_by === userId ? null : await chainToShare(deps, context, known);
  await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx);
    if (chain !== null) await deps.access.require(tx, context, chain, SHARE);
    else await deps.access.current(tx, context);
    const row = await tx.get(queries.shareToChange, { id });
    if (row === undefined) throw noShare();
    await removeShare(deps, tx, row, userId);
    await review(deps, tx, `share:${id}`, userId);
  });
}

/** To those who may not even see the node, there is no such share. */
async function chainToShare(
  { tree }: CollaborationDeps,
  context: Context,
  row: ShareRow,
): Promise<readonly string[]> {
  return (await tree.locate(context, row.node_id, SHARE)).chain;
}

export async function hideShare(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  hidden: boolean,
): Promise<void> {
  const userId = requirePerson(context);
  const row = await knownShare(deps, id);
  if (!context.principal.roles.includes(row.role_id)) throw noShare();
  await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx); // what was received is kept by epoch
    await deps.access.current(tx, context);
    const there = (await tx.get(queries.hiddenBy, { userId, shareId: id })) !== undefined;
    if (there !== hidden) await tx.run(hidden ? queries.hide : queries.unhide, { userId, shareId: id });
  });
}

async function knownShare(deps: CollaborationDeps, id: string): Promise<ShareRow> {
  const row = await deps.sql.reader.get(queries.shareById, { id });
  if (row === undefined) throw noShare();
  return row;
}

async function presentOne(deps: CollaborationDeps, row: ShareRow): Promise<Share> {
  const [shown] = await presentShares(deps, [row]);
  if (shown === undefined) throw noShare();
  return shown;
}

function noShare(): AppError {
  return new AppError('not_found', 'there is no such share');
}

/** Ended ones are shown to nobody; rows go a month later. */
export async function expireShares(deps: CollaborationDeps): Promise<number> {
  const before = deps.clock.now() - 30 * 86_400_000;
  const rows = await deps.sql.reader.all(queries.expiredShares, { before, limit: 1000 });
  for (const row of rows)
    await deps.sql
      .transaction((tx) => removeShare(deps, tx, row, null))
      .catch((error: unknown) => {
        if (!isAppError(error, 'not_found')) throw error;
      });
  return rows.length;
}
