/** Workspaces and their trash. */
import { Type } from 'typebox';
import { Empty, Limit, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Cursor, Node, PermissionName, Workspace, page } from './schemas.ts';

export const workspaceRoutes = {
  listWorkspaces: defineRoute({
    id: 'listWorkspaces',
    method: 'GET',
    path: '/workspaces',
    tag: 'workspaces',
    permission: 'node:read',
    summary: 'Workspaces the signed-in user may open',
    response: Type.Object({ items: Type.Array(Workspace) }),
  }),
  createWorkspace: defineRoute({
    id: 'createWorkspace',
    method: 'POST',
    path: '/workspaces',
    tag: 'workspaces',
    permission: 'admin',
    status: 201,
    summary: 'Make a shared workspace',
    body: Type.Object(
      {
        slug: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
        name: Type.String({ minLength: 1, maxLength: 100 }),
        quota: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
        everybody: Type.Optional(
          Type.Array(PermissionName, {
            maxItems: 4,
            uniqueItems: true,
            description:
              'what all people may there to begin with, by a rule for the group that holds everybody',
          }),
        ),
      },
      strict,
    ),
    response: Workspace,
  }),
  updateWorkspace: defineRoute({
    id: 'updateWorkspace',
    method: 'PATCH',
    path: '/workspaces/:id',
    tag: 'workspaces',
    permission: 'admin',
    params: byId,
    summary: 'Rename a workspace, set its quota',
    body: Type.Object(
      {
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        quota: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
      },
      strict,
    ),
    response: Workspace,
  }),
  listTrash: defineRoute({
    id: 'listTrash',
    method: 'GET',
    path: '/workspaces/:id/trash',
    tag: 'trash',
    permission: 'node:read',
    params: byId,
    summary: 'What was deleted, newest first',
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }),
    response: page(Node),
  }),
  emptyTrash: defineRoute({
    id: 'emptyTrash',
    method: 'DELETE',
    path: '/workspaces/:id/trash',
    tag: 'trash',
    permission: 'node:write',
    params: byId,
    summary: 'Remove everything in the trash for good',
    ...Empty,
  }),
} as const;
