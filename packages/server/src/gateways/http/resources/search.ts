import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';
import { presentLocated } from '../present.ts';

export function searchHandlers({ search }: Services): Pick<Handlers, 'search'> {
  return {
    async search(call) {
      const { q, cursor, limit: _limit, ...rest } = call.query;
      const page = await search.search(
        call.context,
        given({ ...rest, text: q }),
        limitOf(call.query),
        cursor,
      );
      return { items: page.items.map(presentLocated), next: page.next };
    },
  };
}
