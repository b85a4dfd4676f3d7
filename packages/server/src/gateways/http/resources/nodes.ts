import type { BatchResult, Node } from '@volvox/api';
import type { Static } from 'typebox';
import { AppError, toAppError } from '../../../kernel/errors.ts';
import type { Context } from '../../../kernel/context.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { limitOf } from '../paging.ts';
import { presentLocated, presentNode, readableAbove } from '../present.ts';
import { deleteNode } from './delete-node.ts';

type Names =
  | 'lookupNode'
  | 'getNode'
  | 'getAncestors'
  | 'listChildren'
  | 'createFolder'
  | 'updateNode'
  | 'copyNode'
  | 'batchNodes';
type BatchBody = Parameters<Handlers['batchNodes']>[0]['body'];
type BatchItem = Static<typeof BatchResult>['results'][number];

/** Nodes of a batch that are changed at once: they share a commit and its sync, where one after another each would wait for its own. */
const batchWidth = 32;

export function nodeHandlers(services: Services): Pick<Handlers, Names> {
  const { tree } = services;
  return {
    lookupNode: (call) => lookup(services, call.context, call.query.path),
    getNode: async (call) =>
      presentWhole(services, call.context, await tree.locate(call.context, call.params.id)),
    async getAncestors(call) {
      const located = await tree.locate(call.context, call.params.id);
      const names = [located.workspace.name, ...located.names];
      const above = await readableAbove(services.access, call.context.principal, located.chain);
      const items = located.chain.slice(0, -1).map((id, at) => ({ id, name: names[at] ?? '' }));
      return { items: items.filter((_, at) => above[at]) };
    },
    async listChildren(call) {
      const { sort, order, cursor, kind, name } = call.query;
      const folder = await tree.locate(call.context, call.params.id);
      if (folder.node.kind !== 'folder') throw new AppError('conflict', 'a file has no members');
      const page = await tree.list(call.context, folder, {
        sort: sort ?? 'name',
        order: order ?? 'asc',
        limit: limitOf(call.query),
        ...(cursor === undefined ? {} : { cursor }),
        ...(kind === undefined ? {} : { kind }),
        ...(name === undefined ? {} : { contains: name }),
      });
      const items = page.items.map(({ node, permissions, home }) =>
        home === undefined
          ? presentNode(node, folder.workspace.id, permissions)
          : { ...presentNode(node, home.id, permissions), mount: true },
      );
      return { items, next: page.next, ...(page.total === undefined ? {} : { total: page.total }) };
    },
    async createFolder(call) {
      const made = await tree.createFolder(
        call.context,
        call.params.id,
        call.body.name,
        call.body.conflict ?? 'fail',
      );
      return presentChanged(services, call.context, made.node.id);
    },
    async updateNode(call) {
      const { conflict, ...to } = call.body;
      if (to.name === undefined && to.parentId === undefined)
        throw new AppError('invalid_input', 'give name, parentId or both');
      const moved = await tree.move(call.context, call.params.id, to, { onConflict: conflict ?? 'fail' });
      return presentChanged(services, call.context, moved.node.id);
    },
    async copyNode(call) {
      const { conflict, ...to } = call.body;
      const copied = await tree.copy(call.context, call.params.id, to, { onConflict: conflict ?? 'fail' });
      return presentChanged(services, call.context, copied.node.id);
    },
    async batchNodes(call) {
      const { ids, verb } = call.body;
      const results: BatchItem[] = [];
      const width = verb === 'copy' ? 1 : batchWidth;
      for (let at = 0; at < ids.length; at += width) {
        call.context.signal.throwIfAborted();
        const some = ids.slice(at, at + width).map((id) => oneOf(services, call.context, call.body, id));
        await Promise.allSettled(some);
        results.push(...(await Promise.all(some)));
      }
      return { results };
    },
  };
}

/** `/` is no node: paths begin with a workspace. Empty segments don't count, so a final slash may be written. */
async function lookup(services: Services, context: Context, path: string): Promise<Node> {
  const [slug, ...segments] = path.split('/').filter((segment) => segment !== '');
  if (slug === undefined)
    throw new AppError('invalid_input', 'a path begins with a workspace: /workspace/folder/name');
  const workspace = await services.workspaces.bySlug(context, slug);
  const { found } = await services.tree.resolve(context, workspace, segments, 'ifMissing');
  if (found === null) throw new AppError('not_found', 'nothing is at this path');
  return presentWhole(services, context, found);
}

/** With the size of a folder as it is now, not as last rolled up. */
async function presentWhole(services: Services, context: Context, located: Located): Promise<Node> {
  const node = await presentLocated(services.access, context.principal, located);
  if (located.node.kind === 'file') return node;
  const { bytes, files } = await services.tree.folderSize(located.node.id);
  return { ...node, size: bytes, files };
}

export async function presentChanged(services: Services, context: Context, id: string): Promise<Node> {
  return presentLocated(services.access, context.principal, await services.tree.locate(context, id));
}

async function oneOf(services: Services, context: Context, body: BatchBody, id: string): Promise<BatchItem> {
  try {
    const changed = await apply(services, context, body, id);
    return changed === null
      ? { id, ok: true }
      : { id, ok: true, node: await presentChanged(services, context, changed) };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'internal' || error.code === 'unauthenticated') throw thrown;
    return { id, ok: false, code: error.code, detail: error.message };
  }
}

/** @returns the node that there is now; null where it went away */
async function apply(
  { tree, ...services }: Services,
  context: Context,
  body: BatchBody,
  id: string,
): Promise<string | null> {
  const onConflict = body.conflict ?? 'fail';
  switch (body.verb) {
    case 'move':
      return (await tree.move(context, id, { parentId: targetOf(body) }, { onConflict })).node.id;
    case 'copy':
      return (await tree.copy(context, id, { parentId: targetOf(body) }, { onConflict })).node.id;
    case 'restore':
      return (
        await tree.restore(context, id, {
          onConflict,
          ...(body.parentId === undefined ? {} : { parentId: body.parentId }),
        })
      ).node.id;
    case 'trash':
      await deleteNode({ tree, ...services }, context, id, false);
      return null;
    case 'purge':
      await tree.purge(context, id);
      return null;
  }
}

function targetOf(body: BatchBody): string {
  if (body.parentId === undefined) throw new AppError('invalid_input', `${body.verb} needs parentId`);
  return body.parentId;
}
