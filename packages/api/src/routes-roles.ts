/** Assigned roles and who has them. */
import { Type } from 'typebox';
import { Description, End, Label, Nullable, byId, items, ofTwo, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { AssignedRole, RoleAssignment, RoleOfUser } from './schemas-directory.ts';
import { Id } from './schemas.ts';

const RoleInput = {
  description: Type.Optional(Description),
  autoGroupId: Type.Optional(Nullable(Id)),
  auto: Type.Optional(
    Nullable(
      Type.Object(
        { attribute: Type.String({ maxLength: 64 }), value: Type.String({ maxLength: 200 }) },
        strict,
      ),
    ),
  ),
};

export const roleRoutes = {
  listRolesOfUser: defineRoute({
    id: 'listRolesOfUser',
    method: 'GET',
    path: '/users/:id/roles',
    tag: 'users',
    permission: 'directory',
    params: byId,
    summary: 'The roles of a user as they hold now, weakest first',
    response: items(RoleOfUser),
  }),
  listRoles: defineRoute({
    id: 'listRoles',
    method: 'GET',
    path: '/roles',
    tag: 'roles',
    permission: 'admin',
    summary: 'Assigned roles, weakest first',
    response: items(AssignedRole),
  }),
  createRole: defineRoute({
    id: 'createRole',
    method: 'POST',
    path: '/roles',
    tag: 'roles',
    permission: 'admin',
    status: 201,
    summary: 'Make a role, the strongest of all',
    body: Type.Object({ label: Label, ...RoleInput }, strict),
    response: AssignedRole,
  }),
  updateRole: defineRoute({
    id: 'updateRole',
    method: 'PATCH',
    path: '/roles/:id',
    tag: 'roles',
    permission: 'admin',
    params: byId,
    summary: 'Change a role',
    body: Type.Object({ label: Type.Optional(Label), ...RoleInput }, strict),
    response: AssignedRole,
  }),
  orderRoles: defineRoute({
    id: 'orderRoles',
    method: 'PUT',
    path: '/roles',
    tag: 'roles',
    permission: 'admin',
    summary: 'Put all roles in order, weakest first',
    body: Type.Object({ ids: Type.Array(Id, { maxItems: 10_000 }) }, strict),
    response: items(AssignedRole),
  }),
  deleteRole: defineRoute({
    id: 'deleteRole',
    method: 'DELETE',
    path: '/roles/:id',
    tag: 'roles',
    permission: 'admin',
    params: byId,
    summary: 'Remove a role and every rule that names it',
    responseKind: 'empty',
  }),
  listAssignments: defineRoute({
    id: 'listAssignments',
    method: 'GET',
    path: '/roles/:id/assignments',
    tag: 'roles',
    permission: 'admin',
    params: byId,
    summary: 'Users and groups that were given a role',
    response: items(RoleAssignment),
  }),
  assignRole: defineRoute({
    id: 'assignRole',
    method: 'PUT',
    path: '/roles/:id/assignments/:subjectId',
    tag: 'roles',
    permission: 'admin',
    params: ofTwo,
    summary: 'Give a role to a user or group, for a while or for good',
    body: Type.Object({ kind: RoleAssignment.properties.kind, expiresAt: End }, strict),
    responseKind: 'empty',
  }),
  unassignRole: defineRoute({
    id: 'unassignRole',
    method: 'DELETE',
    path: '/roles/:id/assignments/:subjectId',
    tag: 'roles',
    permission: 'admin',
    params: ofTwo,
    summary: 'Take a role away again',
    responseKind: 'empty',
  }),
} as const;
