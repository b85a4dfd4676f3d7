import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';

type Names = 'adminListTokens' | 'adminCreateToken' | 'adminRevokeToken';

/** Tokens belong to a person; an administrator handles them in that person's name. */
export function userTokenHandlers({ identity }: Services): Pick<Handlers, Names> {
  const asUser = async (context: Context, login: string): Promise<Context> => {
    const user = await identity.userByLogin(login);
    if (user === null) throw new AppError('not_found', `there is no user ${login}`);
    return { ...context, principal: await identity.principalOf(user.id) };
  };
  return {
    adminListTokens: async (call) => ({
      items: [...(await identity.tokens(await asUser(call.context, call.params.login)))],
    }),
    adminCreateToken: async (call) =>
      identity.createToken(await asUser(call.context, call.params.login), call.body, call.context),
    adminRevokeToken: async (call) =>
      identity.revokeToken(await asUser(call.context, call.params.login), call.params.id, call.context),
  };
}
