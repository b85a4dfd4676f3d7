import type { Me, Route } from '@volvox/api';
import type { Static } from 'typebox';
import type { Principal } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { Services } from '../../contract.ts';
import { clearedCookieHeader, readCookie, sessionCookie, sessionCookieHeader } from '../cookies.ts';
import type { Call, Handlers } from '../handler.ts';

type Names =
  | 'login'
  | 'me'
  | 'logout'
  | 'listSessions'
  | 'revokeSession'
  | 'updateMe'
  | 'changePassword'
  | 'listTokens'
  | 'createToken'
  | 'revokeToken';
type Identity = Services['identity'];

export function sessionHandlers(services: Services): Pick<Handlers, Names> {
  const { identity } = services;
  return {
    login: (call) =>
      openSession(services, call, call.body.login, call.body.password, call.body.remember ?? false),
    me: (call) => {
      const { principal } = call.context;
      const secret =
        principal.via === 'session' ? readCookie(call.scope.raw.headers.cookie, sessionCookie) : null;
      return presentMe(identity, principal, secret === null ? null : identity.csrfToken(secret));
    },
    async logout(call) {
      await identity.logout(call.context);
      call.setHeader('set-cookie', clearedCookieHeader(call.scope.origin.secure));
    },
    listSessions: async (call) => ({ items: [...(await identity.sessions(call.context))] }),
    revokeSession: (call) => identity.revokeSession(call.context, call.params.id),
    updateMe: (call) => identity.updateProfile(call.context, call.body),
    changePassword: (call) => identity.changePassword(call.context, call.body.current, call.body.next),
    listTokens: async (call) => ({ items: [...(await identity.tokens(call.context))] }),
    createToken: (call) => identity.createToken(call.context, call.body),
    revokeToken: (call) => identity.revokeToken(call.context, call.params.id),
  };
}

/** Logs in and sets the cookie; without `remember` it is gone when the browser closes. */
export async function openSession<R extends Route>(
  services: Services,
  call: Pick<Call<R>, 'scope' | 'setHeader'>,
  login: string,
  password: string,
  remember: boolean,
): Promise<Static<typeof Me>> {
  const { identity } = services;
  const session = await identity.login(login, password, call.scope.client, remember);
  call.scope.user = session.principal.login;
  call.setHeader(
    'set-cookie',
    sessionCookieHeader(session.secret, call.scope.origin.secure, remember ? session.expiresAt : null),
  );
  return presentMe(identity, session.principal, session.csrfToken);
}

async function presentMe(
  identity: Identity,
  principal: Principal,
  csrfToken: string | null,
): Promise<Static<typeof Me>> {
  if (principal.userId === null) throw new AppError('forbidden', 'the system itself has no session');
  return {
    user: await identity.user(principal.userId),
    scopes: principal.scopes.filter((scope) => scope !== 'files:drop'),
    sessionId: principal.sessionId,
    csrfToken,
  };
}
