/** Workspaces and Cells as administrators see them. */
import { Type, type Static } from 'typebox';
import { Empty, Nullable, Who, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Id, Time, Workspace } from './schemas.ts';

export const AdminWorkspace = Type.Intersect([
  Workspace,
  Type.Object({
    owner: Type.Union([Who, Type.Null()]),
    archivedAt: Nullable(Time),
    mounts: Type.Array(Type.Object({ nodeId: Id, name: Type.Union([Type.String(), Type.Null()]) })),
  }),
]);
export type AdminWorkspace = Static<typeof AdminWorkspace>;

export const PersonalTemplate = Type.Object({
  folder: Nullable(
    Type.Object({
      id: Id,
      path: Type.Union([Type.String(), Type.Null()], {
        description: 'null: it is gone or in the trash, or you may not see it; nothing may be copied then',
      }),
      size: Type.Integer({ description: 'bytes' }),
      files: Type.Integer(),
    }),
  ),
  fits: Type.Boolean({ description: 'whether it is no larger than the quota that new users get' }),
});
export type PersonalTemplate = Static<typeof PersonalTemplate>;

export const adminWorkspaceRoutes = {
  adminPersonalTemplate: defineRoute({
    id: 'adminPersonalTemplate',
    method: 'GET',
    path: '/admin/personal-template',
    tag: 'admin',
    permission: 'admin',
    summary: 'The folder whose content new personal workspaces begin with',
    response: PersonalTemplate,
  }),
  adminSetPersonalTemplate: defineRoute({
    id: 'adminSetPersonalTemplate',
    method: 'PUT',
    path: '/admin/personal-template',
    tag: 'admin',
    permission: 'admin',
    summary: 'Choose that folder; it must be one that all administrators may read',
    body: Type.Object({ folderId: Nullable(Id) }, strict),
    response: PersonalTemplate,
  }),
  adminListWorkspaces: defineRoute({
    id: 'adminListWorkspaces',
    method: 'GET',
    path: '/admin/workspaces',
    tag: 'admin',
    permission: 'admin',
    summary: 'Every workspace with its use; those put away included',
    response: Type.Object({ items: Type.Array(AdminWorkspace) }),
  }),
  adminAddMount: defineRoute({
    id: 'adminAddMount',
    method: 'POST',
    path: '/admin/workspaces/:id/mounts',
    tag: 'admin',
    permission: 'admin',
    params: byId,
    summary: 'Show a folder as a further root of a workspace; rights on it are given by rules',
    body: Type.Object({ nodeId: Id }, strict),
    ...Empty,
  }),
  adminRemoveMount: defineRoute({
    id: 'adminRemoveMount',
    method: 'DELETE',
    path: '/admin/workspaces/:id/mounts/:node',
    tag: 'admin',
    permission: 'admin',
    params: Type.Object({ id: Id, node: Id }),
    summary: 'Show it there no longer; the files stay where they live',
    ...Empty,
  }),
  adminArchiveWorkspace: defineRoute({
    id: 'adminArchiveWorkspace',
    method: 'PUT',
    path: '/admin/workspaces/:id/archived',
    tag: 'admin',
    permission: 'admin',
    params: byId,
    summary: 'Put a workspace away (only admins see it) or take it out again',
    body: Type.Object({ archived: Type.Boolean() }, strict),
    ...Empty,
  }),
  adminDeleteWorkspace: defineRoute({
    id: 'adminDeleteWorkspace',
    method: 'DELETE',
    path: '/admin/workspaces/:id',
    tag: 'admin',
    permission: 'admin',
    params: byId,
    summary: 'Delete a workspace that holds nothing, trash included',
    query: Type.Object({ confirm: Type.String({ maxLength: 80, description: 'its slug' }) }),
    ...Empty,
  }),
} as const;
