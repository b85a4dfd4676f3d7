/** Cells: workspaces of several people, with what each brings into them. */
import { Type, type Static } from 'typebox';
import { Empty, NodeIds, Nullable, Who, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { ShareRole, ShareSubject } from './routes-shares.ts';
import { Id, Node, Time } from './schemas.ts';

const Quota = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], { description: 'bytes; null: none' });

const CellLook = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  description: Type.String({ maxLength: 2000 }),
  color: Type.String({
    pattern: '^([a-z]{1,20})?$',
    description: "a colour of the web application; '': its own choice",
  }),
  icon: Type.String({ pattern: '^[a-z0-9-]{0,40}$' }),
  endsAt: Nullable(Time),
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

export const cellRoutes = {
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
} as const;
