/** Copies: rows, not bytes. A copy is built where nobody sees it, then hung up like a move; all in one transaction unless it is large. */
import type { Context } from '../../kernel/context.ts';
import type { Changed } from './api.ts';
import { mayCopy, type CopyOptions, type CopyTarget } from './copy-place.ts';
import { copyStaged } from './copy-staged.ts';
import type { Tree, Write } from './core.ts';
import { gatherAll, insertParts, partOf, sumUp, TooMany } from './copy-parts.ts';
import { hang } from './hang.ts';
import { FOLDER } from './tables.ts';
import { write } from './write.ts';

export interface CopyLimits {
  /** More nodes than this are copied in stages. */
  readonly direct: number;
  readonly batch: number;
}

const limits: CopyLimits = { direct: 10_000, batch: 2000 };

export async function copy(
  tree: Tree,
  context: Context,
  nodeId: string,
  to: CopyTarget,
  options: CopyOptions = {},
  { direct, batch } = limits,
): Promise<Changed> {
  try {
    return await write(tree, context, (w) => copyAtOnce(tree, w, nodeId, to, options, direct));
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    return copyStaged(tree, context, nodeId, to, options, batch);
  }
}

async function copyAtOnce(
  tree: Tree,
  w: Write,
  nodeId: string,
  to: CopyTarget,
  options: CopyOptions,
  limit: number,
): Promise<Changed> {
  const { source, target, name } = await mayCopy(tree, w, nodeId, to, options);
  const top = partOf(tree, w.context, source.row, null);
  const parts = options.shallow === true ? [top] : await gatherAll(tree, w, source, top, limit);
  sumUp(parts.map((part) => part.row));
  if (top.row.kind === FOLDER) tree.quotas.charge(w, target.workspace, top.row.size);
  await insertParts(tree, w, parts);
  const moving = { row: top.row, as: { kind: 'node.copied', source }, charge: true } as const;
  return hang(tree, w, moving, target, name, options.onConflict ?? 'fail');
}
