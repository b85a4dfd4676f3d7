import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import { isId } from '../../../kernel/ids.ts';
import type { Located, TreeNode } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import { dispositionOf } from '../../http-semantics/content-headers.ts';
import type { StreamAnswer } from '../handler.ts';
import type { RequestScope } from '../request-scope.ts';
import { ZipNames } from './zip-names.ts';
import { zipBytes, zipLength, type ZipSource } from './zip-stream.ts';

/** The list is held in memory, about 300 bytes an entry. */
const maximumEntries = 200_000;

/**
 * Folders and files as one zip with its exact length told before. The listing pins versions: what is changed meanwhile
 * comes as it was listed; what is removed for good meanwhile cuts the connection.
 */
export async function zipAnswer(
  services: Services,
  context: Context,
  scope: RequestScope,
  ids: readonly string[],
  name: string | undefined,
): Promise<StreamAnswer> {
  if (!ids.every(isId)) throw new AppError('invalid_input', 'ids are node ids, separated by commas');
  const tops: Located[] = [];
  for (const id of new Set(ids)) tops.push(await services.tree.locate(context, id));
  const entries = await listEntries(services, context, tops);
  const only = tops.length === 1 ? tops[0] : undefined;
  const title = name?.replace(/\.zip$/i, '') || (only === undefined ? 'files' : topName(only));
  const headers = {
    'Content-Type': 'application/zip',
    'Content-Length': zipLength(entries),
    'Content-Disposition': dispositionOf('attachment', `${title}.zip`),
    'Cache-Control': 'no-store',
    'Accept-Ranges': 'none',
  };
  if (scope.raw.method === 'GET')
    for (const { node, workspace } of tops)
      services.audit.read(context, { nodeId: node.id, workspaceId: workspace.id });
  return { status: 200, headers, body: scope.raw.method === 'HEAD' ? null : zipBytes(entries) };
}

/** Folders and files with all below, as far as the asker may read. `folder`: what they lie in within the zip. */
export async function listEntries(
  services: Services,
  context: Context,
  tops: readonly Located[],
  folder: readonly string[] = [],
): Promise<ZipSource[]> {
  const names = new ZipNames();
  const entries: ZipSource[] = [];
  const add = (node: TreeNode, path: readonly string[]): string => {
    if (entries.length >= maximumEntries)
      throw new AppError('too_large', `a zip holds at most ${maximumEntries} files and folders`);
    const claimed = names.claim(path, node.kind === 'folder');
    entries.push(sourceOf(services, context, node, claimed));
    return claimed;
  };
  for (const top of tops) {
    const claimed = add(top.node, [...folder, topName(top)]).replace(/\/$/, '');
    if (top.node.kind === 'file') continue;
    for await (const { node, names: below } of services.tree.walk(context, top, context.signal))
      add(node, [...claimed.split('/'), ...below]);
  }
  return entries;
}

function topName(located: Located): string {
  return located.names.at(-1) ?? located.workspace.name;
}

function sourceOf({ contents }: Services, context: Context, node: TreeNode, path: string): ZipSource {
  const { versionId } = node;
  const file = node.kind === 'file';
  return {
    name: Buffer.from(path),
    size: file ? node.size : 0,
    modifiedAt: node.modifiedAt,
    folder: !file,
    async *open() {
      if (versionId === null) throw new AppError('corrupt', 'a file without a version');
      const small = await contents.small(versionId, node.size);
      if (small !== null) yield small;
      else yield* contents.stream(versionId, null, context.signal);
    },
  };
}
