/** Public links: what their owners do and what administrators see. */
import { Type, type Static } from 'typebox';
import { LinkPassword, Mail, Nullable, ShortLimit, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Cursor, Id, Time, page } from './schemas.ts';

export const LinkKind = Type.Union([Type.Literal('link'), Type.Literal('request')]);

export const LinkPermission = Type.Union(
  [Type.Literal('preview'), Type.Literal('download'), Type.Literal('upload')],
  { description: 'download includes preview; upload alone is a drop box, in which nothing can be seen' },
);

export const LinkLayout = Type.Union([
  Type.Literal('list'),
  Type.Literal('gallery'),
  Type.Literal('single'),
  Type.Literal('drop'),
]);

export const LinkState = Type.Union(
  [
    Type.Literal('active'),
    Type.Literal('disabled'),
    Type.Literal('expired'),
    Type.Literal('scheduled'),
    Type.Literal('exhausted'),
    Type.Literal('blocked'),
  ],
  { description: 'blocked: a policy forbids it now' },
);

/** Whether an uploader is asked for it. */
export const LinkAsk = Type.Union([Type.Literal('no'), Type.Literal('optional'), Type.Literal('required')]);

/** What its owner may set. Times in ms; a date that is null holds for good. */
const settings = {
  label: Type.String({ maxLength: 200 }),
  description: Type.String({ maxLength: 2000, description: 'of a request: what is wanted' }),
  permissions: Type.Array(LinkPermission, { minItems: 1, maxItems: 3, uniqueItems: true }),
  startsAt: Nullable(Time),
  expiresAt: Nullable(Time),
  maxDownloads: Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  layout: LinkLayout,
  disclaimer: Type.String({ maxLength: 5000, description: 'must be accepted; empty: none' }),
  watermark: Type.Boolean(),
  notify: Type.Boolean({ description: 'mail to the owner when something was uploaded' }),
  showOwner: Type.Boolean({ description: 'whether visitors see who shares' }),
  restricted: Type.Boolean({ description: 'only by the keys that the recipients were sent' }),
  askName: LinkAsk,
  askEmail: LinkAsk,
  subfolders: Type.Boolean({ description: 'what each uploader brings goes into a folder of its own' }),
  maxFileSize: Nullable(Type.Integer({ minimum: 1, description: 'bytes' })),
} as const;

const optional = Type.Partial(Type.Object(settings)).properties;

const Slug = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{2,62}$',
  description: 'an address of your own in place of the random one',
});

export const LinkRecipient = Type.Object({
  email: Type.String(),
  sentAt: Nullable(Time),
});

export const Link = Type.Object({
  id: Id,
  kind: LinkKind,
  token: Type.String({ description: 'the address is /s/<token>' }),
  custom: Type.Boolean({ description: 'an address of its own, not a random one' }),
  owner: Type.Object({ id: Id, displayName: Type.String() }),
  roots: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      kind: Type.Union([Type.Literal('folder'), Type.Literal('file')]),
    }),
    { description: 'those that are still there' },
  ),
  ...settings,
  hasPassword: Type.Boolean(),
  recipients: Type.Array(LinkRecipient),
  disabled: Type.Boolean(),
  state: LinkState,
  endsAt: Nullable(Time),
  downloads: Type.Integer(),
  visits: Type.Integer(),
  createdAt: Time,
  updatedAt: Time,
});
export type Link = Static<typeof Link>;

/** A link as those meet it who may share what it leads to: nothing of it that opens it. */
export const LinkHere = Type.Object({
  id: Id,
  kind: LinkKind,
  label: Type.String({ description: "empty: another's, and it shows something that you may not read, too" }),
  permissions: Type.Array(LinkPermission),
  owner: Type.Object({ id: Id, displayName: Type.String() }),
  mine: Type.Boolean(),
  hasPassword: Type.Boolean(),
  restricted: Type.Boolean({ description: 'only for the recipients it was mailed to' }),
  startsAt: Nullable(Time),
  endsAt: Nullable(Time),
  on: Nullable(
    Type.Object(
      { id: Id, name: Type.String() },
      { description: 'null: a folder above that you may not read' },
    ),
  ),
});
export type LinkHere = Static<typeof LinkHere>;

export type LinkState = Static<typeof LinkState>;

export type LinkLayout = Static<typeof LinkLayout>;

export type LinkPermission = Static<typeof LinkPermission>;

const filters = {
  nodeId: Type.Optional(Id),
  kind: Type.Optional(LinkKind),
  state: Type.Optional(LinkState),
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'in the name or the address; of everybody’s also of the owner',
    }),
  ),
  cursor: Type.Optional(Cursor),
  limit: ShortLimit,
};

export const LinkStatistics = Type.Object({
  days: Type.Array(
    Type.Object({
      day: Type.String({ description: 'YYYY-MM-DD, UTC' }),
      visits: Type.Integer(),
      downloads: Type.Integer(),
      uploads: Type.Integer(),
    }),
  ),
  items: Type.Array(
    Type.Object({
      nodeId: Id,
      name: Nullable(Type.String()),
      downloads: Type.Integer(),
      uploads: Type.Integer(),
    }),
  ),
});
export type LinkStatistics = Static<typeof LinkStatistics>;

const owned = { tag: 'links', permission: 'node:share' } as const;

export const linkRoutes = {
  listLinksHere: defineRoute({
    id: 'listLinksHere',
    method: 'GET',
    path: '/nodes/:id/links',
    tag: 'links',
    permission: 'node:share',
    params: byId,
    summary:
      'Public links and file requests of anybody that lead here by now or will, by this or a folder above',
    query: Type.Object({ cursor: Type.Optional(Cursor), limit: ShortLimit }),
    response: page(LinkHere),
  }),
  listLinks: defineRoute({
    id: 'listLinks',
    method: 'GET',
    path: '/links',
    ...owned,
    summary: 'Your public links',
    query: Type.Object(filters),
    response: page(Link),
  }),
  listAllLinks: defineRoute({
    id: 'listAllLinks',
    method: 'GET',
    path: '/admin/links',
    tag: 'links',
    permission: 'admin',
    summary: 'The public links of everybody',
    query: Type.Object({ ...filters, ownerId: Type.Optional(Id) }),
    response: page(Link),
  }),
  createLink: defineRoute({
    id: 'createLink',
    method: 'POST',
    path: '/links',
    ...owned,
    status: 201,
    summary: 'Share files, folders or a selection by a public address, or ask for files',
    body: Type.Object(
      {
        ...optional,
        kind: Type.Optional(LinkKind),
        roots: Type.Array(Id, { minItems: 1, maxItems: 200, uniqueItems: true }),
        slug: Type.Optional(Slug),
        password: Type.Optional(LinkPassword),
        recipients: Type.Optional(Type.Array(Mail, { maxItems: 200 })),
      },
      strict,
    ),
    response: Link,
  }),
  getLink: defineRoute({
    id: 'getLink',
    method: 'GET',
    path: '/links/:id',
    ...owned,
    params: byId,
    summary: 'One of your links',
    response: Link,
  }),
  updateLink: defineRoute({
    id: 'updateLink',
    method: 'PATCH',
    path: '/links/:id',
    ...owned,
    params: byId,
    summary: 'What is not named stays as it is; password null takes it away',
    body: Type.Object(
      {
        ...optional,
        slug: Type.Optional(Nullable(Slug)),
        password: Type.Optional(Nullable(LinkPassword)),
        recipients: Type.Optional(Type.Array(Mail, { maxItems: 200 })),
        disabled: Type.Optional(Type.Boolean()),
      },
      strict,
    ),
    response: Link,
  }),
  deleteLink: defineRoute({
    id: 'deleteLink',
    method: 'DELETE',
    path: '/links/:id',
    ...owned,
    params: byId,
    summary: 'Revoke a link for good',
    responseKind: 'empty',
  }),
  revokeLinks: defineRoute({
    id: 'revokeLinks',
    method: 'POST',
    path: '/links/revoke',
    ...owned,
    summary: 'Revoke many for good; those that are not yours are left alone unless you are an administrator',
    body: Type.Object({ ids: Type.Array(Id, { minItems: 1, maxItems: 1000 }) }, strict),
    response: Type.Object({ revoked: Type.Integer() }),
  }),
  sendLink: defineRoute({
    id: 'sendLink',
    method: 'POST',
    path: '/links/:id/send',
    ...owned,
    params: byId,
    summary: 'Mail the address to its recipients, each with a key of their own',
    body: Type.Object(
      {
        message: Type.Optional(Type.String({ maxLength: 2000 })),
        again: Type.Optional(Type.Boolean({ description: 'also to whom it was sent before' })),
      },
      strict,
    ),
    response: Link,
  }),
  linkStatistics: defineRoute({
    id: 'linkStatistics',
    method: 'GET',
    path: '/links/:id/statistics',
    ...owned,
    params: byId,
    summary: 'Visits and downloads per day and per item',
    response: LinkStatistics,
  }),
} as const;
