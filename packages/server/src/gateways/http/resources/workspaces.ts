import type { AdminWorkspace } from '@volvox/api';
import { bitsOf } from '../../../services/access/api.ts';
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { personalTemplate } from './personal-template.ts';

type Names =
  | 'listWorkspaces'
  | 'createWorkspace'
  | 'updateWorkspace'
  | 'adminPersonalTemplate'
  | 'adminSetPersonalTemplate'
  | 'adminListWorkspaces'
  | 'adminAddMount'
  | 'adminRemoveMount'
  | 'adminArchiveWorkspace'
  | 'adminDeleteWorkspace';

export function workspaceHandlers(services: Services): Pick<Handlers, Names> {
  const { workspaces, tree } = services;
  return {
    listWorkspaces: async (call) => ({ items: [...(await workspaces.list(call.context))] }),
    async createWorkspace({ context, body: { everybody = [], ...body } }) {
      const allow = bitsOf(everybody);
      const everyone = (await services.identity.groups(context)).find(({ parentId }) => parentId === null);
      const rules = allow === 0 || everyone === undefined ? [] : [{ roleId: everyone.roleId, allow }];
      return workspaces.create(context, { ...body, rules });
    },
    updateWorkspace: (call) => workspaces.update(call.context, call.params.id, call.body),
    adminPersonalTemplate: (call) => personalTemplate(services, call.context),
    async adminSetPersonalTemplate(call) {
      await workspaces.chooseTemplate(call.context, call.body.folderId);
      return personalTemplate(services, call.context);
    },
    adminListWorkspaces: async (call) => ({ items: await allOf(services, call.context) }),
    async adminAddMount(call) {
      const located = await tree.locate(call.context, call.body.nodeId);
      if (located.trashed !== null)
        throw new AppError('conflict', 'it is in the trash', { details: { reason: 'mount' } });
      if (located.workspace.id === call.params.id)
        throw new AppError('conflict', 'it lies in this workspace already', {
          details: { reason: 'inside' },
        });
      await workspaces.mount(call.context, call.params.id, { id: located.node.id, name: nameOf(located) });
    },
    async adminRemoveMount({ context, params: { id, node } }) {
      const [located] = await tree.locateMany(context, [node]); // it may be gone, or not be for this administrator to see
      await workspaces.unmount(context, id, { id: node, name: located ? nameOf(located) : null });
    },
    adminArchiveWorkspace: ({ context, params, body }) =>
      workspaces.archive(context, params.id, body.archived),
    adminDeleteWorkspace: ({ context, params, query }) =>
      workspaces.delete(context, params.id, query.confirm),
  };
}

function nameOf({ names, workspace }: Located): string {
  return names.at(-1) ?? workspace.name;
}

async function allOf(
  { workspaces, collaboration, identity, tree }: Services,
  context: Context,
): Promise<AdminWorkspace[]> {
  const all = await workspaces.all(context);
  const located = await tree.locateMany(
    context,
    all.flatMap((one) => one.mounts),
  );
  const names = new Map(located.map((one) => [one.node.id, nameOf(one)]));
  const owners = await collaboration.ownersOf(all.map((one) => one.workspace.id));
  const people = await identity.names([...owners.values()]);
  return all.map(({ workspace, archivedAt, mounts }) => {
    const ownerId = owners.get(workspace.id);
    const name = ownerId === undefined ? undefined : people.get(ownerId);
    return {
      ...workspace,
      owner: ownerId === undefined || name === undefined ? null : { id: ownerId, name },
      archivedAt,
      mounts: mounts.map((nodeId) => ({ nodeId, name: names.get(nodeId) ?? null })),
    };
  });
}
