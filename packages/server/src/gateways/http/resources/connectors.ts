import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';

type Names =
  | 'sessionMethods'
  | 'listExternalAccounts'
  | 'linkExternalAccount'
  | 'unlinkExternalAccount'
  | 'listConnectors'
  | 'createConnector'
  | 'updateConnector'
  | 'deleteConnector'
  | 'testConnector'
  | 'syncConnector';

export function connectorHandlers({ connectors }: Services): Pick<Handlers, Names> {
  return {
    sessionMethods: async () => ({ external: [...(await connectors.methods())] }),
    listExternalAccounts: async (call) => ({ items: [...(await connectors.accounts(call.context))] }),
    async linkExternalAccount(call) {
      const { id } = call.params;
      const query = new URLSearchParams({
        link: await connectors.beginLink(call.context, id),
        return: '/account',
      });
      return { startAt: `/auth/external/${id}/start?${query.toString()}` };
    },
    unlinkExternalAccount: (call) => connectors.unlink(call.context, call.params.id),
    listConnectors: async (call) => ({ items: [...(await connectors.list(call.context))] }),
    createConnector: (call) => connectors.create(call.context, call.body),
    updateConnector: (call) => connectors.update(call.context, call.params.id, call.body),
    deleteConnector: (call) => connectors.delete(call.context, call.params.id),
    testConnector: (call) => connectors.test(call.context, call.body.connector, call.body.id ?? null),
    syncConnector: (call) => connectors.sync(call.context, call.params.id, call.body.dryRun),
  };
}
