import { Type, type Static } from 'typebox';
import { byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Id, Time } from './schemas.ts';

const Uri = Type.String({ minLength: 1, maxLength: 2000 });
const ClientId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9._-]+$' });

export const OidcScope = Type.Union(
  [
    Type.Literal('openid'),
    Type.Literal('offline_access'),
    Type.Literal('profile'),
    Type.Literal('email'),
    Type.Literal('groups'),
    Type.Literal('files:read'),
    Type.Literal('files:write'),
    Type.Literal('account'),
    Type.Literal('admin'),
  ],
  { description: 'offline_access: works on while the person is away; admin: for administrators only' },
);
export type OidcScope = Static<typeof OidcScope>;

const clientFields = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  confidential: Type.Boolean({ description: 'keeps a secret (a server); else public (an app), with PKCE' }),
  redirectUris: Type.Array(Uri, {
    maxItems: 50,
    description: 'compared exactly; https, or http on this machine (127.0.0.1, [::1], localhost)',
  }),
  postLogoutRedirectUris: Type.Array(Uri, { maxItems: 50 }),
  backchannelLogoutUri: Type.Union([Uri, Type.Null()], { description: 'told when a session ends' }),
  scopes: Type.Array(OidcScope, { minItems: 1, maxItems: 9, description: 'the most it may ask for' }),
  deviceFlow: Type.Boolean(),
  firstParty: Type.Boolean({ description: 'trusted: people are not asked for consent' }),
  signing: Type.Union([Type.Literal('RS256'), Type.Literal('ES256')], { description: 'of ID tokens' }),
};
export const OidcClient = Type.Object({
  id: ClientId,
  ...clientFields,
  builtIn: Type.Boolean({ description: 'comes with Volvox; it cannot be changed' }),
  createdAt: Type.Union([Time, Type.Null()]),
});
export type OidcClient = Static<typeof OidcClient>;
export const OidcClientInput = Type.Object(clientFields, strict);
export type OidcClientInput = Static<typeof OidcClientInput>;

export const OidcInteraction = Type.Object({
  clientName: Type.String(),
  scopes: Type.Array(Type.String(), { description: 'that the client asks for and does not have yet' }),
  redirectHost: Type.String({ description: 'where the person is sent afterwards' }),
});
export type OidcInteraction = Static<typeof OidcInteraction>;

export const OidcDevice = Type.Object({
  clientName: Type.String(),
  scopes: Type.Array(Type.String()),
  address: Type.Union([Type.String(), Type.Null()], { description: 'from where the code was asked for' }),
  expiresAt: Time,
});
export type OidcDevice = Static<typeof OidcDevice>;

export const Connection = Type.Object({
  id: Id,
  clientId: Type.String(),
  clientName: Type.String(),
  scopes: Type.Array(Type.String()),
  createdAt: Time,
});
export type Connection = Static<typeof Connection>;

const byUid = Type.Object({ uid: Type.String({ minLength: 1, maxLength: 64 }) });
const byClient = Type.Object({ id: ClientId });
const UserCode = Type.String({ minLength: 1, maxLength: 20 });
const Next = Type.Object({
  redirectTo: Type.Optional(Type.String()),
  reauthenticate: Type.Optional(Type.Boolean({ description: 'sign in again, then ask once more' })),
  consent: Type.Optional(OidcInteraction),
});

export const oidcRoutes = {
  continueInteraction: defineRoute({
    id: 'continueInteraction',
    method: 'POST',
    path: '/oidc/interactions/:uid',
    tag: 'oidc',
    permission: 'self',
    params: byUid,
    summary: 'What comes next when another app asks to sign somebody in; sessions only',
    body: Type.Object({}, strict),
    response: Next,
  }),
  decideInteraction: defineRoute({
    id: 'decideInteraction',
    method: 'POST',
    path: '/oidc/interactions/:uid/decision',
    tag: 'oidc',
    permission: 'self',
    params: byUid,
    summary: 'Let another app in, or do not; sessions only',
    body: Type.Object({ allow: Type.Boolean() }, strict),
    response: Type.Object({ redirectTo: Type.String() }),
  }),
  lookUpDevice: defineRoute({
    id: 'lookUpDevice',
    method: 'POST',
    path: '/oidc/device',
    tag: 'oidc',
    permission: 'self',
    summary: 'What waits behind the code that a device shows; sessions only',
    body: Type.Object({ userCode: UserCode }, strict),
    response: OidcDevice,
  }),
  decideDevice: defineRoute({
    id: 'decideDevice',
    method: 'POST',
    path: '/oidc/device/decision',
    tag: 'oidc',
    permission: 'self',
    summary: 'Let a device in, or do not; sessions only',
    body: Type.Object({ userCode: UserCode, allow: Type.Boolean() }, strict),
    responseKind: 'empty',
  }),
  listConnections: defineRoute({
    id: 'listConnections',
    method: 'GET',
    path: '/me/connections',
    tag: 'oidc',
    permission: 'self',
    summary: 'The apps that may act in my name',
    response: Type.Object({ items: Type.Array(Connection) }),
  }),
  revokeConnection: defineRoute({
    id: 'revokeConnection',
    method: 'DELETE',
    path: '/me/connections/:id',
    tag: 'oidc',
    permission: 'self',
    params: byId,
    summary: 'Shut an app out; its tokens end at once',
    responseKind: 'empty',
  }),
  listOidcClients: defineRoute({
    id: 'listOidcClients',
    method: 'GET',
    path: '/admin/oidc/clients',
    tag: 'oidc',
    permission: 'admin',
    summary: 'The apps that may sign people in here',
    response: Type.Object({ items: Type.Array(OidcClient) }),
  }),
  createOidcClient: defineRoute({
    id: 'createOidcClient',
    method: 'POST',
    path: '/admin/oidc/clients',
    tag: 'oidc',
    permission: 'admin',
    status: 201,
    summary: 'Register an app; its secret is shown this once',
    body: OidcClientInput,
    response: Type.Object({ client: OidcClient, secret: Type.Union([Type.String(), Type.Null()]) }),
  }),
  updateOidcClient: defineRoute({
    id: 'updateOidcClient',
    method: 'PUT',
    path: '/admin/oidc/clients/:id',
    tag: 'oidc',
    permission: 'admin',
    params: byClient,
    summary: 'Change an app',
    body: OidcClientInput,
    response: OidcClient,
  }),
  renewOidcSecret: defineRoute({
    id: 'renewOidcSecret',
    method: 'POST',
    path: '/admin/oidc/clients/:id/secret',
    tag: 'oidc',
    permission: 'admin',
    params: byClient,
    summary: 'A new secret, shown this once; the old one ends at once',
    body: Type.Object({}, strict),
    response: Type.Object({ secret: Type.String() }),
  }),
  deleteOidcClient: defineRoute({
    id: 'deleteOidcClient',
    method: 'DELETE',
    path: '/admin/oidc/clients/:id',
    tag: 'oidc',
    permission: 'admin',
    params: byClient,
    summary: 'Remove an app; all its tokens end at once',
    responseKind: 'empty',
  }),
} as const;
