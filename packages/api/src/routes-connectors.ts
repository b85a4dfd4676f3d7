import { Type, type Static } from 'typebox';
import { Nullable, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Id, Time } from './schemas.ts';

const Word = Type.String({ minLength: 1, maxLength: 200 });
const Dn = Type.String({ maxLength: 1000 });

const GroupMapping = Type.Object(
  {
    external: Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'name of the group there, of a directory its DN or cn; without regard to case',
    }),
    groupId: Nullable(Id),
    roleId: Nullable(Id),
  },
  strict,
);

const common = {
  createUsers: Type.Boolean({ description: 'makes an account at the first log-in of somebody unknown' }),
  attributes: Type.Record(Word, Word, { description: 'our attribute: name of it there' }),
  groups: Type.Array(GroupMapping, {
    maxItems: 500,
    description: 'the first that fits gives the group, all give roles',
  }),
};

export const OidcConnectorSettings = Type.Object(
  {
    kind: Type.Literal('oidc'),
    issuer: Type.String({ minLength: 8, maxLength: 500, description: 'https address with discovery' }),
    clientId: Word,
    scopes: Type.Array(Word, { maxItems: 20 }),
    loginClaim: Word,
    nameClaim: Word,
    emailClaim: Word,
    groupsClaim: Word,
    secondStep: Type.Boolean({ description: 'asks for our own second step as well' }),
    linking: Type.Boolean({ description: 'people may link their account here with one there' }),
    ...common,
  },
  strict,
);
export type OidcConnectorSettings = Static<typeof OidcConnectorSettings>;

export const LdapConnectorSettings = Type.Object(
  {
    kind: Type.Literal('ldap'),
    url: Type.String({ pattern: '^ldaps?://', maxLength: 500 }),
    startTls: Type.Boolean(),
    ca: Nullable(Type.String({ maxLength: 100_000, description: 'PEM; null: those of the system' })),
    bindDn: Dn,
    base: Dn,
    userFilter: Type.String({
      maxLength: 1000,
      description: 'of a log-in; {login} stands for what was typed',
    }),
    listFilter: Type.String({ maxLength: 1000, description: 'of everybody, for synchronisation' }),
    idAttribute: Word,
    loginAttribute: Word,
    nameAttribute: Word,
    emailAttribute: Word,
    memberOfAttribute: Type.String({ maxLength: 200, description: 'empty: groups are searched instead' }),
    groupBase: Dn,
    groupFilter: Type.String({ maxLength: 1000, description: '{dn} stands for the person' }),
    syncHours: Type.Integer({ minimum: 0, maximum: 720, description: '0: never by itself' }),
    disableMissing: Type.Boolean({ description: 'synchronisation disables who has left' }),
    ...common,
  },
  strict,
);
export type LdapConnectorSettings = Static<typeof LdapConnectorSettings>;

export const ConnectorSettings = Type.Union([OidcConnectorSettings, LdapConnectorSettings]);
export type ConnectorSettings = Static<typeof ConnectorSettings>;

export const ConnectorInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'as people see it at log-in' }),
    enabled: Type.Boolean(),
    position: Type.Integer({ minimum: 0, maximum: 1000, description: 'directories are asked in this order' }),
    settings: ConnectorSettings,
    secret: Type.Optional(
      Nullable(
        Type.String({ maxLength: 2000, description: 'client secret or bind password; left out: stays' }),
      ),
    ),
  },
  strict,
);
export type ConnectorInput = Static<typeof ConnectorInput>;

export const Connector = Type.Object({
  id: Id,
  name: Type.String(),
  enabled: Type.Boolean(),
  position: Type.Integer(),
  settings: ConnectorSettings,
  hasSecret: Type.Boolean(),
  redirectUri: Nullable(Type.String({ description: 'to be registered there' })),
  users: Type.Integer({ description: 'accounts that come from there' }),
  lastSync: Nullable(Type.Object({ at: Time, error: Nullable(Type.String()) })),
});
export type Connector = Static<typeof Connector>;

export const ConnectorTest = Type.Object({
  ok: Type.Boolean(),
  message: Type.String(),
  found: Type.Array(
    Type.Object({ login: Type.String(), name: Type.String(), groups: Type.Array(Type.String()) }),
    { description: 'of a directory: the first people it gives' },
  ),
});
export type ConnectorTest = Static<typeof ConnectorTest>;

export const SyncReport = Type.Object({
  dryRun: Type.Boolean(),
  seen: Type.Integer(),
  created: Type.Integer(),
  updated: Type.Integer(),
  disabled: Type.Integer(),
  enabled: Type.Integer(),
  unchanged: Type.Integer(),
  problems: Type.Array(Type.String(), { description: 'at most 100' }),
  changes: Type.Array(Type.Object({ login: Type.String(), change: Type.String() }), {
    description: 'at most 200',
  }),
});
export type SyncReport = Static<typeof SyncReport>;

export const ExternalMethod = Type.Object({ id: Id, name: Type.String() });
export type ExternalMethod = Static<typeof ExternalMethod>;

export const ExternalAccount = Type.Object({
  connectorId: Id,
  connectorName: Type.String(),
  linked: Type.Boolean(),
  canLink: Type.Boolean(),
});

export const connectorRoutes = {
  sessionMethods: defineRoute({
    id: 'sessionMethods',
    method: 'GET',
    path: '/session/methods',
    tag: 'session',
    permission: 'public',
    summary: 'The other providers that people may sign in with: /auth/external/<id>/start',
    response: Type.Object({ external: Type.Array(ExternalMethod) }),
  }),
  listExternalAccounts: defineRoute({
    id: 'listExternalAccounts',
    method: 'GET',
    path: '/me/external-accounts',
    tag: 'session',
    permission: 'self',
    summary: 'Accounts elsewhere that mine is linked with',
    response: Type.Object({ items: Type.Array(ExternalAccount) }),
  }),
  linkExternalAccount: defineRoute({
    id: 'linkExternalAccount',
    method: 'POST',
    path: '/me/external-accounts/:id',
    tag: 'session',
    permission: 'self',
    params: byId,
    summary: 'Begin to link my account with one elsewhere; sessions only',
    body: Type.Object({}, strict),
    response: Type.Object({ startAt: Type.String({ description: 'address for the browser' }) }),
  }),
  unlinkExternalAccount: defineRoute({
    id: 'unlinkExternalAccount',
    method: 'DELETE',
    path: '/me/external-accounts/:id',
    tag: 'session',
    permission: 'self',
    params: byId,
    summary: 'Undo such a link; not for accounts that come from there',
    responseKind: 'empty',
  }),
  listConnectors: defineRoute({
    id: 'listConnectors',
    method: 'GET',
    path: '/admin/connectors',
    tag: 'connectors',
    permission: 'admin',
    summary: 'Directories and providers outside, in their order',
    response: Type.Object({ items: Type.Array(Connector) }),
  }),
  createConnector: defineRoute({
    id: 'createConnector',
    method: 'POST',
    path: '/admin/connectors',
    tag: 'connectors',
    permission: 'admin',
    status: 201,
    summary: 'Connect a directory or a provider',
    body: ConnectorInput,
    response: Connector,
  }),
  updateConnector: defineRoute({
    id: 'updateConnector',
    method: 'PUT',
    path: '/admin/connectors/:id',
    tag: 'connectors',
    permission: 'admin',
    params: byId,
    summary: 'Change a connection',
    body: ConnectorInput,
    response: Connector,
  }),
  deleteConnector: defineRoute({
    id: 'deleteConnector',
    method: 'DELETE',
    path: '/admin/connectors/:id',
    tag: 'connectors',
    permission: 'admin',
    params: byId,
    summary: 'Remove a connection; accounts from there stay, without a way in',
    responseKind: 'empty',
  }),
  testConnector: defineRoute({
    id: 'testConnector',
    method: 'POST',
    path: '/admin/connectors/test',
    tag: 'connectors',
    permission: 'admin',
    summary: 'Try settings before they are kept; with `id`, its secret where none is given',
    body: Type.Object({ id: Type.Optional(Id), connector: ConnectorInput }, strict),
    response: ConnectorTest,
  }),
  syncConnector: defineRoute({
    id: 'syncConnector',
    method: 'POST',
    path: '/admin/connectors/:id/sync',
    tag: 'connectors',
    permission: 'admin',
    params: byId,
    summary: 'Synchronise a directory now, or only say what would change',
    body: Type.Object({ dryRun: Type.Boolean() }, strict),
    response: SyncReport,
  }),
} as const;
