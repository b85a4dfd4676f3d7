import type { Handlers } from '../handler.ts';
import type { RestDeps } from '../rest-deps.ts';
import { openSession } from './session.ts';

export function setupHandlers({ services, version }: RestDeps): Pick<Handlers, 'getSetup' | 'runSetup'> {
  const { identity } = services;
  return {
    getSetup: async () => ({ required: await identity.setupRequired(), version }),
    async runSetup(call) {
      await identity.setup(call.body, { requestId: call.scope.id, origin: call.scope.client });
      return openSession(services, call, call.body.login, call.body.password, false);
    },
  };
}
