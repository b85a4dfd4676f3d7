import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { limitOf } from '../paging.ts';
import { presentChanged } from './nodes.ts';

export function versionHandlers(
  services: Services,
): Pick<Handlers, 'listVersions' | 'restoreVersion' | 'deleteVersion'> {
  const { tree } = services;
  return {
    async listVersions(call) {
      const { cursor } = call.query;
      const page = await tree.versions(call.context, call.params.id, {
        limit: limitOf(call.query),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: [...page.items], next: page.next };
    },
    async restoreVersion(call) {
      const restored = await tree.restoreVersion(call.context, call.params.id, call.params.version);
      return presentChanged(services, call.context, restored.node.id);
    },
    deleteVersion: (call) => tree.deleteVersion(call.context, call.params.id, call.params.version),
  };
}
