/** Policies: when, from where and with which client rules hold. */
import { Type, type Static } from 'typebox';
import { Empty, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { ClientKind, Explanation, circumstances } from './routes-rules.ts';
import { Id, PermissionName } from './schemas.ts';

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

export const policyRoutes = {
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
    summary: 'Replace what a policy says; what it is bound to stays; needs a recent proof',
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
    summary: 'Remove a policy everywhere; needs a recent proof',
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
    summary: 'Let a policy no longer hold there; needs a recent proof',
    ...Empty,
  }),
  testPolicies: defineRoute({
    id: 'testPolicies',
    method: 'GET',
    path: '/admin/policies/test',
    tag: 'access',
    permission: 'admin',
    summary: 'What somebody might do at an address and time, and which policies decide',
    query: Type.Object({ user: Id, node: Id, ...circumstances }),
    response: Explanation,
  }),
} as const;
