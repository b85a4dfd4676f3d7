import { Type, type Static } from 'typebox';
import { strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Cursor, Id, Locale, page, Time } from './schemas.ts';

const Secret = Type.Optional(
  Type.Union([Type.String({ minLength: 1, maxLength: 4096 }), Type.Null()], {
    description: 'null takes it away; absent leaves it as it is',
  }),
);

export const QueuedMail = Type.Object({
  id: Id,
  to: Type.String(),
  template: Type.String(),
  state: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('sending'),
    Type.Literal('sent'),
    Type.Literal('failed'),
  ]),
  attempts: Type.Integer(),
  createdAt: Time,
  nextAt: Type.Union([Time, Type.Null()], { description: 'when it is tried next' }),
  sentAt: Type.Union([Time, Type.Null()]),
  lastError: Type.Union([Type.String(), Type.Null()]),
});

export const MailSecrets = Type.Object(
  {
    password: Type.Boolean(),
    clientSecret: Type.Boolean(),
    refreshToken: Type.Boolean(),
    elsewhere: Type.Boolean({
      description:
        'what is needed to log in was typed in for another server, user or protection than is set now: it must be given again',
    }),
  },
  { description: 'which secrets are kept; they are never shown' },
);

const Text = Type.Optional(Type.String({ maxLength: 500 }));

/** Whom a secret is meant for; absent: as the settings are. */
const Addressee = Type.Object(
  {
    host: Text,
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    tls: Type.Optional(
      Type.Union([Type.Literal('implicit'), Type.Literal('starttls'), Type.Literal('none')]),
    ),
    user: Text,
    oauthTokenUrl: Text,
    oauthClientId: Text,
  },
  {
    ...strict,
    description:
      'what the settings mail.* are about to be: secrets are told to nobody else. Absent: as they are',
  },
);

const admin = { tag: 'mail', permission: 'admin' } as const;

export const MailWishes = Type.Object({
  shares: Type.Boolean({ description: 'somebody shared something with me' }),
  cells: Type.Boolean({ description: 'I was taken into a Cell' }),
  uploads: Type.Boolean({ description: 'something was uploaded by a link or file request of mine' }),
});
export type MailWishes = Static<typeof MailWishes>;

export const mailRoutes = {
  mailWishes: defineRoute({
    id: 'mailWishes',
    method: 'GET',
    path: '/me/mail',
    tag: 'session',
    permission: 'self',
    summary: 'Which mails I want; those about the security of the account always come',
    response: MailWishes,
  }),
  setMailWishes: defineRoute({
    id: 'setMailWishes',
    method: 'PATCH',
    path: '/me/mail',
    tag: 'session',
    permission: 'self',
    summary: 'Say which mails I want; what is not named stays as it is',
    body: Type.Object(
      {
        shares: Type.Optional(Type.Boolean()),
        cells: Type.Optional(Type.Boolean()),
        uploads: Type.Optional(Type.Boolean()),
      },
      strict,
    ),
    response: MailWishes,
  }),
  mailState: defineRoute({
    id: 'mailState',
    method: 'GET',
    path: '/admin/mail',
    ...admin,
    summary: 'Whether mail can be sent, and which secrets are kept',
    response: Type.Object({ configured: Type.Boolean(), secrets: MailSecrets }),
  }),
  setMailSecrets: defineRoute({
    id: 'setMailSecrets',
    method: 'PUT',
    path: '/admin/mail/secret',
    ...admin,
    summary:
      'Keep password, client secret or refresh token of the mail server in the vault; with another server or user they have to be given anew',
    body: Type.Object(
      { password: Secret, clientSecret: Secret, refreshToken: Secret, for: Type.Optional(Addressee) },
      strict,
    ),
    response: MailSecrets,
  }),
  testMail: defineRoute({
    id: 'testMail',
    method: 'POST',
    path: '/admin/mail/test',
    ...admin,
    summary: 'Send a test message now; the answer says what the mail server said',
    body: Type.Object(
      { to: Type.String({ minLength: 3, maxLength: 254 }), locale: Type.Optional(Locale) },
      strict,
    ),
    responseKind: 'empty',
  }),
  listMail: defineRoute({
    id: 'listMail',
    method: 'GET',
    path: '/admin/mail/queue',
    ...admin,
    summary: 'The mail queue, newest first',
    query: Type.Object({
      state: Type.Optional(
        Type.Union([Type.Literal('waiting'), Type.Literal('sent'), Type.Literal('failed')]),
      ),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    }),
    response: page(QueuedMail),
  }),
  retryMail: defineRoute({
    id: 'retryMail',
    method: 'POST',
    path: '/admin/mail/queue/:id/retry',
    ...admin,
    summary: 'Try a message now that waits or failed',
    params: Type.Object({ id: Id }),
    responseKind: 'empty',
  }),
  deleteMail: defineRoute({
    id: 'deleteMail',
    method: 'DELETE',
    path: '/admin/mail/queue/:id',
    ...admin,
    summary: 'Take a message out of the queue',
    params: Type.Object({ id: Id }),
    responseKind: 'empty',
  }),
} as const;
