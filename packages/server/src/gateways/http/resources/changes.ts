import type { Handlers } from '../handler.ts';
import { limitOf } from '../paging.ts';
import type { RestDeps } from '../rest-deps.ts';

export function changeHandlers({ live, authenticator }: RestDeps): Pick<Handlers, 'listChanges' | 'events'> {
  return {
    listChanges: (call) => live.list(call.context, call.query.after ?? null, limitOf(call.query)),
    async events(call) {
      const told = call.scope.raw.headers['last-event-id'];
      const last = typeof told === 'string' && /^\d{1,15}$/.test(told) ? Number(told) : undefined;
      return {
        status: 200,
        headers: {},
        body: (request) =>
          live.stream({
            request,
            after: last ?? call.query.after ?? null,
            context: call.context,
            authenticate: () => authenticator.authenticate(request),
          }),
      };
    },
  };
}
