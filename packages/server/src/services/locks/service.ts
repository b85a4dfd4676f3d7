import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { ChainCheck, Lock, LocksService, TreeBoundLocks } from './api.ts';
import * as q from './queries.ts';
import type { LocksTable } from './tables.ts';

/**
 * Owns WebDAV locks (RFC 4918 section 6): who may change what while somebody edits. It knows nodes only as chains of ids. A chain
 * stored with a lock stays true, because moving a folder above it needs the lock's token and then removes the lock.
 */
export interface LocksDeps {
  readonly sql: SqlStore;
  readonly clock: Clock;
}

const hour = 3_600_000;
const defaultTimeoutMs = hour;
const maximalTimeoutMs = 24 * hour;
const expiryBatch = 500;
/** Shared ones on one thing: each shows in every listing of it and, where it is deep, of all below. */
const maxOnOne = 32;

export function startLocks({ sql, clock }: LocksDeps): Started<TreeBoundLocks> {
  let checkChain: ChainCheck = () =>
    Promise.reject(new AppError('unavailable', 'the tree has not been started'));
  const api: TreeBoundLocks = {
    bindTree: (check) => (checkChain = check),
    lock: (tx, context, chain, input) => lock(tx, clock, context, chain, input),
    acquire: (context, chain, input) =>
      sql.transaction(async (tx) => {
        await checkChain(tx, context, chain);
        return lock(tx, clock, context, chain, input);
      }),
    refresh: (context, chain, token, timeoutMs) =>
      sql.transaction((tx) => refresh(tx, clock, context, chain, token, timeoutMs)),
    unlock: (context, chain, token) => sql.transaction((tx) => unlock(tx, clock, context, chain, token)),
    async covering(reader, chain) {
      const rows = await (reader ?? sql.reader).all(q.locksOn, { ids: chain, now: clock.now() });
      return rows.filter((row) => covers(row, chain)).map(present);
    },
    async onNodes(nodeIds) {
      const byNode = new Map<string, Lock[]>();
      if (nodeIds.length === 0) return byNode;
      for (const row of await sql.reader.all(q.locksOn, { ids: nodeIds, now: clock.now() })) {
        const locks = byNode.get(row.node_id);
        if (locks === undefined) byNode.set(row.node_id, [present(row)]);
        else locks.push(present(row));
      }
      return byNode;
    },
    require: (tx, context, chain, change) => requireTokens(tx, clock, context, chain, change),
    removeFor,
    expire: () => expire(sql, clock),
  };
  return { api, stop: () => Promise.resolve() };
}

type LockInput = Parameters<LocksService['lock']>[3];

async function lock(
  tx: SqlTransaction,
  clock: Clock,
  context: Context,
  chain: readonly string[],
  input: LockInput,
): Promise<Lock> {
  const nodeId = lastOf(chain);
  const now = clock.now();
  await tx.run(q.takeGuard, { rootId: chain[0] ?? nodeId });
  const there =
    input.depth === 'infinity'
      ? distinct(await tx.all(q.locksOnOrBelow, { ids: chain, top: nodeId, now }))
      : (await tx.all(q.locksOn, { ids: chain, now })).filter((row) => covers(row, chain));
  const rivals = there.filter(
    (row) =>
      (input.scope === 'exclusive' || row.scope === 'exclusive') &&
      (covers(row, chain) || !chain.includes(row.node_id)),
  );
  if (rivals.length > 0) throw lockedBy(rivals);
  if (there.filter((row) => row.node_id === nodeId).length >= maxOnOne)
    throw new AppError('conflict', `there are ${maxOnOne} locks on this already`);
  const row: LocksTable = {
    token: `urn:uuid:${randomUUID()}`,
    node_id: nodeId,
    root_id: chain[0] ?? nodeId,
    scope: input.scope,
    depth: input.depth,
    owner: input.owner,
    user_id: context.principal.userId,
    expires_at: now + boundedTimeout(input.timeoutMs),
  };
  await tx.run(q.insertLock, { ...row });
  await tx.runMany(
    q.insertChain,
    chain.map((id) => ({ nodeId: id, token: row.token })),
  );
  return present(row);
}

function distinct(rows: readonly LocksTable[]): LocksTable[] {
  return rows.length < 2 ? [...rows] : [...new Map(rows.map((row) => [row.token, row])).values()];
}

/** Finite and between a second and a day; what makes no sense becomes the default. */
function boundedTimeout(ms: number): number {
  if (Number.isNaN(ms) || ms <= 0) return defaultTimeoutMs;
  return Math.max(1000, Math.min(ms, maximalTimeoutMs));
}

async function refresh(
  tx: SqlTransaction,
  clock: Clock,
  context: Context,
  chain: readonly string[],
  token: string,
  timeoutMs: number,
): Promise<Lock> {
  const now = clock.now();
  const row = await tx.get(q.lockByToken, { token, now });
  if (row === undefined || !covers(row, chain) || row.user_id !== context.principal.userId) {
    throw notCovered();
  }
  const expiresAt = now + boundedTimeout(timeoutMs);
  // Another request may have given it back meanwhile.
  if ((await tx.run(q.prolong, { token, expiresAt })) === 0) throw notCovered();
  return present({ ...row, expires_at: expiresAt });
}

function notCovered(): AppError {
  return new AppError('precondition_failed', 'no such lock of yours covers this');
}

async function unlock(
  tx: SqlTransaction,
  clock: Clock,
  context: Context,
  chain: readonly string[],
  token: string,
): Promise<void> {
  const row = await tx.get(q.lockByToken, { token, now: clock.now() });
  if (row === undefined || !covers(row, chain))
    throw new AppError('conflict', 'the token does not lock this');
  if (row.user_id !== context.principal.userId)
    throw new AppError('forbidden', 'the lock was taken by somebody else');
  await removeTokens(tx, [token]);
}

/**
 * Of several shared locks on one thing any one token will do (RFC 4918 section 7). A held lock that covers the top covers what is
 * below it too; otherwise each locked node below needs a token of its own.
 */
async function requireTokens(
  tx: SqlReader,
  clock: Clock,
  context: Context,
  chain: readonly string[],
  change: 'content' | 'members' | 'subtree',
): Promise<void> {
  const now = clock.now();
  const rows =
    change === 'subtree'
      ? distinct(await tx.all(q.locksOnOrBelow, { ids: chain, top: lastOf(chain), now }))
      : await tx.all(q.locksOn, { ids: chain, now });
  if (rows.length === 0) return;
  const covering = rows.filter((row) => covers(row, chain));
  if (covering.some((row) => held(row, context))) return;
  if (covering.length > 0) throw lockedBy(covering);
  const below = rows.filter((row) => !chain.includes(row.node_id));
  const open = new Set(below.filter((row) => held(row, context)).map((row) => row.node_id));
  const closed = below.filter((row) => !open.has(row.node_id));
  if (closed.length > 0) throw lockedBy(closed);
}

/** On the node itself, or on a folder above with depth infinity. */
function covers(row: LocksTable, chain: readonly string[]): boolean {
  return row.node_id === chain.at(-1) || (row.depth === 'infinity' && chain.includes(row.node_id));
}

function held(row: LocksTable, context: Context): boolean {
  return row.user_id === context.principal.userId && context.lockTokens.includes(row.token);
}

function lockedBy(rows: readonly LocksTable[]): AppError {
  return new AppError('locked', 'somebody has locked this', {
    details: { nodeIds: [...new Set(rows.map((row) => row.node_id))] },
  });
}

async function removeFor(tx: SqlTransaction, nodeIds: readonly string[]): Promise<void> {
  const rows = await tx.all(q.tokensBelow, { ids: nodeIds });
  if (rows.length > 0)
    await removeTokens(
      tx,
      rows.map((row) => row.token),
    );
}

async function removeTokens(tx: SqlTransaction, tokens: readonly string[]): Promise<number> {
  await tx.run(q.deleteChains, { tokens });
  return tx.run(q.deleteLocks, { tokens });
}

async function expire(sql: SqlStore, clock: Clock): Promise<number> {
  for (let removed = 0; ;) {
    const count = await sql.transaction(async (tx) => {
      const rows = await tx.all(q.expiredTokens, { now: clock.now(), limit: expiryBatch });
      return rows.length === 0
        ? 0
        : removeTokens(
            tx,
            rows.map((row) => row.token),
          );
    });
    removed += count;
    if (count < expiryBatch) return removed;
  }
}

function present(row: LocksTable): Lock {
  return {
    token: row.token,
    nodeId: row.node_id,
    scope: row.scope,
    depth: row.depth,
    owner: row.owner,
    userId: row.user_id,
    expiresAt: row.expires_at,
  };
}

function lastOf(chain: readonly string[]): string {
  const last = chain.at(-1);
  if (last === undefined) throw new AppError('internal', 'a lock needs a node');
  return last;
}
