import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import { WRITE } from '../../../services/access/api.ts';
import type { WorkspaceRecord } from '../../../services/workspaces/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { limitOf } from '../paging.ts';
import { presentLocated } from '../present.ts';
import { deleteNode } from './delete-node.ts';
import { presentChanged } from './nodes.ts';

type Names = 'listTrash' | 'emptyTrash' | 'deleteNode' | 'restoreNode';

export function trashHandlers(services: Services): Pick<Handlers, Names> {
  const { tree } = services;
  return {
    async listTrash(call) {
      const { cursor } = call.query;
      const workspace = await workspaceOf(services, call.context, call.params.id, 0);
      const page = await tree.listTrash(call.context, workspace, {
        limit: limitOf(call.query),
        ...(cursor === undefined ? {} : { cursor }),
      });
      const { principal } = call.context;
      const items = await Promise.all(
        page.items.map((item) => presentLocated(services.access, principal, item)),
      );
      return { items, next: page.next };
    },
    async emptyTrash(call) {
      await tree.emptyTrash(call.context, await workspaceOf(services, call.context, call.params.id, WRITE));
    },
    deleteNode: (call) => deleteNode(services, call.context, call.params.id, call.query.permanent ?? false),
    async restoreNode(call) {
      const { parentId, conflict } = call.body;
      const restored = await tree.restore(call.context, call.params.id, {
        ...(parentId === undefined ? {} : { parentId }),
        ...(conflict === undefined ? {} : { onConflict: conflict }),
      });
      return presentChanged(services, call.context, restored.node.id);
    },
  };
}

/** @throws not_found for a workspace whose root the principal may not read */
async function workspaceOf(
  services: Services,
  context: Context,
  id: string,
  need: number,
): Promise<WorkspaceRecord> {
  const workspace = await services.workspaces.byId(id);
  if (workspace === null) throw new AppError('not_found', 'there is no such workspace');
  await services.tree.locate(context, workspace.rootId, need);
  return workspace;
}
