/** What has changed, live or page by page, and what can be found. */
import { Type } from 'typebox';
import { Limit } from './parts.ts';
import { defineRoute } from './route.ts';
import { Activity, Change, Cursor, Id, Kind, Node, Time, page } from './schemas.ts';

export const changeRoutes = {
  listChanges: defineRoute({
    id: 'listChanges',
    method: 'GET',
    path: '/changes',
    tag: 'changes',
    permission: 'node:read',
    summary: 'What changed after a position, in order, as far as the signed-in user may read',
    query: Type.Object({
      after: Type.Optional(
        Type.Integer({ minimum: 0, description: 'a seq; without it: only the current head is answered' }),
      ),
      limit: Limit,
    }),
    response: Type.Object({ items: Type.Array(Change), head: Type.Integer(), more: Type.Boolean() }),
  }),
  events: defineRoute({
    id: 'events',
    method: 'GET',
    path: '/events',
    tag: 'changes',
    permission: 'node:read',
    summary: 'The same as server-sent events; Last-Event-ID or ?after goes on without a gap',
    query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }),
    responseKind: 'events',
  }),
  search: defineRoute({
    id: 'search',
    method: 'GET',
    path: '/search',
    tag: 'search',
    permission: 'node:read',
    summary: 'Search by name, kind, size, date and owner; accents and case folded',
    query: Type.Object({
      q: Type.Optional(Type.String({ maxLength: 200 })),
      kind: Type.Optional(Kind),
      minSize: Type.Optional(Type.Integer()),
      maxSize: Type.Optional(Type.Integer()),
      modifiedAfter: Type.Optional(Time),
      modifiedBefore: Type.Optional(Time),
      owner: Type.Optional(Id),
      extension: Type.Optional(Type.String({ maxLength: 20 })),
      workspaceId: Type.Optional(Id),
      within: Type.Optional(Id),
      cursor: Type.Optional(Cursor),
      limit: Limit,
    }),
    response: page(Node),
  }),
  listActivity: defineRoute({
    id: 'listActivity',
    method: 'GET',
    path: '/activity',
    tag: 'activity',
    permission: 'node:read',
    summary: 'What happened to a node, or what a person did; as far as the signed-in user may read',
    query: Type.Object({
      node: Type.Optional(Id),
      user: Type.Optional(Id),
      cursor: Type.Optional(Cursor),
      limit: Limit,
    }),
    response: page(Activity),
  }),
} as const;
