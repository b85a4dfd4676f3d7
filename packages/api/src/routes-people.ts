/** People as others find them, guests and their invitations. */
import { Type } from 'typebox';
import { Description, End, Nullable, byId, items, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Invitation, Invited, Person } from './schemas-directory.ts';
import { Locale, Password, User } from './schemas.ts';

export const peopleRoutes = {
  searchPeople: defineRoute({
    id: 'searchPeople',
    method: 'GET',
    path: '/people',
    tag: 'people',
    permission: 'self',
    summary: 'People, groups and own teams whose words begin like this, best first',
    query: Type.Object({
      q: Type.String({ maxLength: 100 }),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 20 })),
    }),
    response: items(Person),
  }),
  getAvatar: defineRoute({
    id: 'getAvatar',
    method: 'GET',
    path: '/people/:id/avatar',
    tag: 'people',
    permission: 'self',
    params: byId,
    query: Type.Object({ v: Type.Optional(Type.String({ maxLength: 64 })) }),
    summary: 'Picture of a user, WebP of 256 x 256',
    responseKind: 'stream',
  }),
  setAvatar: defineRoute({
    id: 'setAvatar',
    method: 'PUT',
    path: '/me/avatar',
    tag: 'session',
    permission: 'self',
    summary: 'Set the own picture: PNG, JPEG or WebP in base64, at most 256 KiB',
    body: Type.Object({ image: Type.String({ maxLength: 360_000 }) }, strict),
    response: User,
  }),
  removeAvatar: defineRoute({
    id: 'removeAvatar',
    method: 'DELETE',
    path: '/me/avatar',
    tag: 'session',
    permission: 'self',
    summary: 'Take the own picture away',
    response: User,
  }),

  listGuests: defineRoute({
    id: 'listGuests',
    method: 'GET',
    path: '/guests',
    tag: 'people',
    permission: 'self',
    summary: 'Own guests',
    response: items(User),
  }),
  inviteGuest: defineRoute({
    id: 'inviteGuest',
    method: 'POST',
    path: '/guests',
    tag: 'people',
    permission: 'self',
    status: 201,
    summary:
      'Invite a guest by mail; again for one who has not come yet: a new invitation; an address that a person here has is a conflict (reason `person`)',
    body: Type.Object(
      {
        email: Type.String({ minLength: 3, maxLength: 254 }),
        displayName: Type.Optional(Type.String({ maxLength: 200 })),
        expiresAt: End,
        message: Type.Optional(Nullable(Description)),
        locale: Type.Optional(Nullable(Locale)),
      },
      strict,
    ),
    response: Invited,
  }),
  updateGuest: defineRoute({
    id: 'updateGuest',
    method: 'PATCH',
    path: '/guests/:id',
    tag: 'people',
    permission: 'self',
    params: byId,
    summary: 'Change the end of an own guest, or shut the account',
    body: Type.Object({ expiresAt: End, disabled: Type.Optional(Type.Boolean()) }, strict),
    response: User,
  }),
  readInvitation: defineRoute({
    id: 'readInvitation',
    method: 'POST',
    path: '/invitations/read',
    tag: 'people',
    permission: 'public',
    summary: 'Who is invited by whom',
    body: Type.Object({ invitation: Type.String({ maxLength: 100 }) }, strict),
    response: Invitation,
  }),
  acceptInvitation: defineRoute({
    id: 'acceptInvitation',
    method: 'POST',
    path: '/invitations/accept',
    tag: 'people',
    permission: 'public',
    summary: 'Set the first password; an invitation works once',
    body: Type.Object({ invitation: Type.String({ maxLength: 100 }), password: Password }, strict),
    response: Type.Object({ login: Type.String() }),
  }),
} as const;
