/** Shares with people, Cells, and the workspaces as administrators see them. */
import { Type, type Static } from 'typebox';
import { defineRoute } from './route.ts';
import { Cursor, Id, Node, page, PermissionName, Time, Workspace } from './schemas.ts';

const strict = { additionalProperties: false };
const byId = Type.Object({ id: Id });
const Empty = { responseKind: 'empty' } as const;
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 }));
const Quota = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], { description: 'bytes; null: none' });
const OptTime = Type.Union([Time, Type.Null()]);
const NodeIds = Type.Array(Id, { maxItems: 200, uniqueItems: true });

export const ShareRole = Type.Union(
  [Type.Literal('viewer'), Type.Literal('editor'), Type.Literal('manager')],
  { description: 'viewer: read; editor: also write; manager: also share and manage' },
);
export type ShareRole = Static<typeof ShareRole>;

const Who = Type.Object({ id: Id, name: Type.String() });

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
  expiresAt: OptTime,
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
      expiresAt: OptTime,
    }),
  ),
});
export type EffectiveAccess = Static<typeof EffectiveAccess>;

const CellLook = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  description: Type.String({ maxLength: 2000 }),
  color: Type.String({
    pattern: '^([a-z]{1,20})?$',
    description: "a colour of the web application; '': its own choice",
  }),
  icon: Type.String({ pattern: '^[a-z0-9-]{0,40}$' }),
  endsAt: OptTime,
  quota: Quota,
} as const;

export const Cell = Type.Object({
  id: Id,
  slug: Type.String(),
  rootId: Id,
  ...CellLook,
  owner: Type.Union([Who, Type.Null()]),
  role: Type.Union([ShareRole, Type.Literal('owner')], { description: 'yours' }),
  used: Type.Integer(),
  createdAt: Time,
  members: Type.Integer({ description: 'entries besides the owner; a group counts as one' }),
  mounts: Type.Integer(),
  ended: Type.Boolean({ description: 'past its end: only the owner gets in' }),
});
export type Cell = Static<typeof Cell>;

export const CellDetail = Type.Intersect([
  Cell,
  Type.Object({
    people: Type.Array(Type.Object({ subject: ShareSubject, role: ShareRole, addedAt: Time })),
    shown: Type.Array(
      Type.Object({
        nodeId: Id,
        name: Type.Union([Type.String(), Type.Null()], { description: 'null: deleted, or not yours to see' }),
        kind: Type.Union([Node.properties.kind, Type.Null()]),
        addedBy: Type.Union([Who, Type.Null()]),
        stale: Type.Boolean({ description: 'whoever added it may no longer share it' }),
      }),
    ),
  }),
]);
export type CellDetail = Static<typeof CellDetail>;

const Member = Type.Object({ roleId: Id, role: ShareRole }, strict);

export const AdminWorkspace = Type.Intersect([
  Workspace,
  Type.Object({
    owner: Type.Union([Who, Type.Null()]),
    archivedAt: OptTime,
    mounts: Type.Array(Type.Object({ nodeId: Id, name: Type.Union([Type.String(), Type.Null()]) })),
  }),
]);
export type AdminWorkspace = Static<typeof AdminWorkspace>;

export const sharingRoutes = {
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
        expiresAt: Type.Optional(OptTime),
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
    body: Type.Object({ role: Type.Optional(ShareRole), expiresAt: Type.Optional(OptTime) }, strict),
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
      limit: Limit,
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
      limit: Limit,
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
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }),
    response: page(EffectiveAccess),
  }),

  listCells: defineRoute({
    id: 'listCells',
    method: 'GET',
    path: '/cells',
    tag: 'cells',
    permission: 'node:read',
    summary: 'Cells that you own or are a member of',
    response: Type.Object({ items: Type.Array(Cell) }),
  }),
  createCell: defineRoute({
    id: 'createCell',
    method: 'POST',
    path: '/cells',
    tag: 'cells',
    permission: 'node:share',
    status: 201,
    summary: 'Make a Cell, from nothing or around folders and files that you may share',
    body: Type.Object(
      {
        ...Type.Partial(Type.Object(CellLook)).properties,
        name: CellLook.name,
        members: Type.Optional(Type.Array(Member, { maxItems: 200 })),
        nodeIds: Type.Optional(NodeIds),
      },
      strict,
    ),
    response: CellDetail,
  }),
  getCell: defineRoute({
    id: 'getCell',
    method: 'GET',
    path: '/cells/:id',
    tag: 'cells',
    permission: 'node:read',
    params: byId,
    summary: 'A Cell with its members and what it shows',
    response: CellDetail,
  }),
  updateCell: defineRoute({
    id: 'updateCell',
    method: 'PATCH',
    path: '/cells/:id',
    tag: 'cells',
    permission: 'node:share',
    params: byId,
    summary: 'Change its name, look, end or quota; by its owner and managers',
    body: Type.Object({ ...Type.Partial(Type.Object(CellLook)).properties }, strict),
    response: CellDetail,
  }),
  deleteCell: defineRoute({
    id: 'deleteCell',
    method: 'DELETE',
    path: '/cells/:id',
    tag: 'cells',
    permission: 'node:share',
    params: byId,
    summary: 'By its owner, while it holds no files of its own: those are moved or deleted first',
    ...Empty,
  }),
  setCellMember: defineRoute({
    id: 'setCellMember',
    method: 'PUT',
    path: '/cells/:id/members/:role',
    tag: 'cells',
    permission: 'node:share',
    params: Type.Object({ id: Id, role: Id }),
    summary: 'Add a member, or give it another role',
    body: Type.Object({ role: ShareRole }, strict),
    response: CellDetail,
  }),
  removeCellMember: defineRoute({
    id: 'removeCellMember',
    method: 'DELETE',
    path: '/cells/:id/members/:role',
    tag: 'cells',
    permission: 'node:share',
    params: Type.Object({ id: Id, role: Id }),
    summary: 'Remove a member',
    response: CellDetail,
  }),
  leaveCell: defineRoute({
    id: 'leaveCell',
    method: 'POST',
    path: '/cells/:id/leave',
    tag: 'cells',
    permission: 'node:write',
    params: byId,
    summary: 'Leave a Cell; its owner hands it over first',
    ...Empty,
  }),
  handOverCell: defineRoute({
    id: 'handOverCell',
    method: 'PUT',
    path: '/cells/:id/owner',
    tag: 'cells',
    permission: 'node:share',
    params: byId,
    summary: 'Make a member its owner; whoever was it stays as manager',
    body: Type.Object({ userId: Id }, strict),
    response: CellDetail,
  }),
  addCellMounts: defineRoute({
    id: 'addCellMounts',
    method: 'POST',
    path: '/cells/:id/mounts',
    tag: 'cells',
    permission: 'node:share',
    params: byId,
    summary: 'Show folders and files that you may share in a Cell',
    body: Type.Object({ nodeIds: NodeIds }, strict),
    response: CellDetail,
  }),
  removeCellMount: defineRoute({
    id: 'removeCellMount',
    method: 'DELETE',
    path: '/cells/:id/mounts/:node',
    tag: 'cells',
    permission: 'node:share',
    params: Type.Object({ id: Id, node: Id }),
    summary: 'Show it there no longer; the files stay where they live',
    ...Empty,
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
