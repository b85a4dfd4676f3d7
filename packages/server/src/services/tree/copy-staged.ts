/**
 * Large copies: batches under a top that hangs nowhere, so nobody sees them; the last transaction hangs it up. A staged copy without a
 * sign of life for a while is removed again.
 */
import type { Context } from '../../kernel/context.ts';
import { systemContext } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { reach } from '../../kernel/fault-points.ts';
import type { Changed } from './api.ts';
import { mayCopy, type CopyOptions, type CopyTarget } from './copy-place.ts';
import { insertParts, partOf, readableOnly, sumUp, type Part } from './copy-parts.ts';
import type { Tree, Write } from './core.ts';
import { copyStaged as stagedPoint } from './faults.ts';
import { hang } from './hang.ts';
import { removeBelow } from './remove.ts';
import * as q from './queries.ts';
import type { NodeRow } from './rows.ts';
import { FOLDER } from './tables.ts';
import * as v from './version-queries.ts';
import { write } from './write.ts';

const staleMs = 10 * 60_000;
const beingRemoved = -1;

type Totals = Pick<NodeRow, 'id' | 'parent_id' | 'kind' | 'size' | 'files'>;

interface Level {
  readonly sourceId: string;
  readonly id: string;
  readonly chain: readonly string[];
  after: string;
}

export async function copyStaged(
  tree: Tree,
  context: Context,
  nodeId: string,
  to: CopyTarget,
  options: CopyOptions,
  batch: number,
): Promise<Changed> {
  const { top, level } = await begin(tree, context, nodeId, to, options);
  try {
    const folders = new Map([[top.row.id, totalsOf(top.row)]]);
    for (let open = [level]; open.length > 0;)
      open = await nextBatch(tree, context, top.row.id, open, folders, batch);
    await writeTotals(tree, context, top.row.id, [...folders.values()], batch);
    const fault = reach(stagedPoint);
    if (fault !== undefined) await fault;
    return await attach(tree, context, nodeId, to, options, top.row.id);
  } catch (error) {
    await removeStaged(tree, top.row.id, systemContext(context.requestId)).catch((cause: unknown) =>
      tree.log.warn({ err: cause, node: top.row.id }, 'a staged copy is left for the duty to remove'),
    );
    throw error;
  }
}

function begin(
  tree: Tree,
  context: Context,
  nodeId: string,
  to: CopyTarget,
  options: CopyOptions,
): Promise<{ top: Part; level: Level }> {
  return write(tree, context, async (w) => {
    const { source } = await mayCopy(tree, w, nodeId, to, options);
    const top = partOf(tree, context, source.row, null);
    await insertParts(tree, w, [top]);
    await w.tx.run(v.insertStaged, { topId: top.row.id, at: tree.clock.now() });
    return { top, level: { sourceId: nodeId, id: top.row.id, chain: source.chain, after: '' } };
  });
}

/** Copies the next nodes, depth first. @returns the folders that are still open; adds new folders to `folders` */
async function nextBatch(
  tree: Tree,
  context: Context,
  topId: string,
  open: readonly Level[],
  folders: Map<string, Totals>,
  limit: number,
): Promise<Level[]> {
  const done = await write(tree, context, async (w) => {
    await touch(tree, w, topId);
    const levels = open.map((level) => ({ ...level }));
    const parts: Part[] = [];
    for (let level = levels.at(-1); level !== undefined && parts.length < limit; level = levels.at(-1)) {
      await fill(tree, w, level, levels, parts, limit - parts.length);
    }
    await insertParts(tree, w, parts);
    return { levels, parts };
  });
  for (const { row } of done.parts) {
    if (row.kind === FOLDER) folders.set(row.id, totalsOf(row));
    else addFile(folders.get(row.parent_id ?? ''), row.size);
  }
  return done.levels;
}

async function fill(
  tree: Tree,
  w: Write,
  level: Level,
  levels: Level[],
  parts: Part[],
  limit: number,
): Promise<void> {
  const rows = await w.tx.all(q.childrenAfter, { parentId: level.sourceId, after: level.after, limit });
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit) levels.splice(levels.indexOf(level), 1);
  else level.after = last.name_key;
  for (const row of await readableOnly(tree, w.context, level.chain, rows)) {
    const part = partOf(tree, w.context, row, level.id);
    parts.push(part);
    if (row.kind === FOLDER)
      levels.push({ sourceId: row.id, id: part.row.id, chain: [...level.chain, row.id], after: '' });
  }
}

function totalsOf({ id, parent_id, kind }: NodeRow): Totals {
  return { id, parent_id, kind, size: 0, files: 0 };
}

function addFile(folder: Totals | undefined, size: number): void {
  if (folder === undefined) return;
  folder.size += size;
  folder.files += 1;
}

async function writeTotals(
  tree: Tree,
  context: Context,
  topId: string,
  folders: readonly Totals[],
  batch: number,
): Promise<void> {
  sumUp(folders);
  const rows = folders.map(({ id, size, files }) => ({ id, size, files }));
  for (let i = 0; i < rows.length; i += batch) {
    await write(tree, context, async (w) => {
      await touch(tree, w, topId);
      await w.tx.runMany(q.setFolderTotals, rows.slice(i, i + batch));
    });
  }
}

async function touch(tree: Tree, w: Write, topId: string): Promise<void> {
  if ((await w.tx.run(v.touchStaged, { topId, at: tree.clock.now() })) === 0) {
    throw new AppError('aborted', 'the copy was taken for dead and removed: try again', { retryable: true });
  }
}

/** Rights, locks and names may have changed since the beginning. */
function attach(
  tree: Tree,
  context: Context,
  nodeId: string,
  to: CopyTarget,
  options: CopyOptions,
  topId: string,
): Promise<Changed> {
  return write(tree, context, async (w) => {
    await touch(tree, w, topId);
    const { source, target, name } = await mayCopy(tree, w, nodeId, to, options);
    const row = await w.tx.get(q.nodeById, { id: topId });
    if (row === undefined)
      throw new AppError('aborted', 'the copy was removed meanwhile: try again', { retryable: true });
    tree.quotas.charge(w, target.workspace, row.size);
    await w.tx.run(v.deleteStaged, { topId });
    const moving = { row, as: { kind: 'node.copied', source }, charge: false } as const;
    return hang(tree, w, moving, target, name, options.onConflict ?? 'fail');
  });
}

export async function removeStaleCopies(tree: Tree, signal: AbortSignal): Promise<number> {
  const before = tree.clock.now() - staleMs;
  for (let removed = 0; ;) {
    const rows = signal.aborted ? [] : await tree.sql.reader.all(v.staleStaged, { before, limit: 100 });
    if (rows.length === 0) return removed;
    for (const row of rows) removed += await removeStaged(tree, row.top_id, systemContext('copy', signal));
  }
}

async function removeStaged(tree: Tree, topId: string, context: Context): Promise<number> {
  const marked = await tree.sql.transaction((tx) => tx.run(v.markStaged, { topId, at: beingRemoved }));
  if (marked === 0) return 0;
  let open = [topId];
  let removed = 0;
  while (open.length > 0) {
    const { stack, count } = await write(tree, context, async (w) => {
      const rest = [...open];
      const gone = await removeBelow(tree, w, rest);
      if (rest.length === 0) await w.tx.run(v.deleteStaged, { topId });
      return { stack: rest, count: gone.length };
    });
    open = stack;
    removed += count;
  }
  return removed;
}
