import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';

type Names =
  | 'continueInteraction'
  | 'decideInteraction'
  | 'lookUpDevice'
  | 'decideDevice'
  | 'listConnections'
  | 'revokeConnection'
  | 'listOidcClients'
  | 'createOidcClient'
  | 'updateOidcClient'
  | 'renewOidcSecret'
  | 'deleteOidcClient';

export function oidcHandlers({ oidc }: Services): Pick<Handlers, Names> {
  return {
    async continueInteraction(call) {
      const step = await oidc.interaction(call.context, call.params.uid);
      if (step.kind === 'redirect') return { redirectTo: step.to };
      return step.kind === 'consent' ? { consent: step.interaction } : { reauthenticate: true };
    },
    decideInteraction: async (call) => ({
      redirectTo: await oidc.decide(call.context, call.params.uid, call.body.allow),
    }),
    lookUpDevice: (call) => oidc.device(call.context, call.body.userCode),
    decideDevice: (call) => oidc.decideDevice(call.context, call.body.userCode, call.body.allow),
    listConnections: async (call) => ({ items: [...(await oidc.connections(call.context))] }),
    revokeConnection: (call) => oidc.revokeConnection(call.context, call.params.id),
    listOidcClients: async (call) => ({ items: [...(await oidc.clients(call.context))] }),
    createOidcClient: (call) => oidc.createClient(call.context, call.body),
    updateOidcClient: (call) => oidc.updateClient(call.context, call.params.id, call.body),
    renewOidcSecret: async (call) => ({ secret: await oidc.newSecret(call.context, call.params.id) }),
    deleteOidcClient: (call) => oidc.deleteClient(call.context, call.params.id),
  };
}
