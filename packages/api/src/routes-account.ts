import { Type } from 'typebox';
import { defineRoute } from './route.ts';
import { Group, Id, Login, page, Cursor, Password, Scope, Session, Time, Token, User } from './schemas.ts';

const byId = Type.Object({ id: Id });
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 }));
const Nullable = <T extends import('typebox').TSchema>(t: T) => Type.Union([t, Type.Null()]);

export const SetupState = Type.Object({ required: Type.Boolean(), version: Type.String() });
export const Me = Type.Object({
  user: User,
  scopes: Type.Array(Scope),
  sessionId: Nullable(Id),
  csrfToken: Nullable(Type.String({ description: 'send as X-CSRF-Token with every change made by cookie session' })),
});

const UserInput = {
  displayName: Type.Optional(Type.String({ maxLength: 200 })),
  email: Type.Optional(Nullable(Type.String({ maxLength: 254 }))),
  admin: Type.Optional(Type.Boolean()),
  groupId: Type.Optional(Nullable(Id)),
  quota: Type.Optional(Nullable(Type.Integer({ minimum: 0 }))),
};
const strict = { additionalProperties: false };

export const accountRoutes = {
  getSetup: defineRoute({ id: 'getSetup', method: 'GET', path: '/setup', tag: 'setup', permission: 'public', summary: 'Whether set-up is still to be done', response: SetupState }),
  runSetup: defineRoute({
    id: 'runSetup', method: 'POST', path: '/setup', tag: 'setup', permission: 'public', status: 201,
    summary: 'First-run set-up, guarded by the one-time key of the printed link; opens a session',
    body: Type.Object({ key: Type.String(), login: Login, password: Password, displayName: Type.Optional(Type.String({ maxLength: 200 })), email: Type.Optional(Type.String({ maxLength: 254 })) }, strict),
    response: Me,
  }),
  login: defineRoute({
    id: 'login', method: 'POST', path: '/session', tag: 'session', permission: 'public', status: 201,
    summary: 'Log in with a password; sets the session cookie (HttpOnly, SameSite=Lax)',
    body: Type.Object({ login: Type.String({ maxLength: 64 }), password: Password, remember: Type.Optional(Type.Boolean()) }, strict),
    response: Me,
  }),
  me: defineRoute({ id: 'me', method: 'GET', path: '/session', tag: 'session', permission: 'self', summary: 'Who is signed in', response: Me }),
  logout: defineRoute({ id: 'logout', method: 'DELETE', path: '/session', tag: 'session', permission: 'self', summary: 'Log out; the session is void at once', responseKind: 'empty' }),
  listSessions: defineRoute({ id: 'listSessions', method: 'GET', path: '/sessions', tag: 'session', permission: 'self', summary: 'Own sessions', response: Type.Object({ items: Type.Array(Session) }) }),
  revokeSession: defineRoute({ id: 'revokeSession', method: 'DELETE', path: '/sessions/:id', tag: 'session', permission: 'self', params: byId, summary: 'End one of the own sessions', responseKind: 'empty' }),
  updateMe: defineRoute({ id: 'updateMe', method: 'PATCH', path: '/me', tag: 'session', permission: 'self', summary: 'Change the own profile', body: Type.Object({ displayName: Type.Optional(Type.String({ maxLength: 200 })), email: Type.Optional(Nullable(Type.String({ maxLength: 254 }))) }, strict), response: User }),
  changePassword: defineRoute({ id: 'changePassword', method: 'PUT', path: '/me/password', tag: 'session', permission: 'self', summary: 'Change the own password; ends all other sessions', body: Type.Object({ current: Password, next: Password }, strict), responseKind: 'empty' }),
  listTokens: defineRoute({ id: 'listTokens', method: 'GET', path: '/tokens', tag: 'session', permission: 'self', summary: 'Own app passwords and personal access tokens', response: Type.Object({ items: Type.Array(Token) }) }),
  createToken: defineRoute({
    id: 'createToken', method: 'POST', path: '/tokens', tag: 'session', permission: 'self', status: 201,
    summary: 'Make an app password or access token; its secret is shown this once',
    body: Type.Object({ kind: Token.properties.kind, label: Type.String({ minLength: 1, maxLength: 100 }), scopes: Type.Optional(Type.Array(Scope)), expiresAt: Type.Optional(Nullable(Time)) }, strict),
    response: Type.Object({ token: Token, secret: Type.String() }),
  }),
  revokeToken: defineRoute({ id: 'revokeToken', method: 'DELETE', path: '/tokens/:id', tag: 'session', permission: 'self', params: byId, summary: 'Void an app password or token at once', responseKind: 'empty' }),

  listUsers: defineRoute({ id: 'listUsers', method: 'GET', path: '/users', tag: 'users', permission: 'admin', summary: 'Users by login', query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })), cursor: Type.Optional(Cursor), limit: Limit }), response: page(User) }),
  createUser: defineRoute({ id: 'createUser', method: 'POST', path: '/users', tag: 'users', permission: 'admin', status: 201, summary: 'Make a user', body: Type.Object({ login: Login, password: Password, ...UserInput }, strict), response: User }),
  getUser: defineRoute({ id: 'getUser', method: 'GET', path: '/users/:id', tag: 'users', permission: 'admin', params: byId, summary: 'One user', response: User }),
  updateUser: defineRoute({ id: 'updateUser', method: 'PATCH', path: '/users/:id', tag: 'users', permission: 'admin', params: byId, summary: 'Change a user; disabling ends sessions and tokens at once', body: Type.Object({ ...UserInput, disabled: Type.Optional(Type.Boolean()), password: Type.Optional(Password), unlock: Type.Optional(Type.Boolean()) }, strict), response: User }),
  deleteUser: defineRoute({ id: 'deleteUser', method: 'DELETE', path: '/users/:id', tag: 'users', permission: 'admin', params: byId, summary: 'Remove a user; the personal files stay in the trash of the server', responseKind: 'empty' }),
  listGroups: defineRoute({ id: 'listGroups', method: 'GET', path: '/groups', tag: 'users', permission: 'admin', summary: 'All groups, a tree by parentId', response: Type.Object({ items: Type.Array(Group) }) }),
  createGroup: defineRoute({ id: 'createGroup', method: 'POST', path: '/groups', tag: 'users', permission: 'admin', status: 201, summary: 'Make a group', body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }), parentId: Type.Optional(Nullable(Id)) }, strict), response: Group }),
  deleteGroup: defineRoute({ id: 'deleteGroup', method: 'DELETE', path: '/groups/:id', tag: 'users', permission: 'admin', params: byId, summary: 'Remove an empty group', responseKind: 'empty' }),
} as const;
