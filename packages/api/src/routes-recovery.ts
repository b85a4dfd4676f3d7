/** Ways back in: password resets, and what administrators do for a user who is locked out or must not come in. */
import { Type, type Static } from 'typebox';
import { Nullable, Secret, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Me } from './routes-account.ts';
import { Id, Password, Session, Time } from './schemas.ts';

export const SignInState = Type.Object({
  hasPassword: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  passwordChangedAt: Nullable(Time),
  totp: Type.Boolean(),
  passkeys: Type.Array(
    Type.Object({ id: Id, name: Type.String(), createdAt: Time, lastUsedAt: Nullable(Time) }),
  ),
  recoveryCodes: Type.Integer(),
  secondFactorRequired: Type.Boolean(),
});
export type SignInState = Static<typeof SignInState>;

export const recoveryRoutes = {
  requestPasswordReset: defineRoute({
    id: 'requestPasswordReset',
    method: 'POST',
    path: '/password-resets',
    tag: 'session',
    permission: 'public',
    status: 202,
    summary: 'Mail a link for a new password; the answer is the same whether or not there is such a user',
    body: Type.Object(
      {
        user: Type.String({ minLength: 1, maxLength: 254, description: 'login or e-mail address' }),
        locale: Type.Optional(Type.String({ maxLength: 20, pattern: '^[A-Za-z-]+$' })),
      },
      strict,
    ),
    responseKind: 'empty',
  }),
  finishPasswordReset: defineRoute({
    id: 'finishPasswordReset',
    method: 'POST',
    path: '/password-resets/finish',
    tag: 'session',
    permission: 'public',
    summary: 'Set a new password by the token of the mailed link; ends all sessions',
    body: Type.Object({ token: Secret, password: Password }, strict),
    responseKind: 'empty',
  }),

  userSignIn: defineRoute({
    id: 'userSignIn',
    method: 'GET',
    path: '/users/:id/sign-in',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'How a user signs in',
    response: SignInState,
  }),
  demandNewPassword: defineRoute({
    id: 'demandNewPassword',
    method: 'PUT',
    path: '/users/:id/new-password',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'Whether the next log-in must lead to a new password',
    body: Type.Object({ demanded: Type.Boolean() }, strict),
    responseKind: 'empty',
  }),
  resetFactors: defineRoute({
    id: 'resetFactors',
    method: 'DELETE',
    path: '/users/:id/factors',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'Remove all second factors of a user and end the sessions',
    responseKind: 'empty',
  }),
  removeUserTotp: defineRoute({
    id: 'removeUserTotp',
    method: 'DELETE',
    path: '/users/:id/factors/totp',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'Remove the authenticator app of a user; needs a recent proof, as do the other factors',
    responseKind: 'empty',
  }),
  removeUserPasskey: defineRoute({
    id: 'removeUserPasskey',
    method: 'DELETE',
    path: '/users/:id/factors/passkeys/:passkeyId',
    tag: 'users',
    permission: 'admin',
    params: Type.Object({ id: Id, passkeyId: Id }),
    summary: 'Remove a passkey of a user',
    responseKind: 'empty',
  }),
  removeUserRecoveryCodes: defineRoute({
    id: 'removeUserRecoveryCodes',
    method: 'DELETE',
    path: '/users/:id/factors/recovery-codes',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'Void the recovery codes of a user',
    responseKind: 'empty',
  }),
  userSessions: defineRoute({
    id: 'userSessions',
    method: 'GET',
    path: '/users/:id/sessions',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'Sessions of a user',
    response: Type.Object({ items: Type.Array(Session) }),
  }),
  revokeUserSessions: defineRoute({
    id: 'revokeUserSessions',
    method: 'DELETE',
    path: '/users/:id/sessions',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary: 'End all sessions of a user',
    responseKind: 'empty',
  }),
  revokeUserSession: defineRoute({
    id: 'revokeUserSession',
    method: 'DELETE',
    path: '/users/:id/sessions/:sessionId',
    tag: 'users',
    permission: 'admin',
    params: Type.Object({ id: Id, sessionId: Id }),
    summary: 'End a session of a user',
    responseKind: 'empty',
  }),
  impersonate: defineRoute({
    id: 'impersonate',
    method: 'POST',
    path: '/users/:id/impersonation',
    tag: 'users',
    permission: 'admin',
    status: 201,
    params: byId,
    summary:
      'Act as a user who is no administrator (setting impersonation.enabled); replaces the session cookie',
    response: Me,
  }),
} as const;
