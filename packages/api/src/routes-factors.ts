/** Second factors of whoever is signed in. */
import { Type, type Static } from 'typebox';
import { Code, Label, Nullable, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Attestation, PasskeyOptions } from './schemas-passkeys.ts';
import { Id, Time } from './schemas.ts';

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

export const factorRoutes = {
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
    response: PasskeyOptions,
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
} as const;
