import { Type } from 'typebox';
import { strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Cursor, page, Time } from './schemas.ts';

const Text = Type.Union([Type.String(), Type.Null()]);
const Facts = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]);

export const AuditEvent = Type.Object({
  seq: Type.Integer(),
  id: Type.String(),
  at: Time,
  kind: Type.String(),
  actorId: Text,
  actorLogin: Text,
  impersonatorId: Text,
  address: Text,
  client: Text,
  via: Text,
  requestId: Text,
  nodeId: Text,
  workspaceId: Text,
  subjectId: Text,
  before: Facts,
  after: Facts,
  details: Facts,
  prevHash: Type.String(),
  hash: Type.String({ description: 'SHA-256, hex, over the canonical JSON of everything above' }),
});

const filter = {
  actor: Type.Optional(Type.String({ maxLength: 64, description: 'id' })),
  kind: Type.Optional(
    Type.String({ maxLength: 60, pattern: '^[a-z.-]+\\*?$', description: 'exact, or `auth.*`' }),
  ),
  node: Type.Optional(Type.String({ maxLength: 64, description: 'id' })),
  address: Type.Optional(Type.String({ maxLength: 64 })),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  q: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'in kind, login, address, client and facts' }),
  ),
};

const admin = { tag: 'audit', permission: 'admin' } as const;

export const auditRoutes = {
  listAudit: defineRoute({
    id: 'listAudit',
    method: 'GET',
    path: '/admin/audit',
    ...admin,
    summary: 'Search the audit log, newest first',
    query: Type.Object({
      ...filter,
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    }),
    response: page(AuditEvent),
  }),
  exportAudit: defineRoute({
    id: 'exportAudit',
    method: 'GET',
    path: '/admin/audit/export',
    ...admin,
    summary:
      'The audit log as CSV or JSON lines; as JSON lines without a filter it can be proved by `volvox audit verify`; needs a recent proof',
    query: Type.Object({
      ...filter,
      format: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('jsonl')])),
    }),
    responseKind: 'stream',
  }),
  auditStatus: defineRoute({
    id: 'auditStatus',
    method: 'GET',
    path: '/admin/audit/status',
    ...admin,
    summary: 'Where the chain is, up to where it is signed, by which key, and how far its streams are',
    response: Type.Object({
      head: Type.Integer(),
      signedUpTo: Type.Union([Type.Integer(), Type.Null()]),
      pending: Type.Integer({ description: 'events that wait to be chained' }),
      keys: Type.Array(Type.Object({ id: Type.String(), publicKey: Type.String({ description: 'PEM' }) })),
      streams: Type.Array(
        Type.Object({
          name: Type.String(),
          position: Type.Integer(),
          lag: Type.Integer(),
          error: Text,
        }),
      ),
    }),
  }),
  verifyAudit: defineRoute({
    id: 'verifyAudit',
    method: 'POST',
    path: '/admin/audit/verify',
    ...admin,
    summary: 'Prove the whole chain and its checkpoints now',
    response: Type.Object({
      ok: Type.Boolean(),
      rows: Type.Integer(),
      first: Type.Union([Type.Integer(), Type.Null()]),
      last: Type.Union([Type.Integer(), Type.Null()]),
      checkpoints: Type.Integer(),
      signedUpTo: Type.Union([Type.Integer(), Type.Null()]),
      fault: Type.Union([Type.Object({ seq: Type.Integer(), what: Type.String() }), Type.Null()]),
    }),
  }),
  setAuditWebhookSecret: defineRoute({
    id: 'setAuditWebhookSecret',
    method: 'PUT',
    path: '/admin/audit/webhook-secret',
    ...admin,
    summary: 'Keep the secret in the vault that webhook deliveries are signed with; null takes it away',
    body: Type.Object(
      { secret: Type.Union([Type.String({ minLength: 16, maxLength: 500 }), Type.Null()]) },
      strict,
    ),
    responseKind: 'empty',
  }),
} as const;
