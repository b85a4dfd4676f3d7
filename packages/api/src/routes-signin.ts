import { Type, type Static, type TSchema } from 'typebox';
import { defineRoute } from './route.ts';
import { Me } from './routes-account.ts';
import { Id, Password, Session, Time } from './schemas.ts';

const strict = { additionalProperties: false };
const byId = Type.Object({ id: Id });
const Nullable = <T extends TSchema>(t: T) => Type.Union([t, Type.Null()]);
const Secret = Type.String({ minLength: 1, maxLength: 100 });
const Binary = Type.String({ minLength: 1, maxLength: 20_000, description: 'base64url' });
const Code = Type.String({ minLength: 1, maxLength: 40 });
const Label = Type.String({ minLength: 1, maxLength: 100 });

export const SecondMethod = Type.Union([
  Type.Literal('totp'),
  Type.Literal('passkey'),
  Type.Literal('recovery'),
]);
export type SecondMethod = Static<typeof SecondMethod>;

const extensions = Type.Record(Type.String(), Type.Unknown());
const attachment = Type.Optional(Type.String({ maxLength: 20 }));

/** What `navigator.credentials.get` gave, as JSON (WebAuthn level 3, AuthenticationResponseJSON). */
export const Assertion = Type.Object(
  {
    id: Binary,
    rawId: Binary,
    type: Type.Literal('public-key'),
    authenticatorAttachment: attachment,
    clientExtensionResults: extensions,
    response: Type.Object(
      {
        clientDataJSON: Binary,
        authenticatorData: Binary,
        signature: Binary,
        userHandle: Type.Optional(Type.String({ maxLength: 200 })),
      },
      strict,
    ),
  },
  strict,
);
export type Assertion = Static<typeof Assertion>;

/** What `navigator.credentials.create` gave, as JSON (RegistrationResponseJSON). */
export const Attestation = Type.Object(
  {
    id: Binary,
    rawId: Binary,
    type: Type.Literal('public-key'),
    authenticatorAttachment: attachment,
    clientExtensionResults: extensions,
    response: Type.Object(
      {
        clientDataJSON: Binary,
        attestationObject: Binary,
        authenticatorData: Type.Optional(Binary),
        transports: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 })),
        publicKeyAlgorithm: Type.Optional(Type.Integer()),
        publicKey: Type.Optional(Binary),
      },
      strict,
    ),
  },
  strict,
);
export type Attestation = Static<typeof Attestation>;

/** PublicKeyCredentialRequestOptionsJSON, PublicKeyCredentialCreationOptionsJSON: for the browser, unread. */
const Options = Type.Object({ options: Type.Record(Type.String(), Type.Unknown()) });

/** Exactly one of `code` and `assertion`, as the method wants it. */
const step = { code: Type.Optional(Code), assertion: Type.Optional(Assertion) };

export const RecoveryCodes = Type.Object({
  recoveryCodes: Nullable(Type.Array(Type.String())),
});

export const Factors = Type.Object({
  totp: Nullable(Type.Object({ since: Time })),
  passkeys: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      synced: Type.Boolean({ description: 'copied between the devices of its owner' }),
      createdAt: Time,
      lastUsedAt: Nullable(Time),
    }),
  ),
  recoveryCodes: Type.Object({ left: Type.Integer(), madeAt: Nullable(Time) }),
  required: Type.Boolean({ description: 'the last factor stays' }),
});
export type Factors = Static<typeof Factors>;

export const SignInState = Type.Object({
  hasPassword: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  passwordChangedAt: Nullable(Time),
  totp: Type.Boolean(),
  passkeys: Type.Integer(),
  recoveryCodes: Type.Integer(),
  secondFactorRequired: Type.Boolean(),
});
export type SignInState = Static<typeof SignInState>;

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
    response: Options,
  }),
  passkeyOptions: defineRoute({
    id: 'passkeyOptions',
    method: 'POST',
    path: '/session/passkey/options',
    tag: 'session',
    permission: 'public',
    summary: 'What a passkey is to sign to log in without a user name',
    response: Options,
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
    response: Options,
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

  listFactors: defineRoute({
    id: 'listFactors',
    method: 'GET',
    path: '/factors',
    tag: 'factors',
    permission: 'signin',
    summary: 'Own second factors',
    response: Factors,
  }),
  beginTotp: defineRoute({
    id: 'beginTotp',
    method: 'POST',
    path: '/factors/totp',
    tag: 'factors',
    permission: 'signin',
    status: 201,
    summary:
      'Begin with an authenticator app: the secret is shown this once, and counts when a code has been right',
    response: Type.Object({
      secret: Type.String({ description: 'base32' }),
      uri: Type.String({ description: 'otpauth:, for the QR code' }),
    }),
  }),
  confirmTotp: defineRoute({
    id: 'confirmTotp',
    method: 'POST',
    path: '/factors/totp/confirm',
    tag: 'factors',
    permission: 'signin',
    summary: 'First code of the app; with the first factor come recovery codes, shown this once',
    body: Type.Object({ code: Code }, strict),
    response: RecoveryCodes,
  }),
  removeTotp: defineRoute({
    id: 'removeTotp',
    method: 'DELETE',
    path: '/factors/totp',
    tag: 'factors',
    permission: 'signin',
    summary: 'Remove the authenticator app',
    responseKind: 'empty',
  }),
  beginPasskey: defineRoute({
    id: 'beginPasskey',
    method: 'POST',
    path: '/factors/passkeys/options',
    tag: 'factors',
    permission: 'signin',
    summary: 'What the browser needs to make a passkey',
    response: Options,
  }),
  addPasskey: defineRoute({
    id: 'addPasskey',
    method: 'POST',
    path: '/factors/passkeys',
    tag: 'factors',
    permission: 'signin',
    status: 201,
    summary: 'Keep a passkey; with the first factor come recovery codes, shown this once',
    body: Type.Object({ name: Label, attestation: Attestation }, strict),
    response: RecoveryCodes,
  }),
  renamePasskey: defineRoute({
    id: 'renamePasskey',
    method: 'PATCH',
    path: '/factors/passkeys/:id',
    tag: 'factors',
    permission: 'signin',
    params: byId,
    summary: 'Rename a passkey',
    body: Type.Object({ name: Label }, strict),
    responseKind: 'empty',
  }),
  removePasskey: defineRoute({
    id: 'removePasskey',
    method: 'DELETE',
    path: '/factors/passkeys/:id',
    tag: 'factors',
    permission: 'signin',
    params: byId,
    summary: 'Remove a passkey',
    responseKind: 'empty',
  }),
  newRecoveryCodes: defineRoute({
    id: 'newRecoveryCodes',
    method: 'POST',
    path: '/factors/recovery-codes',
    tag: 'factors',
    permission: 'signin',
    status: 201,
    summary: 'New recovery codes, shown this once; the old ones are void',
    response: Type.Object({ recoveryCodes: Type.Array(Type.String()) }),
  }),

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
