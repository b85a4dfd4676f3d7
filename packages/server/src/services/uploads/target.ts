import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { WRITE } from '../access/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { UploadTarget } from './api.ts';

type Tree = Pick<TreeService, 'locate' | 'below' | 'usage'>;

/** Before the bytes travel: rights, name, conflict and quota as they are now. The end checks all of it again. */
export async function checkTarget(
  tree: Tree,
  context: Context,
  target: UploadTarget,
  length: number | null,
): Promise<void> {
  const parent = await tree.locate(context, target.parentId, WRITE);
  if (parent.node.kind !== 'folder') throw new AppError('conflict', 'the target is no folder');
  // Visitors of a link take any free name.
  const found =
    context.principal.confined === undefined
      ? await tree.below(context, parent, [...target.folders, target.name])
      : null;
  if (
    found !== null &&
    (target.onConflict === 'fail' || (target.onConflict === 'replace' && found.node.kind === 'folder'))
  ) {
    throw new AppError('conflict', 'the name is taken', { details: { name: target.name } });
  }
  const { free } = await tree.usage(parent.workspace);
  if (free !== null && (length ?? 0) > free)
    throw new AppError('quota_exceeded', 'the quota does not leave room for this upload', {
      details: { free },
    });
}

/** Bytes that an upload of unknown length may take; undefined: no bound. */
export async function roomFor(
  tree: Tree,
  context: Context,
  target: UploadTarget | null,
): Promise<number | undefined> {
  if (target === null) return undefined;
  const parent = await tree.locate(context, target.parentId, WRITE);
  return (await tree.usage(parent.workspace)).free ?? undefined;
}
