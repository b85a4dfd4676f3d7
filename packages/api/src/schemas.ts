import { Type, type Static, type TSchema } from 'typebox';
import { errorCodes, type ErrorCode } from './errors.ts';

export const Id = Type.String({ format: 'uuid', description: 'UUIDv7; survives renames and moves' });
export const Time = Type.Integer({ description: 'milliseconds since 1970-01-01T00:00:00Z' });
export const Cursor = Type.String({ maxLength: 2048, description: 'opaque; hand it back to go on' });
export const Name = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'at most 255 bytes of UTF-8, no "/", NUL, control characters, "." or ".."',
});
export const Login = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]*$' });
export const Password = Type.String({ minLength: 1, maxLength: 1024 });

/** RFC 9457 problem document. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Unsafe<ErrorCode>(Type.String({ enum: Object.keys(errorCodes) })),
  detail: Type.Optional(Type.String()),
  requestId: Type.Optional(Type.String()),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type Problem = Static<typeof Problem>;

export const Kind = Type.Union([Type.Literal('folder'), Type.Literal('file')]);
export type Kind = Static<typeof Kind>;

export const PermissionName = Type.Union([
  Type.Literal('read'),
  Type.Literal('write'),
  Type.Literal('share'),
  Type.Literal('manage'),
]);
export type PermissionName = Static<typeof PermissionName>;

export const Node = Type.Object({
  id: Id,
  parentId: Type.Union([Id, Type.Null()]),
  workspaceId: Id,
  name: Type.String(),
  path: Type.Optional(
    Type.String({ description: '/workspace/folder/name, given where a single node is asked for' }),
  ),
  kind: Kind,
  size: Type.Integer({ description: 'bytes; of a folder: everything below it' }),
  files: Type.Optional(Type.Integer({ description: 'of a folder: number of files below it' })),
  mime: Type.Union([Type.String(), Type.Null()]),
  etag: Type.String({ description: 'strong, with its quotes' }),
  sha256: Type.Optional(
    Type.Union([Type.String(), Type.Null()], { description: 'hex; null where a version has several chunks' }),
  ),
  versionId: Type.Union([Id, Type.Null()]),
  createdAt: Time,
  modifiedAt: Time,
  createdBy: Type.Union([Id, Type.Null()]),
  modifiedBy: Type.Union([Id, Type.Null()]),
  permissions: Type.Array(PermissionName),
  mount: Type.Optional(
    Type.Boolean({
      description:
        'true in the listing of a root where the node only shows, with the name it shows under; workspaceId is its home',
    }),
  ),
  trashed: Type.Optional(
    Type.Object({
      at: Time,
      by: Type.Union([Id, Type.Null()]),
      from: Type.String(),
      purgeAt: Type.Union([Time, Type.Null()]),
    }),
  ),
});
export type Node = Static<typeof Node>;

export const Version = Type.Object({
  id: Id,
  nodeId: Id,
  size: Type.Integer(),
  sha256: Type.Union([Type.String(), Type.Null()]),
  createdAt: Time,
  createdBy: Type.Union([Id, Type.Null()]),
  current: Type.Boolean(),
});
export type Version = Static<typeof Version>;

/** What to do where the name is taken. Folders meeting folders merge only under `replace`. */
export const Conflict = Type.Union(
  [Type.Literal('fail'), Type.Literal('replace'), Type.Literal('keep_both')],
  {
    description:
      'fail: error `conflict`; replace: a file gets a new version; keep_both: the new one gets a number',
  },
);
export type Conflict = Static<typeof Conflict>;

export const Workspace = Type.Object({
  id: Id,
  slug: Type.String({ description: 'first part of paths in WebDAV and REST' }),
  name: Type.String(),
  kind: Type.Union(
    [
      Type.Literal('personal'),
      Type.Literal('common'),
      Type.Literal('shared'),
      Type.Literal('cell'),
      Type.Literal('received'),
    ],
    { description: 'shared: made by admins; cell: made by people; received: what was shared with the asker' },
  ),
  rootId: Id,
  quota: Type.Union([Type.Integer(), Type.Null()], { description: 'bytes; null: none' }),
  used: Type.Integer({ description: 'bytes, trash included' }),
  permissions: Type.Array(PermissionName),
  archived: Type.Boolean({ description: 'put away: only admins see it, and nobody writes in it' }),
});
export type Workspace = Static<typeof Workspace>;

export const Locale = Type.String({ pattern: '^(en|de|fr)$' });
export const Attributes = Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 200 }), {
  description: 'facts about the user that roles may go by; set by admins and directories outside',
});

export const User = Type.Object({
  id: Id,
  login: Login,
  displayName: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  lockedUntil: Type.Union([Time, Type.Null()]),
  groupId: Type.Union([Id, Type.Null()]),
  quota: Type.Union([Type.Integer(), Type.Null()], {
    description: 'bytes of the personal workspace; null: none',
  }),
  createdAt: Time,
  lastLoginAt: Type.Union([Time, Type.Null()]),
  kind: Type.Union([Type.Literal('person'), Type.Literal('guest')], {
    description: 'guests were invited, are in no group and see nothing but what was shared with them',
  }),
  locale: Type.Union([Locale, Type.Null()], { description: 'null: as the browser says' }),
  expiresAt: Type.Union([Time, Type.Null()], { description: 'the account holds no longer from then on' }),
  avatar: Type.Union([Type.String(), Type.Null()], { description: 'version of the picture; null: none' }),
  source: Type.String({ description: 'the directory that keeps the account; empty: this server' }),
  externalId: Type.Union([Type.String(), Type.Null()]),
  attributes: Attributes,
});
export type User = Static<typeof User>;

export const Group = Type.Object({
  id: Id,
  parentId: Type.Union([Id, Type.Null()]),
  name: Type.String(),
  roleId: Id,
  members: Type.Integer({ description: 'users in the group itself' }),
  externalId: Type.Union([Type.String(), Type.Null()]),
});
export type Group = Static<typeof Group>;

export const Session = Type.Object({
  id: Id,
  createdAt: Time,
  lastSeenAt: Time,
  expiresAt: Time,
  address: Type.String(),
  client: Type.String(),
  current: Type.Boolean(),
  impersonatorId: Type.Union([Id, Type.Null()], {
    description: 'the administrator who opened it in the name of the user',
  }),
});
export type Session = Static<typeof Session>;

export const Scope = Type.Union(
  [Type.Literal('files:read'), Type.Literal('files:write'), Type.Literal('account'), Type.Literal('admin')],
  { description: 'files:write includes files:read; app passwords have files:write' },
);
export type Scope = Static<typeof Scope>;

export const Token = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal('app_password'), Type.Literal('access_token')]),
  label: Type.String(),
  scopes: Type.Array(Scope),
  createdAt: Time,
  lastUsedAt: Type.Union([Time, Type.Null()]),
  expiresAt: Type.Union([Time, Type.Null()]),
});
export type Token = Static<typeof Token>;

export const AccessRule = Type.Object({
  id: Id,
  nodeId: Id,
  roleId: Id,
  allow: Type.Array(PermissionName),
  deny: Type.Array(PermissionName),
});
export type AccessRule = Static<typeof AccessRule>;

/** One row of the journal as clients see it. */
export const Change = Type.Object({
  seq: Type.Integer({ description: 'position; strictly rising, without gaps per commit order' }),
  id: Id,
  at: Time,
  kind: Type.String({ description: 'see the reference of events: node.created, node.moved, ...' }),
  actorId: Type.Union([Id, Type.Null()]),
  nodeId: Type.Union([Id, Type.Null()]),
  parentId: Type.Union([Id, Type.Null()], { description: 'the folder that changed' }),
  workspaceId: Type.Union([Id, Type.Null()]),
  before: Type.Unknown(),
  after: Type.Unknown(),
});
export type Change = Static<typeof Change>;

export const Activity = Type.Object({
  id: Id,
  at: Time,
  kind: Type.String(),
  actor: Type.Union([Type.Object({ id: Id, displayName: Type.String() }), Type.Null()]),
  node: Type.Union([Type.Object({ id: Id, name: Type.String(), kind: Kind }), Type.Null()]),
  summary: Type.Record(Type.String(), Type.Unknown()),
});
export type Activity = Static<typeof Activity>;

export function page<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Union([Cursor, Type.Null()], { description: 'cursor of the next page; null at the end' }),
  });
}
