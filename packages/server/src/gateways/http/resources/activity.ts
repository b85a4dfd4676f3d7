import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';

export function activityHandlers({ activity }: Services): Pick<Handlers, 'listActivity'> {
  return {
    async listActivity(call) {
      const { node, user, cursor } = call.query;
      const page = await activity.list(call.context, given({ node, user }), limitOf(call.query), cursor);
      return { items: [...page.items], next: page.next };
    },
  };
}
