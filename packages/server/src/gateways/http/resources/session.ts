import type { Me, Route } from '@volvox/api';
import type { Static } from 'typebox';
import { randomBytes } from 'node:crypto';
import type { Context, Principal } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { OpenedSession } from '../../../services/identity/api.ts';
import type { Services } from '../../contract.ts';
import {
  clearedCookieHeader,
  deviceCookie,
  deviceCookieHeader,
  readCookie,
  sessionCookie,
  sessionCookieHeader,
} from '../cookies.ts';
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
      return presentMe(identity, call.context, secret === null ? null : identity.csrfToken(secret));
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

/** What `openSession` and its kin need of a call. */
export type Opening = Pick<Call<Route>, 'scope' | 'setHeader'>;

/** Logs in and sets the cookie; without `remember` it is gone when the browser closes. */
export async function openSession(
  services: Services,
  call: Opening,
  login: string,
  password: string,
  remember: boolean,
): Promise<Static<typeof Me>> {
  const { client } = call.scope;
  const options = { remember, device: deviceOf(call) };
  const session = await services.identity.signIn.login(login, password, client, options);
  return presentOpened(services, call, session, remember);
}

/** Sets the cookie of a session that has just been opened. */
export function presentOpened(
  { identity }: Services,
  call: Opening,
  session: OpenedSession,
  remember: boolean,
): Promise<Static<typeof Me>> {
  const { scope } = call;
  scope.user = session.principal.login;
  const expiresAt = remember ? session.expiresAt : null;
  call.setHeader('set-cookie', sessionCookieHeader(session.secret, scope.origin.secure, expiresAt));
  return presentMe(identity, contextOf(call, session.principal), session.csrfToken);
}

/** What this browser keeps between log-ins, made on the first; null for programs, which keep nothing and are no news. */
export function deviceOf(call: Opening): string | null {
  const { headers } = call.scope.raw;
  if (headers['sec-fetch-site'] === undefined && headers.origin === undefined) return null;
  const kept = readCookie(headers.cookie, deviceCookie);
  if (kept !== null && /^[A-Za-z0-9_-]{22,64}$/.test(kept)) return kept;
  const made = randomBytes(24).toString('base64url');
  call.setHeader('set-cookie', deviceCookieHeader(made, call.scope.origin.secure));
  return made;
}

function contextOf({ scope }: Opening, principal: Principal): Context {
  return { principal, requestId: scope.id, signal: scope.signal, lockTokens: [], origin: scope.client };
}

async function presentMe(
  identity: Identity,
  context: Context,
  csrfToken: string | null,
): Promise<Static<typeof Me>> {
  const { impersonatorId, scopes, sessionId, userId } = context.principal;
  if (userId === null) throw new AppError('forbidden', 'the system itself has no session');
  const impersonator = impersonatorId === undefined ? null : await identity.user(impersonatorId);
  return {
    user: await identity.user(userId),
    scopes: scopes.filter((scope) => scope !== 'files:drop' && scope !== 'signin'),
    sessionId,
    csrfToken,
    limited: await identity.signIn.limitOf(context),
    impersonator: impersonator && { id: impersonator.id, displayName: impersonator.displayName },
  };
}
