/** Set-up, the session, and what everybody does with an account of their own. */
import { Type } from 'typebox';
import { Nullable, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Id, Locale, Login, Password, Scope, Session, Time, Token, User } from './schemas.ts';

export const SetupState = Type.Object({ required: Type.Boolean(), version: Type.String() });

export const Me = Type.Object({
  user: User,
  scopes: Type.Array(Scope),
  sessionId: Nullable(Id),
  csrfToken: Nullable(
    Type.String({ description: 'send as X-CSRF-Token with every change made by cookie session' }),
  ),
  limited: Type.Union([Type.Literal('enrol'), Type.Literal('password'), Type.Null()], {
    description: 'what must be done first: set up a second factor, or set another password; null: nothing',
  }),
  impersonator: Type.Union([Type.Object({ id: Id, displayName: Type.String() }), Type.Null()], {
    description: 'the administrator who acts as this user',
  }),
});

export const accountRoutes = {
  getSetup: defineRoute({
    id: 'getSetup',
    method: 'GET',
    path: '/setup',
    tag: 'setup',
    permission: 'public',
    summary: 'Whether set-up is still to be done',
    response: SetupState,
  }),
  runSetup: defineRoute({
    id: 'runSetup',
    method: 'POST',
    path: '/setup',
    tag: 'setup',
    permission: 'public',
    status: 201,
    summary: 'First-run set-up, guarded by the one-time key of the printed link; opens a session',
    body: Type.Object(
      {
        key: Type.String(),
        login: Login,
        password: Password,
        displayName: Type.Optional(Type.String({ maxLength: 200 })),
        email: Type.Optional(Type.String({ maxLength: 254 })),
      },
      strict,
    ),
    response: Me,
  }),
  login: defineRoute({
    id: 'login',
    method: 'POST',
    path: '/session',
    tag: 'session',
    permission: 'public',
    status: 201,
    summary:
      'Log in with a password; sets the session cookie (HttpOnly, SameSite=Lax), or answers second_factor_required',
    body: Type.Object(
      { login: Type.String({ maxLength: 64 }), password: Password, remember: Type.Optional(Type.Boolean()) },
      strict,
    ),
    response: Me,
  }),
  me: defineRoute({
    id: 'me',
    method: 'GET',
    path: '/session',
    tag: 'session',
    permission: 'signin',
    summary: 'Who is signed in',
    response: Me,
  }),
  logout: defineRoute({
    id: 'logout',
    method: 'DELETE',
    path: '/session',
    tag: 'session',
    permission: 'signin',
    summary: 'Log out; the session is void at once',
    responseKind: 'empty',
  }),
  listSessions: defineRoute({
    id: 'listSessions',
    method: 'GET',
    path: '/sessions',
    tag: 'session',
    permission: 'self',
    summary: 'Own sessions',
    response: Type.Object({ items: Type.Array(Session) }),
  }),
  revokeSession: defineRoute({
    id: 'revokeSession',
    method: 'DELETE',
    path: '/sessions/:id',
    tag: 'session',
    permission: 'self',
    params: byId,
    summary: 'End one of the own sessions',
    responseKind: 'empty',
  }),
  updateMe: defineRoute({
    id: 'updateMe',
    method: 'PATCH',
    path: '/me',
    tag: 'session',
    permission: 'self',
    summary: 'Change the own profile',
    body: Type.Object(
      {
        displayName: Type.Optional(Type.String({ maxLength: 200 })),
        email: Type.Optional(Nullable(Type.String({ maxLength: 254 }))),
        locale: Type.Optional(Nullable(Locale)),
      },
      strict,
    ),
    response: User,
  }),
  changePassword: defineRoute({
    id: 'changePassword',
    method: 'PUT',
    path: '/me/password',
    tag: 'session',
    permission: 'signin',
    summary: 'Change the own password; ends all other sessions',
    body: Type.Object({ current: Password, next: Password }, strict),
    responseKind: 'empty',
  }),
  listTokens: defineRoute({
    id: 'listTokens',
    method: 'GET',
    path: '/tokens',
    tag: 'session',
    permission: 'self',
    summary: 'Own app passwords and personal access tokens',
    response: Type.Object({ items: Type.Array(Token) }),
  }),
  createToken: defineRoute({
    id: 'createToken',
    method: 'POST',
    path: '/tokens',
    tag: 'session',
    permission: 'self',
    status: 201,
    summary: 'Make an app password or access token; its secret is shown this once; needs a recent proof',
    body: Type.Object(
      {
        kind: Token.properties.kind,
        label: Type.String({ minLength: 1, maxLength: 100 }),
        scopes: Type.Optional(Type.Array(Scope)),
        expiresAt: Type.Optional(Nullable(Time)),
      },
      strict,
    ),
    response: Type.Object({ token: Token, secret: Type.String() }),
  }),
  revokeToken: defineRoute({
    id: 'revokeToken',
    method: 'DELETE',
    path: '/tokens/:id',
    tag: 'session',
    permission: 'self',
    params: byId,
    summary: 'Void an app password or token at once',
    responseKind: 'empty',
  }),
} as const;
