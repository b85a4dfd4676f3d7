import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { limitOf } from '../paging.ts';

type Names =
  | 'listUsers'
  | 'createUser'
  | 'getUser'
  | 'updateUser'
  | 'deleteUser'
  | 'listGroups'
  | 'createGroup'
  | 'deleteGroup';

export function userHandlers({ identity }: Services): Pick<Handlers, Names> {
  return {
    async listUsers(call) {
      const page = await identity.users(call.context, { ...call.query, limit: limitOf(call.query) });
      return { items: [...page.items], next: page.next };
    },
    createUser: (call) => identity.createUser(call.context, call.body),
    getUser: (call) => identity.managedUser(call.context, call.params.id),
    updateUser: (call) => identity.updateUser(call.context, call.params.id, call.body),
    deleteUser: (call) =>
      identity.deleteUser(call.context, call.params.id, { handTo: call.query.handTo ?? null }),
    listGroups: async (call) => ({ items: [...(await identity.groups(call.context))] }),
    createGroup: (call) => identity.createGroup(call.context, call.body.name, call.body.parentId ?? null),
    deleteGroup: (call) => identity.deleteGroup(call.context, call.params.id),
  };
}
