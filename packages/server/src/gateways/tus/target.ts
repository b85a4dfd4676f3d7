import type { Conflict } from '@volvox/api';
import { AppError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { UploadTarget } from '../../services/uploads/api.ts';
import type { TusRequest } from './request.ts';

const conflicts: readonly string[] = ['fail', 'replace', 'keep_both'] satisfies Conflict[];

/**
 * Where an upload goes, by its metadata: `filename`, and `parentId`, `path` (a folder: `/workspace/folder`) or neither (the root of
 * the user's personal workspace). `relativePath` (`folder/name`, as browsers give it for a folder that was dropped) adds folders that are
 * made on the way. Unless `conflict` says otherwise, an upload that took hours does not fail for its name: it gets a number.
 */
export async function targetOf(
  tus: TusRequest,
  metadata: ReadonlyMap<string, string>,
): Promise<UploadTarget> {
  const segments = (metadata.get('relativePath') ?? '').split('/').filter((segment) => segment !== '');
  const name = metadata.get('filename') ?? metadata.get('name') ?? segments.at(-1);
  if (name === undefined || name === '')
    throw new AppError('invalid_input', 'Upload-Metadata needs a filename');
  const onConflict = metadata.get('conflict') ?? 'keep_both';
  if (!conflicts.includes(onConflict))
    throw new AppError('invalid_input', `conflict is one of ${conflicts.join(', ')}`);
  const modifiedAt = metadata.get('modifiedAt');
  if (modifiedAt !== undefined && !/^\d{1,15}$/.test(modifiedAt))
    throw new AppError('invalid_input', 'modifiedAt is in milliseconds since 1970');
  return {
    parentId: await parentOf(tus, metadata),
    name,
    folders: segments.slice(0, -1),
    onConflict: onConflict as Conflict, // just checked
    ...(modifiedAt === undefined ? {} : { modifiedAt: Number(modifiedAt) }),
  };
}

async function parentOf(
  { services, context }: TusRequest,
  metadata: ReadonlyMap<string, string>,
): Promise<string> {
  const parentId = metadata.get('parentId');
  if (parentId !== undefined) {
    if (!isId(parentId)) throw new AppError('invalid_input', 'parentId is no id of a node');
    return parentId;
  }
  const [root] = context.principal.confined?.roots.keys() ?? [];
  if (root !== undefined) return root;
  const path = metadata.get('path');
  if (path === undefined) return (await services.workspaces.bySlug(context, 'personal')).rootId;
  const [slug, ...segments] = path.split('/').filter((segment) => segment !== '');
  if (slug === undefined) throw new AppError('invalid_input', 'path is a folder: /workspace/folder');
  const workspace = await services.workspaces.bySlug(context, slug);
  const { found } = await services.tree.resolve(context, workspace, segments, 'ifMissing');
  if (found === null) throw new AppError('not_found', 'there is no folder at this path');
  return found.node.id;
}
