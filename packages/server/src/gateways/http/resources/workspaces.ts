import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';

type Names = 'listWorkspaces' | 'createWorkspace' | 'updateWorkspace';

export function workspaceHandlers({ workspaces }: Services): Pick<Handlers, Names> {
  return {
    listWorkspaces: async (call) => ({ items: [...(await workspaces.list(call.context))] }),
    createWorkspace: (call) => workspaces.create(call.context, call.body),
    updateWorkspace: (call) => workspaces.update(call.context, call.params.id, call.body),
  };
}
