/** What a browser and the server say to each other about passkeys (WebAuthn, as JSON). */
import { Type, type Static } from 'typebox';
import { strict } from './parts.ts';

const Binary = Type.String({ minLength: 1, maxLength: 20_000, description: 'base64url' });

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
export const PasskeyOptions = Type.Object({ options: Type.Record(Type.String(), Type.Unknown()) });
