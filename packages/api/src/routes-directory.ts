/** Groups and their administrators; the directory as a file, in and out. */
import { Type } from 'typebox';
import { Label, Nullable, byId, items, ofTwo, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { ImportLine } from './schemas-directory.ts';
import { Group, Id } from './schemas.ts';

export const directoryRoutes = {
  updateGroup: defineRoute({
    id: 'updateGroup',
    method: 'PATCH',
    path: '/groups/:id',
    tag: 'users',
    permission: 'directory',
    params: byId,
    summary: 'Rename a group, or hang it below another one',
    body: Type.Object({ name: Type.Optional(Label), parentId: Type.Optional(Nullable(Id)) }, strict),
    response: Group,
  }),
  listGroupAdmins: defineRoute({
    id: 'listGroupAdmins',
    method: 'GET',
    path: '/groups/:id/admins',
    tag: 'users',
    permission: 'directory',
    params: byId,
    summary: 'Who manages the users in and below a group',
    response: items(Type.Object({ id: Id, displayName: Type.String() })),
  }),
  addGroupAdmin: defineRoute({
    id: 'addGroupAdmin',
    method: 'PUT',
    path: '/groups/:id/admins/:subjectId',
    tag: 'users',
    permission: 'admin',
    params: ofTwo,
    summary: 'Let a user manage the users in and below a group',
    responseKind: 'empty',
  }),
  removeGroupAdmin: defineRoute({
    id: 'removeGroupAdmin',
    method: 'DELETE',
    path: '/groups/:id/admins/:subjectId',
    tag: 'users',
    permission: 'admin',
    params: ofTwo,
    summary: 'Take the management of a group away',
    responseKind: 'empty',
  }),

  exportUsers: defineRoute({
    id: 'exportUsers',
    method: 'GET',
    path: '/users/export',
    tag: 'users',
    permission: 'admin',
    summary:
      'All users as CSV, or those with `ids`, without passwords; what looks like a formula is quoted; needs a recent proof',
    query: Type.Object({
      ids: Type.Optional(
        Type.String({
          pattern: '^[0-9a-f-]{36}(,[0-9a-f-]{36}){0,99}$',
          description: 'ids with commas, at most 100; what is no person is left out',
        }),
      ),
    }),
    responseKind: 'stream',
  }),
  exportMe: defineRoute({
    id: 'exportMe',
    method: 'GET',
    path: '/me/export',
    tag: 'session',
    permission: 'self',
    summary:
      'All that is kept of oneself, as a zip: facts as JSON, the picture and the personal files; needs a recent proof',
    responseKind: 'stream',
  }),
  exportUser: defineRoute({
    id: 'exportUser',
    method: 'GET',
    path: '/users/:id/export',
    tag: 'users',
    permission: 'admin',
    params: byId,
    summary:
      'The facts that are kept of a user, as a zip of JSON files; without the personal files; needs a recent proof',
    responseKind: 'stream',
  }),
  importUsers: defineRoute({
    id: 'importUsers',
    method: 'POST',
    path: '/users/import',
    tag: 'users',
    permission: 'admin',
    summary: 'Make and change users by a CSV file, some lines a call: again with `next` until it is null',
    body: Type.Object(
      {
        csv: Type.String(),
        dryRun: Type.Optional(Type.Boolean({ default: false })),
        offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100 })),
      },
      strict,
    ),
    response: Type.Object({
      total: Type.Integer(),
      next: Nullable(Type.Integer()),
      lines: Type.Array(ImportLine),
    }),
  }),
} as const;
