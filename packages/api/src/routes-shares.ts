/** Shares with people, and what somebody may do with a node in the end. */
import { Type, type Static } from 'typebox';
import { Empty, NodeIds, Nullable, ShortLimit, Who, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Cursor, Id, Node, PermissionName, Time, page } from './schemas.ts';

export const ShareRole = Type.Union(
  [Type.Literal('viewer'), Type.Literal('editor'), Type.Literal('manager')],
  { description: 'viewer: read; editor: also write; manager: also share and manage' },
);
export type ShareRole = Static<typeof ShareRole>;

/** Somebody that something can be shared with. `role`: an assigned role; only administrators give rights to those, by rules. */
export const ShareSubject = Type.Object({
  roleId: Id,
  kind: Type.Union([
    Type.Literal('user'),
    Type.Literal('guest'),
    Type.Literal('group'),
    Type.Literal('team'),
    Type.Literal('role'),
  ]),
  id: Id,
  name: Type.String(),
  login: Type.Union([Type.String(), Type.Null()], { description: 'of users' }),
});
export type ShareSubject = Static<typeof ShareSubject>;

export const Share = Type.Object({
  id: Id,
  nodeId: Id,
  subject: ShareSubject,
  role: ShareRole,
  createdAt: Time,
  createdBy: Type.Union([Who, Type.Null()], { description: 'null: gone, nobody took it over' }),
  expiresAt: Nullable(Time),
  message: Type.String(),
  stale: Type.Boolean({
    description: 'whoever made it may no longer share this; it holds until it is revoked',
  }),
});
export type Share = Static<typeof Share>;

const on = Type.Object({ id: Id, name: Type.String(), kind: Node.properties.kind });

export const NodeShares = Type.Object({
  items: Type.Array(Share, { description: 'made at this very node' }),
  inherited: Type.Array(Type.Intersect([Share, Type.Object({ on })]), {
    description: 'made at folders above that you may read',
  }),
  cells: Type.Array(Type.Object({ id: Id, name: Type.String(), nodeId: Id, members: Type.Integer() })),
});
export type NodeShares = Static<typeof NodeShares>;

export const ReceivedShare = Type.Intersect([
  Share,
  Type.Object({ node: Node, hidden: Type.Boolean({ description: 'declined: not shown in `shared`' }) }),
]);
export type ReceivedShare = Static<typeof ReceivedShare>;

export const GivenShare = Type.Intersect([
  Share,
  Type.Object({
    node: Type.Union([Node, Type.Null()], { description: 'null: deleted, or no longer yours to see' }),
  }),
]);
export type GivenShare = Static<typeof GivenShare>;

/** What somebody may do with a node in the end, and what gives it. */
export const EffectiveAccess = Type.Object({
  subject: ShareSubject,
  permissions: Type.Array(PermissionName),
  sources: Type.Array(
    Type.Object({
      kind: Type.Union([
        Type.Literal('rule'),
        Type.Literal('denial'),
        Type.Literal('share'),
        Type.Literal('cell'),
      ]),
      permissions: Type.Array(PermissionName),
      via: Type.Union([ShareSubject, Type.Null()], { description: 'a group or team the right comes by' }),
      on: Type.Union([on, Type.Null()], { description: 'null: a folder above that you may not read' }),
      expiresAt: Nullable(Time),
    }),
  ),
});
export type EffectiveAccess = Static<typeof EffectiveAccess>;

export const shareRoutes = {
  listNodeShares: defineRoute({
    id: 'listNodeShares',
    method: 'GET',
    path: '/nodes/:id/shares',
    tag: 'shares',
    permission: 'node:share',
    params: byId,
    summary: 'Whom this is shared with, here and by folders above, and the Cells it shows in',
    response: NodeShares,
  }),
  createShare: defineRoute({
    id: 'createShare',
    method: 'POST',
    path: '/nodes/:id/shares',
    tag: 'shares',
    permission: 'node:share',
    status: 201,
    params: byId,
    summary: 'Share with a person, guest, group or team; at most what you may do yourself',
    body: Type.Object(
      {
        roleId: Id,
        role: ShareRole,
        expiresAt: Type.Optional(Nullable(Time)),
        message: Type.Optional(Type.String({ maxLength: 2000 })),
        notify: Type.Optional(
          Type.Boolean({ default: true, description: 'by mail, where the receiver is one person' }),
        ),
      },
      strict,
    ),
    response: Share,
  }),
  updateShare: defineRoute({
    id: 'updateShare',
    method: 'PATCH',
    path: '/shares/:id',
    tag: 'shares',
    permission: 'node:share',
    params: byId,
    summary: 'Another role or end',
    body: Type.Object({ role: Type.Optional(ShareRole), expiresAt: Type.Optional(Nullable(Time)) }, strict),
    response: Share,
  }),
  revokeShare: defineRoute({
    id: 'revokeShare',
    method: 'DELETE',
    path: '/shares/:id',
    tag: 'shares',
    permission: 'node:share',
    params: byId,
    summary: 'Take it away, and what the receiver passed on by it; by whoever made it or may share the node',
    ...Empty,
  }),
  revokeShares: defineRoute({
    id: 'revokeShares',
    method: 'POST',
    path: '/shares/revoke',
    tag: 'shares',
    permission: 'node:share',
    summary: 'Several at once; those that are not yours to revoke are told',
    body: Type.Object({ ids: NodeIds }, strict),
    response: Type.Object({ revoked: Type.Array(Id), refused: Type.Array(Id) }),
  }),
  listReceivedShares: defineRoute({
    id: 'listReceivedShares',
    method: 'GET',
    path: '/shares/received',
    tag: 'shares',
    permission: 'node:read',
    summary: 'Shared with me, newest first',
    query: Type.Object({
      q: Type.Optional(Type.String({ maxLength: 200, description: 'in the name, or of who shares' })),
      hidden: Type.Optional(Type.Boolean({ description: 'only those declined' })),
      cursor: Type.Optional(Cursor),
      limit: ShortLimit,
    }),
    response: page(ReceivedShare),
  }),
  listGivenShares: defineRoute({
    id: 'listGivenShares',
    method: 'GET',
    path: '/shares/given',
    tag: 'shares',
    permission: 'node:read',
    summary: 'Shared by me, newest first',
    query: Type.Object({
      q: Type.Optional(Type.String({ maxLength: 200, description: 'in the name, or of the receiver' })),
      role: Type.Optional(ShareRole),
      cursor: Type.Optional(Cursor),
      limit: ShortLimit,
    }),
    response: page(GivenShare),
  }),
  hideShare: defineRoute({
    id: 'hideShare',
    method: 'PUT',
    path: '/shares/:id/hidden',
    tag: 'shares',
    permission: 'node:write',
    params: byId,
    summary: 'Decline what was shared with you, or take it back; it stays reachable by its address',
    body: Type.Object({ hidden: Type.Boolean() }, strict),
    ...Empty,
  }),
  listSharedAmong: defineRoute({
    id: 'listSharedAmong',
    method: 'POST',
    path: '/nodes/shared',
    tag: 'shares',
    permission: 'node:read',
    summary: 'Which of these nodes are shared with people, of those that you may share',
    body: Type.Object({ ids: Type.Array(Id, { maxItems: 1000 }) }, strict),
    response: Type.Object({ ids: Type.Array(Id) }),
  }),
  listEffectiveAccess: defineRoute({
    id: 'listEffectiveAccess',
    method: 'GET',
    path: '/nodes/:id/access',
    tag: 'shares',
    permission: 'node:share',
    params: byId,
    summary: 'Who may do what here, and by what: rules, shares, Cells',
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: ShortLimit }),
    response: page(EffectiveAccess),
  }),
} as const;
