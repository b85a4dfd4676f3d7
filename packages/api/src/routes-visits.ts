/** What a visitor of a public link finds below `/s/<token>/api/v1`. */
import { Type, type Static } from 'typebox';
import { LinkPassword, Mail, Nullable, byId, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { LinkAsk, LinkKind, LinkLayout, LinkPermission } from './routes-links.ts';
import { Id, Node, Time } from './schemas.ts';

/** What the page of a link needs; `link` is null until what it `needs` was given. */
export const VisitorView = Type.Object({
  needs: Type.Array(
    Type.Union([
      Type.Literal('password'),
      Type.Literal('recipient'),
      Type.Literal('disclaimer'),
      Type.Literal('name'),
      Type.Literal('email'),
    ]),
  ),
  branding: Type.Object({
    name: Type.String(),
    logo: Nullable(Type.String({ description: 'a data URL; null: that of Volvox' })),
    color: Nullable(Type.String({ description: '#rrggbb' })),
    imprintUrl: Nullable(Type.String()),
    privacyUrl: Nullable(Type.String()),
  }),
  kind: LinkKind,
  disclaimer: Type.String(),
  link: Nullable(
    Type.Object({
      label: Type.String(),
      description: Type.String(),
      owner: Nullable(Type.String()),
      layout: LinkLayout,
      permissions: Type.Array(LinkPermission),
      watermark: Type.Boolean(),
      endsAt: Nullable(Time),
      downloadsLeft: Nullable(Type.Integer()),
      askName: LinkAsk,
      askEmail: LinkAsk,
      maxFileSize: Nullable(Type.Integer()),
      uploader: Type.Object({ name: Type.String(), email: Type.String() }),
      dropId: Nullable(Id),
      roots: Type.Array(Node),
    }),
  ),
});
export type VisitorView = Static<typeof VisitorView>;

export const Receipt = Type.Object({
  title: Type.String(),
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      size: Type.Integer(),
      sha256: Nullable(Type.String({ description: 'hex' })),
      pending: Type.Boolean({
        description: 'the hash is made within a minute or two: files of several chunks',
      }),
      at: Time,
    }),
  ),
});
export type Receipt = Static<typeof Receipt>;

const visited = { tag: 'visit', permission: 'link' } as const;

export const visitRoutes = {
  openLink: defineRoute({
    id: 'openLink',
    method: 'GET',
    path: '/link',
    ...visited,
    summary: 'Below /s/<token> only: what the page of the link shows, or what it needs first',
    response: VisitorView,
  }),
  visitLink: defineRoute({
    id: 'visitLink',
    method: 'POST',
    path: '/visit',
    ...visited,
    summary: 'Below /s/<token> only: give what the link needs; answered with a cookie for this link alone',
    body: Type.Object(
      {
        password: Type.Optional(LinkPassword),
        recipientKey: Type.Optional(Type.String({ maxLength: 100 })),
        accept: Type.Optional(Type.Boolean()),
        name: Type.Optional(Type.String({ maxLength: 100 })),
        email: Type.Optional(Mail),
      },
      strict,
    ),
    response: VisitorView,
  }),
  linkPreview: defineRoute({
    id: 'linkPreview',
    method: 'GET',
    path: '/link/previews/:id',
    ...visited,
    params: byId,
    summary: 'Below /s/<token> only: a picture made small, or a PDF, with the watermark of the link',
    query: Type.Object({
      size: Type.Optional(
        Type.Union([Type.Literal(320), Type.Literal(2048)], { description: 'pixels of the longer side' }),
      ),
    }),
    responseKind: 'stream',
  }),
  getReceipt: defineRoute({
    id: 'getReceipt',
    method: 'GET',
    path: '/receipt',
    ...visited,
    summary: 'Below /s/<token> only: what this visitor has uploaded',
    response: Receipt,
  }),
  sendReceipt: defineRoute({
    id: 'sendReceipt',
    method: 'POST',
    path: '/receipt',
    ...visited,
    summary: 'Below /s/<token> only: mail the receipt to the address that the visitor gave',
    response: Receipt,
  }),
} as const;
