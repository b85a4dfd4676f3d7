import { Type, type Static } from 'typebox';
import { defineRoute } from './route.ts';
import { AccessRule, Cursor, Id, Login, page, PermissionName, Time } from './schemas.ts';

const byId = Type.Object({ id: Id });
const strict = { additionalProperties: false };
const Empty = { responseKind: 'empty' } as const;
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 }));
const Permissions = Type.Array(PermissionName, { maxItems: 4 });

export const ClientKind = Type.Union([
  Type.Literal('web'),
  Type.Literal('dav'),
  Type.Literal('api'),
  Type.Literal('link'),
]);
export type ClientKind = Static<typeof ClientKind>;

const TimeOfDay = Type.String({ pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$', description: 'HH:MM' });

/** Of what is given, everything must hold; of a list, one entry. */
export const PolicyConditions = Type.Object(
  {
    networks: Type.Optional(
      Type.Array(Type.String({ minLength: 2, maxLength: 64 }), {
        minItems: 1,
        maxItems: 100,
        description: 'addresses or ranges: 10.0.0.0/8, 2001:db8::/32',
      }),
    ),
    hours: Type.Optional(
      Type.Object(
        {
          timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA: Europe/Berlin' }),
          windows: Type.Array(
            Type.Object(
              {
                days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
                  minItems: 1,
                  maxItems: 7,
                  description: '1: Monday ... 7: Sunday; the day on which the window begins',
                }),
                from: TimeOfDay,
                to: Type.Union([TimeOfDay, Type.Literal('24:00')], {
                  description: 'exclusive; not after `from`: on the next day',
                }),
              },
              strict,
            ),
            { minItems: 1, maxItems: 50 },
          ),
        },
        strict,
      ),
    ),
    clients: Type.Optional(Type.Array(ClientKind, { minItems: 1, maxItems: 4 })),
    property: Type.Optional(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 600, description: 'WebDAV property, `{ns}local`' }),
          matches: Type.String({
            maxLength: 1000,
            description: 'what its text must be; * stands for anything',
          }),
        },
        { ...strict, description: 'of the node itself or of a folder above it' },
      ),
    ),
  },
  { ...strict, minProperties: 1 },
);
export type PolicyConditions = Static<typeof PolicyConditions>;

const policyFields = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  description: Type.String({ maxLength: 2000 }),
  deny: Type.Array(PermissionName, { minItems: 1, maxItems: 4 }),
  mode: Type.Union([Type.Literal('unless'), Type.Literal('when')], {
    description: 'whether the permissions are denied unless the conditions hold, or when they do',
  }),
  conditions: PolicyConditions,
};

export const PolicyBinding = Type.Object({
  nodeId: Id,
  roleId: Id,
  roleName: Type.String(),
  path: Type.Union([Type.String(), Type.Null()], { description: 'null where you may not read it' }),
});
export const Policy = Type.Object({ id: Id, ...policyFields, bindings: Type.Array(PolicyBinding) });
export type Policy = Static<typeof Policy>;

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

const testQuery = {
  address: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
  client: Type.Optional(ClientKind),
  at: Type.Optional(Time),
};

export const accessRoutes = {
  listRules: defineRoute({
    id: 'listRules',
    method: 'GET',
    path: '/nodes/:id/rules',
    tag: 'access',
    permission: 'node:manage',
    params: byId,
    summary: 'Rules and grants at this node and at the folders above it',
    response: Type.Object({
      items: Type.Array(NamedRule),
      grants: Type.Array(NamedGrant),
      inherited: Type.Array(
        Type.Object({
          nodeId: Id,
          nodeName: Type.String({ description: 'empty where you may not read it' }),
          rules: Type.Array(NamedRule),
          grants: Type.Array(NamedGrant),
        }),
        { description: 'from the root of the workspace down' },
      ),
    }),
  }),
  setRule: defineRoute({
    id: 'setRule',
    method: 'PUT',
    path: '/nodes/:id/rules/:role',
    tag: 'access',
    permission: 'node:manage',
    params: Type.Object({ id: Id, role: Id }),
    summary: 'Set what a role may do here and below; empty lists remove the rule',
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
    query: Type.Object({ user: Id, ...testQuery }),
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

  listPolicies: defineRoute({
    id: 'listPolicies',
    method: 'GET',
    path: '/admin/policies',
    tag: 'access',
    permission: 'admin',
    summary: 'Security policies and what they are bound to',
    response: Type.Object({ items: Type.Array(Policy) }),
  }),
  createPolicy: defineRoute({
    id: 'createPolicy',
    method: 'POST',
    path: '/admin/policies',
    tag: 'access',
    permission: 'admin',
    status: 201,
    summary: 'Make a policy; it holds nowhere until it is bound',
    body: Type.Object({ ...policyFields, description: Type.Optional(policyFields.description) }, strict),
    response: Policy,
  }),
  updatePolicy: defineRoute({
    id: 'updatePolicy',
    method: 'PUT',
    path: '/admin/policies/:id',
    tag: 'access',
    permission: 'admin',
    params: byId,
    summary: 'Replace what a policy says; what it is bound to stays',
    body: Type.Object({ ...policyFields, description: Type.Optional(policyFields.description) }, strict),
    response: Policy,
  }),
  deletePolicy: defineRoute({
    id: 'deletePolicy',
    method: 'DELETE',
    path: '/admin/policies/:id',
    tag: 'access',
    permission: 'admin',
    params: byId,
    summary: 'Remove a policy everywhere',
    ...Empty,
  }),
  bindPolicy: defineRoute({
    id: 'bindPolicy',
    method: 'PUT',
    path: '/admin/policies/:id/bindings/:node/:role',
    tag: 'access',
    permission: 'admin',
    params: Type.Object({ id: Id, node: Id, role: Id }),
    summary: 'Let a policy hold for a role at a node and below',
    ...Empty,
  }),
  unbindPolicy: defineRoute({
    id: 'unbindPolicy',
    method: 'DELETE',
    path: '/admin/policies/:id/bindings/:node/:role',
    tag: 'access',
    permission: 'admin',
    params: Type.Object({ id: Id, node: Id, role: Id }),
    summary: 'Let a policy no longer hold there',
    ...Empty,
  }),
  testPolicies: defineRoute({
    id: 'testPolicies',
    method: 'GET',
    path: '/admin/policies/test',
    tag: 'access',
    permission: 'admin',
    summary: 'What somebody might do at an address and time, and which policies decide',
    query: Type.Object({ user: Id, node: Id, ...testQuery }),
    response: Explanation,
  }),
} as const;
