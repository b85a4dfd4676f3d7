/**
 * Removing for good: first everything is marked, and so gone for every reader; then rows go in batches, each with its row of the
 * journal. Whoever finds marked things later goes on where it stopped.
 */
import type { Context } from '../../kernel/context.ts';
import { systemContext } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { reach } from '../../kernel/fault-points.ts';
import { WRITE } from '../access/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { notFound } from './errors.ts';
import { toTrash } from './changes.ts';
import type { Tree, Write } from './core.ts';
import { afterPurgeBatch } from './faults.ts';
import { archived, findLive, hold, requireAbove, type Live } from './live.ts';
import { lockRoots } from './move.ts';
import { batchNodes, removeBelow } from './remove.ts';
import * as q from './queries.ts';
import { chainOfTrash } from './locate.ts';
import type { NodeRow, TrashRow } from './rows.ts';
import { FILE } from './tables.ts';
import { discardable } from './trash.ts';
import * as v from './version-queries.ts';
import { write } from './write.ts';

export async function purge(tree: Tree, context: Context, nodeId: string): Promise<void> {
  await write(tree, context, async (w) => {
    await lockRoots(tree, w, nodeId);
    const found = await findLive(tree, w.tx, nodeId);
    if (found !== null) {
      const node = await hold(tree, w, found);
      await discardable(tree, w, node);
      await toTrash(tree, w, node, 'purging');
    } else await markTrashed(tree, w, nodeId);
  });
  await removeMarked(tree, [nodeId], context.signal);
}

/** Marks a thing in the trash; from inside a folder there it is taken out first. */
async function markTrashed(tree: Tree, w: Write, nodeId: string): Promise<void> {
  const up = await w.tx.all(q.climb, { id: nodeId });
  const row = await w.tx.get(q.nodeById, { id: nodeId });
  const top = up.at(-2);
  const trash = top === undefined ? undefined : await w.tx.get(v.trashToChange, { nodeId: top.id });
  if (row === undefined || trash === undefined || trash.purging !== 0) throw notFound();
  const below = up.slice(0, -1).reverse();
  const chain = [...chainOfTrash(trash), ...below.map((step) => step.id)];
  await tree.access.require(w.tx, w.context, chain, WRITE);
  await requireAbove(tree, w, { chain });
  const workspace = await tree.workspaceOfRoot(trash.root_id);
  if (workspace === null) throw notFound();
  if (workspace.archived) throw archived();
  if (trash.node_id === nodeId) {
    await w.tx.run(v.markPurging, { ids: [nodeId] });
    return;
  }
  const node: Live = {
    row,
    chain,
    names: [trash.name, ...below.slice(1).map((step) => step.name)],
    workspace,
  };
  await toTrash(tree, w, await hold(tree, w, node), 'purging');
}

/** Everything in the trash that the caller may write, where it was taken from as well. */
export async function emptyTrash(tree: Tree, context: Context, workspace: WorkspaceRecord): Promise<void> {
  if (workspace.archived) throw archived();
  const ids: string[] = [];
  let from = { rootId: workspace.rootId, at: Number.MAX_SAFE_INTEGER, id: '', limit: batchNodes };
  for (;;) {
    context.signal.throwIfAborted();
    const rows = await tree.sql.reader.all(v.trashPage, from);
    const last = rows.at(-1);
    if (last === undefined) break;
    const own: string[] = [];
    for (const row of rows) {
      const above = chainOfTrash(row);
      const bits = await tree.access.decide(context.principal, above);
      if (bits & WRITE & (await tree.access.decide(context.principal, [...above, row.node_id])))
        own.push(row.node_id);
    }
    await write(tree, context, async (w) => {
      for (const row of rows) {
        if (!own.includes(row.node_id)) continue;
        const above = chainOfTrash(row);
        await tree.access.require(w.tx, context, above, WRITE);
        await tree.access.require(w.tx, context, [...above, row.node_id], WRITE);
      }
      await w.tx.run(v.markPurging, { ids: own });
    });
    ids.push(...own);
    from = { ...from, at: last.deleted_at, id: last.node_id };
  }
  await removeMarked(tree, ids, context.signal);
}

export async function expireTrash(tree: Tree, olderThanMs: number, signal: AbortSignal): Promise<number> {
  const before = tree.clock.now() - olderThanMs;
  for (let removed = 0; ;) {
    const rows = signal.aborted
      ? []
      : await tree.sql.reader.all(v.trashOlderThan, { before, limit: batchNodes });
    if (rows.length === 0) return removed;
    const ids = rows.map((row) => row.node_id);
    await tree.sql.transaction((tx) => tx.run(v.markPurging, { ids }));
    removed += await removeMarked(tree, ids, signal);
  }
}

export async function finishPurges(tree: Tree, signal: AbortSignal): Promise<number> {
  for (let removed = 0; ;) {
    const rows = signal.aborted ? [] : await tree.sql.reader.all(v.purging, { limit: batchNodes });
    if (rows.length === 0) return removed;
    removed += await removeMarked(
      tree,
      rows.map((row) => row.node_id),
      signal,
    );
  }
}

/**
 * Sizes are rolled up first: once the rows of folders are gone, nobody could tell any more which ones were above what was written
 * into them. Nothing below a marked node changes any more.
 */
async function removeMarked(tree: Tree, ids: readonly string[], signal: AbortSignal): Promise<number> {
  if (ids.length === 0) return 0;
  await tree.sizes.rollUp(signal);
  let removed = 0;
  for (const id of ids) removed += await removeOne(tree, id, signal);
  return removed;
}

async function removeOne(tree: Tree, topId: string, signal: AbortSignal): Promise<number> {
  const trash = await tree.sql.reader.get(v.trashOf, { nodeId: topId });
  if (trash === undefined || trash.purging === 0) return 0;
  const context = systemContext('purge', signal);
  let open: readonly string[] = [topId];
  let removed = 0;
  while (open.length > 0) {
    if (signal.aborted) throw new AppError('aborted', 'the purge was interrupted and will be finished later');
    const { stack, count } = await write(tree, context, async (w) => {
      const rest = [...open];
      return { count: await removeBatch(tree, w, trash, rest), stack: rest };
    });
    open = stack;
    removed += count;
    const fault = reach(afterPurgeBatch);
    if (fault !== undefined) await fault;
  }
  return removed;
}

/** What was restored since it was read is left alone. */
async function removeBatch(tree: Tree, w: Write, trash: TrashRow, stack: string[]): Promise<number> {
  if ((await w.tx.get(v.trashToChange, { nodeId: trash.node_id }))?.purging !== 1) {
    stack.length = 0;
    return 0;
  }
  const gone = await removeBelow(tree, w, stack);
  const done = stack.length === 0;
  if (done) await w.tx.run(v.deleteTrash, { ids: [trash.node_id] });
  if (gone.length > 0) await tellPurged(tree, w, trash, gone, done);
  return gone.length;
}

async function tellPurged(
  tree: Tree,
  w: Write,
  trash: TrashRow,
  gone: readonly NodeRow[],
  done: boolean,
): Promise<void> {
  const workspace = await tree.workspaceOfRoot(trash.root_id);
  const files = gone.filter((row) => row.kind === FILE);
  await tree.journal.append(w.tx, {
    kind: 'node.purged',
    actorId: trash.deleted_by,
    nodeId: trash.node_id,
    parentId: workspace?.trashId ?? null,
    workspaceId: workspace?.id ?? null,
    before: { ids: gone.map((row) => row.id), name: trash.name, done },
    after: null,
    bytes: -files.reduce((sum, row) => sum + row.size, 0),
    files: -files.length,
  });
}
