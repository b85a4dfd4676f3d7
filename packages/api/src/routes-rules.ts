/** Access rules of nodes: kept, tried out, looked back on, explained. */
import { Type, type Static } from 'typebox';
import { Empty, Limit, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { AccessRule, Cursor, Id, Login, PermissionName, Time, page } from './schemas.ts';

const Permissions = Type.Array(PermissionName, { maxItems: 4 });

export const ClientKind = Type.Union([
  Type.Literal('web'),
  Type.Literal('dav'),
  Type.Literal('api'),
  Type.Literal('link'),
]);
export type ClientKind = Static<typeof ClientKind>;

/** What decided, in the order of the decision: rules and grants from the root down, then policies, then the link. */
export const ExplanationStep = Type.Object({
  kind: Type.Union([
    Type.Literal('rule'),
    Type.Literal('grant'),
    Type.Literal('policy'),
    Type.Literal('confinement'),
  ]),
  nodeId: Id,
  nodeName: Type.String(),
  roleId: Type.Union([Id, Type.Null()]),
  roleName: Type.String(),
  allow: Type.Array(PermissionName),
  deny: Type.Array(PermissionName),
  effect: Type.String(),
  outcomes: Type.Array(
    Type.Union([
      Type.Literal('denies'),
      Type.Literal('allows'),
      Type.Literal('adds'),
      Type.Literal('silenced_nearer'),
      Type.Literal('silenced_stronger'),
      Type.Literal('not_now'),
      Type.Literal('limits'),
    ]),
    { description: '`effect` for programs' },
  ),
  source: Type.Optional(Type.Union([Type.Literal('share'), Type.Literal('cell')])),
  until: Type.Optional(Type.Union([Time, Type.Null()])),
  policyName: Type.Optional(Type.String()),
});
export type ExplanationStep = Static<typeof ExplanationStep>;

/** Why somebody may or may not: the decision and what led to it. */
export const Explanation = Type.Object({
  permissions: Type.Array(PermissionName),
  steps: Type.Array(ExplanationStep),
});
export type Explanation = Static<typeof Explanation>;

export const RoleKind = Type.String({ description: 'user, group, admins, team, assigned' });

export const NamedRule = Type.Object({
  ...AccessRule.properties,
  roleName: Type.String(),
  roleKind: RoleKind,
});
export type NamedRule = Static<typeof NamedRule>;

/** What sharing gives: adds to the rules. */
export const NamedGrant = Type.Object({
  id: Id,
  nodeId: Id,
  roleId: Id,
  roleName: Type.String(),
  roleKind: RoleKind,
  allow: Type.Array(PermissionName),
  source: Type.Union([Type.Literal('share'), Type.Literal('cell')]),
  sourceId: Id,
  expiresAt: Type.Union([Time, Type.Null()]),
});
export type NamedGrant = Static<typeof NamedGrant>;

export const RuleChange = Type.Object(
  {
    roleId: Id,
    allow: Permissions,
    deny: Permissions,
  },
  { ...strict, description: 'both empty: the rule is removed' },
);

export const RulePreview = Type.Object({
  checked: Type.Integer({ description: 'people with the role that were looked at' }),
  total: Type.Integer({ description: 'people with the role' }),
  changed: Type.Integer({ description: 'of those that were looked at, whose rights would change' }),
  people: Type.Array(
    Type.Object({
      userId: Id,
      login: Login,
      displayName: Type.String(),
      before: Type.Array(PermissionName),
      after: Type.Array(PermissionName),
    }),
    { description: 'the first 100 of them' },
  ),
});
export type RulePreview = Static<typeof RulePreview>;

const HistoryState = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]);

export const RuleHistoryEntry = Type.Object({
  id: Id,
  at: Time,
  kind: Type.Union([Type.Literal('rule'), Type.Literal('grant'), Type.Literal('policy')]),
  actor: Type.Union([Type.Object({ id: Id, displayName: Type.String() }), Type.Null()]),
  roleId: Id,
  roleName: Type.String({ description: 'as it was then' }),
  before: HistoryState,
  after: HistoryState,
});
export type RuleHistoryEntry = Static<typeof RuleHistoryEntry>;

export const WorkspaceRules = Type.Object({
  items: Type.Array(
    Type.Object({
      nodeId: Id,
      path: Type.Union([Type.String(), Type.Null()], { description: 'null where you may not read it' }),
      rules: Type.Array(NamedRule),
      grants: Type.Array(NamedGrant),
    }),
  ),
  next: Type.Union([Cursor, Type.Null()], {
    description: 'go on with it, even after a page with few items or none',
  }),
});

export const circumstances = {
  address: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
  client: Type.Optional(ClientKind),
  at: Type.Optional(Time),
};

export const ruleRoutes = {
  listRules: defineRoute({
    id: 'listRules',
    method: 'GET',
    path: '/nodes/:id/rules',
    tag: 'access',
    permission: 'node:manage',
    params: byId,
    summary: 'Rules and grants at this node, then at the folders above it',
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }),
    response: Type.Object({
      settable: Type.Boolean({
        description: 'false for who manages by grants only (a share, a Cell): rules would outlive those',
      }),
      items: Type.Array(NamedRule),
      grants: Type.Array(NamedGrant),
      inherited: Type.Array(
        Type.Object({
          nodeId: Id,
          nodeName: Type.String({ description: 'empty where you may not read it' }),
          rules: Type.Array(NamedRule),
          grants: Type.Array(NamedGrant),
        }),
        { description: 'the nearest first; one that has many may go on with the next page' },
      ),
      next: Type.Union([Cursor, Type.Null()]),
    }),
  }),
  setRule: defineRoute({
    id: 'setRule',
    method: 'PUT',
    path: '/nodes/:id/rules/:role',
    tag: 'access',
    permission: 'node:manage',
    params: Type.Object({ id: Id, role: Id }),
    summary:
      'Set what a role may do here and below; empty lists remove the rule; at the root of a workspace with a recent proof',
    body: Type.Object({ allow: Permissions, deny: Permissions }, strict),
    ...Empty,
  }),
  previewRule: defineRoute({
    id: 'previewRule',
    method: 'POST',
    path: '/nodes/:id/rules/preview',
    tag: 'access',
    permission: 'node:manage',
    params: byId,
    summary: 'Who would gain or lose what on this node by a rule, which is not set',
    body: RuleChange,
    response: RulePreview,
  }),
  ruleHistory: defineRoute({
    id: 'ruleHistory',
    method: 'GET',
    path: '/nodes/:id/rules/history',
    tag: 'access',
    permission: 'node:manage',
    params: byId,
    summary: 'What was set, given and taken away at this node, newest first',
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }),
    response: page(RuleHistoryEntry),
  }),
  why: defineRoute({
    id: 'why',
    method: 'GET',
    path: '/nodes/:id/why',
    tag: 'access',
    permission: 'node:manage',
    params: byId,
    summary: 'Explain what a user may do with this node',
    query: Type.Object({ user: Id, ...circumstances }),
    response: Explanation,
  }),
  workspaceRules: defineRoute({
    id: 'workspaceRules',
    method: 'GET',
    path: '/workspaces/:id/rules',
    tag: 'access',
    permission: 'node:manage',
    params: byId,
    summary: 'Rules and grants anywhere in a workspace, for admins and whoever manages its root',
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }),
    response: WorkspaceRules,
  }),
} as const;
