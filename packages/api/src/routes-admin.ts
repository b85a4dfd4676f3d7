import { Type } from 'typebox';
import { Limit, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { ClusterStatus, JobRun, LogEntry } from './schemas-cluster.ts';
import { Cursor, Id, Login, page, Scope, Time, Token } from './schemas.ts';

/** What a setting may be; a page derives from it how it is asked for. */
export const SettingType = Type.Union([
  Type.Object({ kind: Type.Literal('switch') }),
  Type.Object({ kind: Type.Literal('number'), min: Type.Integer(), max: Type.Integer() }),
  Type.Object({ kind: Type.Literal('choice'), choices: Type.Array(Type.String()) }),
  Type.Object({ kind: Type.Literal('text'), min: Type.Integer(), max: Type.Integer() }),
  Type.Object({
    kind: Type.Literal('list'),
    of: Type.Union([Type.Literal('text'), Type.Literal('role')], { description: 'role: ids of roles' }),
    names: Type.Array(Type.String(), { description: 'what may stand there besides ids' }),
    max: Type.Integer({ description: 'most entries' }),
    min: Type.Integer({ description: 'fewest characters of an entry' }),
    length: Type.Integer({ description: 'most characters of an entry' }),
  }),
]);

export const Setting = Type.Object({
  key: Type.String(),
  value: Type.Unknown(),
  default: Type.Unknown(),
  isDefault: Type.Boolean(),
  description: Type.String(),
  type: SettingType,
  sensitive: Type.Boolean({ description: 'not to be shown without being asked' }),
  revision: Type.Integer(),
});

/** What `volvox check` found; see CheckFinding of the contents service. */
export const CheckReport = Type.Object({
  findings: Type.Array(
    Type.Object({
      kind: Type.String(),
      id: Type.String(),
      detail: Type.String(),
      repairable: Type.Boolean(),
    }),
    { description: 'the first 1,000' },
  ),
  total: Type.Integer(),
  repaired: Type.Integer(),
});

export const adminRoutes = {
  runCheck: defineRoute({
    id: 'runCheck',
    method: 'POST',
    path: '/admin/check',
    tag: 'admin',
    permission: 'admin',
    summary: 'Prove journal, tree, versions and blobs consistent; deep reads and hashes every byte',
    body: Type.Object({ deep: Type.Optional(Type.Boolean()), repair: Type.Optional(Type.Boolean()) }, strict),
    response: CheckReport,
  }),
  status: defineRoute({
    id: 'status',
    method: 'GET',
    path: '/admin/status',
    tag: 'admin',
    permission: 'admin',
    summary: 'Nodes, stores, followers and duties',
    response: ClusterStatus,
  }),
  adminListTokens: defineRoute({
    id: 'adminListTokens',
    method: 'GET',
    path: '/admin/users/:login/tokens',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ login: Login }),
    summary: "A user's app passwords and tokens",
    response: Type.Object({ items: Type.Array(Token) }),
  }),
  adminCreateToken: defineRoute({
    id: 'adminCreateToken',
    method: 'POST',
    path: '/admin/users/:login/tokens',
    tag: 'admin',
    permission: 'admin',
    status: 201,
    params: Type.Object({ login: Login }),
    summary: 'Make a token for a user; its secret is shown this once',
    body: Type.Object(
      {
        kind: Token.properties.kind,
        label: Type.String({ minLength: 1, maxLength: 100 }),
        scopes: Type.Optional(Type.Array(Scope)),
        expiresAt: Type.Optional(Type.Union([Time, Type.Null()])),
      },
      strict,
    ),
    response: Type.Object({ token: Token, secret: Type.String() }),
  }),
  adminRevokeToken: defineRoute({
    id: 'adminRevokeToken',
    method: 'DELETE',
    path: '/admin/users/:login/tokens/:id',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ login: Login, id: Id }),
    summary: "Void a user's token at once",
    responseKind: 'empty',
  }),
  listLogs: defineRoute({
    id: 'listLogs',
    method: 'GET',
    path: '/admin/logs',
    tag: 'admin',
    permission: 'admin',
    summary: 'Search the log, newest first',
    query: Type.Object({
      q: Type.Optional(Type.String({ maxLength: 200 })),
      level: Type.Optional(LogEntry.properties.level),
      requestId: Type.Optional(Type.String({ maxLength: 100 })),
      after: Type.Optional(Time),
      before: Type.Optional(Time),
      cursor: Type.Optional(Cursor),
      limit: Limit,
    }),
    response: page(LogEntry),
  }),
  listRuns: defineRoute({
    id: 'listRuns',
    method: 'GET',
    path: '/admin/jobs/runs',
    tag: 'admin',
    permission: 'admin',
    summary: 'History of duties, newest first',
    query: Type.Object({
      job: Type.Optional(Type.String({ maxLength: 100 })),
      cursor: Type.Optional(Cursor),
      limit: Limit,
    }),
    response: page(JobRun),
  }),
  runJob: defineRoute({
    id: 'runJob',
    method: 'POST',
    path: '/admin/jobs/:name/run',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ name: Type.String() }),
    summary: 'Run a duty now',
    response: JobRun,
  }),
  rebuildFollower: defineRoute({
    id: 'rebuildFollower',
    method: 'POST',
    path: '/admin/followers/:name/rebuild',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ name: Type.String() }),
    status: 202,
    summary: 'Build a follower anew from SQL while it serves',
    response: Type.Object({ started: Type.Boolean() }),
  }),
  listSettings: defineRoute({
    id: 'listSettings',
    method: 'GET',
    path: '/admin/settings',
    tag: 'admin',
    permission: 'admin',
    summary: 'Every setting with value, default and meaning',
    response: Type.Object({ items: Type.Array(Setting) }),
  }),
  setSetting: defineRoute({
    id: 'setSetting',
    method: 'PUT',
    path: '/admin/settings/:key',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ key: Type.String() }),
    summary: 'Change a setting; checked against its schema, in effect on every node without restart',
    body: Type.Object({ value: Type.Unknown(), revision: Type.Optional(Type.Integer()) }, strict),
    response: Setting,
  }),
  unsetSetting: defineRoute({
    id: 'unsetSetting',
    method: 'DELETE',
    path: '/admin/settings/:key',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ key: Type.String() }),
    summary: 'Back to the default',
    responseKind: 'empty',
  }),
  settingHistory: defineRoute({
    id: 'settingHistory',
    method: 'GET',
    path: '/admin/settings/:key/history',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ key: Type.String() }),
    summary: 'Earlier values, newest first',
    response: Type.Object({
      items: Type.Array(
        Type.Object({
          revision: Type.Integer(),
          at: Time,
          actor: Type.Union([Id, Type.String(), Type.Null()]),
          value: Type.Unknown(),
          removed: Type.Boolean({ description: 'it went back to the default' }),
        }),
      ),
    }),
  }),
} as const;
