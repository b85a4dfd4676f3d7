import { isAppError } from '../../../kernel/errors.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { limitOf } from '../paging.ts';
import { presentLocated } from '../present.ts';

type Names =
  | 'listNodeShares'
  | 'createShare'
  | 'updateShare'
  | 'revokeShare'
  | 'revokeShares'
  | 'listReceivedShares'
  | 'listGivenShares'
  | 'hideShare'
  | 'listSharedAmong'
  | 'listEffectiveAccess';

export function shareHandlers({ collaboration, access }: Services): Pick<Handlers, Names> {
  return {
    listNodeShares: (call) => collaboration.sharesOf(call.context, call.params.id),
    createShare: (call) => collaboration.share(call.context, call.params.id, call.body),
    updateShare: (call) => collaboration.updateShare(call.context, call.params.id, call.body),
    revokeShare: (call) => collaboration.revokeShare(call.context, call.params.id),
    async revokeShares(call) {
      const revoked: string[] = [];
      const refused: string[] = [];
      for (const id of call.body.ids)
        await collaboration.revokeShare(call.context, id).then(
          () => revoked.push(id),
          (error: unknown) => {
            if (!isRefusal(error)) throw error;
            refused.push(id);
          },
        );
      return { revoked, refused };
    },
    async listReceivedShares(call) {
      const { q, cursor, hidden } = call.query;
      const page = await collaboration.receivedShares(call.context, {
        limit: limitOf(call.query),
        ...(q === undefined ? {} : { q }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(hidden === undefined ? {} : { hidden }),
      });
      const items = [];
      for (const { located, ...share } of page.items)
        items.push({ ...share, node: await presentLocated(access, call.context.principal, located) });
      return { items, next: page.next };
    },
    async listGivenShares(call) {
      const { q, cursor, role } = call.query;
      const page = await collaboration.givenShares(call.context, {
        limit: limitOf(call.query),
        ...(q === undefined ? {} : { q }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(role === undefined ? {} : { role }),
      });
      const items = [];
      for (const { located, ...share } of page.items)
        items.push({
          ...share,
          node: located === null ? null : await presentLocated(access, call.context.principal, located),
        });
      return { items, next: page.next };
    },
    hideShare: (call) => collaboration.hideShare(call.context, call.params.id, call.body.hidden),
    listSharedAmong: async (call) => ({
      ids: [...(await collaboration.sharedAmong(call.context, call.body.ids))],
    }),
    async listEffectiveAccess(call) {
      const { cursor } = call.query;
      const page = await collaboration.accessOf(call.context, call.params.id, {
        limit: limitOf(call.query),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: [...page.items], next: page.next };
    },
  };
}

function isRefusal(error: unknown): boolean {
  return isAppError(error, 'not_found') || isAppError(error, 'forbidden');
}
