import type { Routes } from '@volvox/api';
import { SHARE } from '../../../services/access/api.ts';
import type { Services } from '../../contract.ts';
import type { Call, Result } from '../handler.ts';
import { given, limitOf } from '../paging.ts';
import { readableAbove } from '../present.ts';

type Route = Routes['listLinksHere'];

/** Folders above that the asker may not read keep their names. */
export async function linksHere(
  { access, sharing, tree }: Services,
  { context, params, query }: Call<Route>,
): Promise<Result<Route>> {
  const { chain, names, workspace } = await tree.locate(context, params.id, SHARE);
  const readable = await readableAbove(access, context.principal, chain);
  const wish = { ...given({ cursor: query.cursor }), limit: limitOf(query) };
  const { items, next } = await sharing.leadingTo(context, chain, wish);
  return {
    items: items.map(({ rootId, ...link }) => {
      const at = chain.indexOf(rootId);
      const name = at === 0 ? workspace.name : (names[at - 1] ?? '');
      return { ...link, on: readable[at] === false ? null : { id: rootId, name } };
    }),
    next,
  };
}
