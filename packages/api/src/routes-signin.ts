/** Ways to sign in, second steps and proofs of presence. */
import { Type, type Static } from 'typebox';
import { Code, Nullable, Secret, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Me } from './routes-account.ts';
import { Assertion, PasskeyOptions } from './schemas-passkeys.ts';
import { Password, Time } from './schemas.ts';

export const SecondMethod = Type.Union([
  Type.Literal('totp'),
  Type.Literal('passkey'),
  Type.Literal('recovery'),
]);
export type SecondMethod = Static<typeof SecondMethod>;

/** Exactly one of `code` and `assertion`, as the method wants it. */
const step = { code: Type.Optional(Code), assertion: Type.Optional(Assertion) };

export const signInRoutes = {
  signInOptions: defineRoute({
    id: 'signInOptions',
    method: 'GET',
    path: '/session/options',
    tag: 'session',
    permission: 'public',
    summary: 'What the log-in page offers, and the rules for new passwords',
    response: Type.Object({
      passwordReset: Type.Boolean(),
      password: Type.Object({ minLength: Type.Integer(), classes: Type.Integer() }),
    }),
  }),
  secondStep: defineRoute({
    id: 'secondStep',
    method: 'POST',
    path: '/session/second',
    tag: 'session',
    permission: 'public',
    status: 201,
    summary:
      'Second step of a log-in; sets the session cookie. The challenge comes with second_factor_required',
    body: Type.Object({ challenge: Secret, method: SecondMethod, ...step }, strict),
    response: Me,
  }),
  secondStepOptions: defineRoute({
    id: 'secondStepOptions',
    method: 'POST',
    path: '/session/second/options',
    tag: 'session',
    permission: 'public',
    summary: 'What a passkey is to sign for the second step',
    body: Type.Object({ challenge: Secret }, strict),
    response: PasskeyOptions,
  }),
  passkeyOptions: defineRoute({
    id: 'passkeyOptions',
    method: 'POST',
    path: '/session/passkey/options',
    tag: 'session',
    permission: 'public',
    summary: 'What a passkey is to sign to log in without a user name',
    response: PasskeyOptions,
  }),
  passkeyLogin: defineRoute({
    id: 'passkeyLogin',
    method: 'POST',
    path: '/session/passkey',
    tag: 'session',
    permission: 'public',
    status: 201,
    summary: 'Log in with a passkey alone; sets the session cookie',
    body: Type.Object({ assertion: Assertion, remember: Type.Optional(Type.Boolean()) }, strict),
    response: Me,
  }),
  proofState: defineRoute({
    id: 'proofState',
    method: 'GET',
    path: '/session/proof',
    tag: 'session',
    permission: 'signin',
    summary: 'Until when dangerous actions need no confirmation, and how to confirm',
    response: Type.Object({
      until: Nullable(Time),
      holds: Type.Boolean({ description: 'no confirmation is asked for now, whatever your clock says' }),
      methods: Type.Array(Type.Union([Type.Literal('password'), ...SecondMethod.anyOf])),
    }),
  }),
  proofOptions: defineRoute({
    id: 'proofOptions',
    method: 'POST',
    path: '/session/proof/options',
    tag: 'session',
    permission: 'signin',
    summary: 'What a passkey is to sign to confirm',
    response: PasskeyOptions,
  }),
  prove: defineRoute({
    id: 'prove',
    method: 'POST',
    path: '/session/proof',
    tag: 'session',
    permission: 'signin',
    summary: 'Confirm that it is you; dangerous actions are then open for a while (login.proofMinutes)',
    body: Type.Object(
      {
        method: Type.Union([Type.Literal('password'), ...SecondMethod.anyOf]),
        password: Type.Optional(Password),
        ...step,
      },
      strict,
    ),
    response: Type.Object({ until: Time }),
  }),
  stopImpersonating: defineRoute({
    id: 'stopImpersonating',
    method: 'DELETE',
    path: '/session/impersonation',
    tag: 'session',
    permission: 'self',
    summary: 'Stop acting as somebody else; the own session goes on if it is still there',
    responseKind: 'empty',
  }),
  revokeOtherSessions: defineRoute({
    id: 'revokeOtherSessions',
    method: 'DELETE',
    path: '/sessions',
    tag: 'session',
    permission: 'self',
    summary: 'End all own sessions but this one',
    responseKind: 'empty',
  }),
} as const;
