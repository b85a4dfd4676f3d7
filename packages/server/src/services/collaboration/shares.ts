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
  factsOf,
  grantShare,
  journal,
  ownRole,
  requirePerson,
  requireSharer,
  wayOf,
  type CollaborationDeps,
  type Via,
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
  const asking: ShareRow = {
    id: newId(),
    node_id: nodeId,
    role_id: input.roleId,
    role: input.role,
    created_at: deps.clock.now(),
    created_by: userId,
    expires_at: asked,
    message: (input.message ?? '').trim(),
    via: null,
  };
  const sender = await senderOf(deps, context);
  const row = await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx); // one after another: what this leans on is not being taken away meanwhile
    const need = SHARE | bitsOfRole(asking.role);
    await deps.access.require(tx, context, located.chain, need);
    const way = await wayOf(deps, tx, userId, nodeId, need);
    if (way === null) throw new AppError('not_found', 'there is no such file or folder');
    const row = { ...asking, via: way.via, expires_at: earlier(asked, way.until) };
    await refuseTwice(deps, tx, row);
    await tx.run(queries.insertShare, { ...row });
    await grantShare(deps, tx, row, userId);
    await journal(deps, tx, 'share.created', nodeId, userId, null, factsOf(row));
    if (input.notify !== false) await mailShare(deps, tx, sender, { row, subject, name: located.node.name });
    return row;
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

/** Whoever gives more by it than it gave stands for a share from then on. */
export async function updateShare(
  deps: CollaborationDeps,
  context: Context,
  id: string,
  change: ShareChange,
): Promise<Share> {
  const userId = requireSharer(context);
  const known = await knownShare(deps, id);
  const { chain } = await deps.tree.locate(context, known.node_id, SHARE);
  await receiverOf(deps, context, known.role_id, change.role ?? known.role);
  const row = await deps.sql.transaction(async (tx) => {
    await deps.access.bumpEpoch(tx);
    const old = await tx.get(queries.shareToChange, { id });
    if (old === undefined) throw noShare();
    const changed = changedBy(old, change, deps.clock.now());
    const more = givesMore(old, changed);
    await deps.access.require(tx, context, chain, more ? SHARE | bitsOfRole(changed.role) : SHARE);
    const way = more ? await wayOf(deps, tx, userId, old.node_id, SHARE | bitsOfRole(changed.role)) : null;
    const next =
      way === null
        ? changed
        : {
            ...changed,
            expires_at: earlier(changed.expires_at, way.until),
            created_by: userId,
            via: way.via,
          };
    if (more && way === null) throw noShare();
    if (way !== null && (await leansOn(deps, tx, way.via, { id, chain })))
      throw new AppError('forbidden', 'you may share this by this very share', {
        details: { reason: 'own' },
      });
    const { role, expires_at: expiresAt, created_by: createdBy, via } = next;
    await tx.run(queries.changeShare, { id, role, expiresAt, createdBy, via });
    await grantShare(deps, tx, next, userId);
    await journal(deps, tx, 'share.updated', old.node_id, userId, factsOf(old), factsOf(next));
    await review(deps, tx, `share:${id}`, userId);
    return next;
  });
  return presentOne(deps, row);
}

function changedBy(old: ShareRow, change: ShareChange, now: number): ShareRow {
  const role = change.role ?? old.role;
  return change.expiresAt === undefined
    ? { ...old, role }
    : { ...old, role, expires_at: checkEnd(change.expiresAt, now) };
}

function givesMore(old: ShareRow, next: ShareRow): boolean {
  const later = (next.expires_at ?? Infinity) > (old.expires_at ?? Infinity);
  return later || (bitsOfRole(next.role) & ~bitsOfRole(old.role)) !== 0;
}

/** Whether what somebody may share by came, through however many hands, by this share: it can't hold itself up. */
async function leansOn(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  via: Via | null,
  { id, chain }: { readonly id: string; readonly chain: readonly string[] },
): Promise<boolean> {
  // A set takes what is added while it is walked.
  const ways = new Set<string | null>([via]);
  for (const way of ways) {
    if (way === `share:${id}`) return true;
    const [kind, source = ''] = way?.split(':') ?? [];
    if (kind === 'share') ways.add((await tx.get(queries.shareById, { id: source }))?.via ?? null);
    if (kind !== 'cell') continue;
    for (const mount of await deps.workspaces.mountsOf(tx, source))
      if (chain.includes(mount.nodeId)) ways.add(mount.via);
  }
  return false;
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
