import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';
import { presentLocated } from '../present.ts';

export function searchHandlers({ search, access }: Services): Pick<Handlers, 'search'> {
  return {
    async search(call) {
      const { q, cursor, limit: _limit, ...rest } = call.query;
      const page = await search.search(
        call.context,
        given({ ...rest, text: q }),
        limitOf(call.query),
        cursor,
      );
      const { principal } = call.context;
      const items = await Promise.all(page.items.map((hit) => presentLocated(access, principal, hit)));
      return { items, next: page.next };
    },
  };
}
