import { queriesOf } from '../../stores/sql/query.ts';
import type { ClientRow, LoginRow, LogoutRow, OidcTables, RecordRow } from './tables.ts';

const define = queriesOf<OidcTables>();

export type RecordParameters = {
  key: string;
  id: string;
  model: string;
  payload: string;
  grantKey: string | null;
  lookupKey: string | null;
  sessionKey: string | null;
  userId: string | null;
  clientId: string | null;
  scopes: string | null;
  sessionId: string | null;
  at: number;
  expiresAt: number;
};

/** A consumed record stays consumed: what is saved again over it does not make it fresh. */
export const upsertRecord = define<RecordParameters>((db, p, dialect) => {
  const changed = {
    payload: p.payload,
    grant_key: p.grantKey,
    lookup_key: p.lookupKey,
    session_key: p.sessionKey,
    user_id: p.userId,
    client_id: p.clientId,
    scopes: p.scopes,
    session_id: p.sessionId,
    expires_at: p.expiresAt,
  };
  const insert = db
    .insertInto('oidc_records')
    .values({ record_key: p.key, id: p.id, model: p.model, created_at: p.at, consumed_at: null, ...changed });
  return dialect === 'mysql'
    ? insert.onDuplicateKeyUpdate(changed)
    : insert.onConflict((on) => on.column('record_key').doUpdateSet(changed));
});
export const recordByKey = define<{ key: string; model: string }, RecordRow>((db, p) =>
  db.selectFrom('oidc_records').selectAll().where('record_key', '=', p.key).where('model', '=', p.model),
);
export const recordByLookup = define<{ key: string; model: string }, RecordRow>((db, p) =>
  db.selectFrom('oidc_records').selectAll().where('lookup_key', '=', p.key).where('model', '=', p.model),
);
export const consumeRecord = define<{ key: string; at: number }>((db, p) =>
  db
    .updateTable('oidc_records')
    .set({ consumed_at: p.at })
    .where('record_key', '=', p.key)
    .where('consumed_at', 'is', null),
);
export const deleteRecord = define<{ key: string }>((db, p) =>
  db.deleteFrom('oidc_records').where('record_key', '=', p.key),
);
export const deleteRecordsOfGrant = define<{ key: string; model: string }>((db, p) =>
  db.deleteFrom('oidc_records').where('grant_key', '=', p.key).where('model', '=', p.model),
);
/** The grant itself and all that hangs on it. */
export const deleteGrant = define<{ key: string }>((db, p) =>
  db
    .deleteFrom('oidc_records')
    .where((on) => on.or([on('grant_key', '=', p.key), on('record_key', '=', p.key)])),
);
export const deleteRecordsOfClient = define<{ clientId: string }>((db, p) =>
  db.deleteFrom('oidc_records').where('client_id', '=', p.clientId),
);
export const deleteRecordsOfUser = define<{ userId: string }>((db, p) =>
  db.deleteFrom('oidc_records').where('user_id', '=', p.userId),
);
export const deleteExpiredRecords = define<{ now: number }>((db, p) =>
  db.deleteFrom('oidc_records').where('expires_at', '<=', p.now),
);
export const grantsOfUser = define<{ userId: string; now: number }, RecordRow>((db, p) =>
  db
    .selectFrom('oidc_records')
    .selectAll()
    .where('user_id', '=', p.userId)
    .where('model', '=', 'Grant')
    .where('expires_at', '>', p.now)
    .orderBy('created_at', 'desc')
    .limit(1000),
);

export type BearerRow = Pick<
  RecordRow,
  'id' | 'user_id' | 'client_id' | 'scopes' | 'expires_at' | 'session_key'
> & {
  grant_expires_at: number;
  grant_user_id: string | null;
  grant_key: string;
  grant_payload: string;
  /** Of the browser's session it is bound to; null: bound to none, or that is gone. */
  session_id: string | null;
};

/** An access token whose grant still stands, by its key (`column: record_key`) or its row's id. */
function bearer(column: 'record_key' | 'id') {
  return define<{ value: string }, BearerRow>((db, p) =>
    db
      .selectFrom('oidc_records as token')
      .innerJoin('oidc_records as granted', 'granted.record_key', 'token.grant_key')
      .leftJoin('oidc_records as session', (on) =>
        on.onRef('session.lookup_key', '=', 'token.session_key').on('session.model', '=', 'Session'),
      )
      .select([
        'token.id',
        'token.user_id',
        'token.client_id',
        'token.scopes',
        'token.expires_at',
        'token.session_key',
        'granted.expires_at as grant_expires_at',
        'granted.user_id as grant_user_id',
        'granted.record_key as grant_key',
        'granted.payload as grant_payload',
        'session.session_id as session_id',
      ])
      .where(`token.${column}`, '=', p.value)
      .where('token.model', '=', 'AccessToken')
      .where('granted.model', '=', 'Grant'),
  );
}
export const bearerByKey = bearer('record_key');
export const bearerById = bearer('id');

export const insertClient = define<{
  id: string;
  name: string;
  metadata: string;
  secretHash: string | null;
  at: number;
}>((db, p) =>
  db.insertInto('oidc_clients').values({
    id: p.id,
    name: p.name,
    metadata: p.metadata,
    secret_hash: p.secretHash,
    created_at: p.at,
    updated_at: p.at,
  }),
);
export const updateClient = define<{
  id: string;
  name: string;
  metadata: string;
  secretHash: string | null;
  at: number;
}>((db, p) =>
  db
    .updateTable('oidc_clients')
    .set({ name: p.name, metadata: p.metadata, secret_hash: p.secretHash, updated_at: p.at })
    .where('id', '=', p.id),
);
export const clientById = define<{ id: string }, ClientRow>((db, p) =>
  db.selectFrom('oidc_clients').selectAll().where('id', '=', p.id),
);
export const allClients = define<Record<string, never>, ClientRow>((db) =>
  db.selectFrom('oidc_clients').selectAll().orderBy('name').orderBy('id').limit(1000),
);
export const deleteClient = define<{ id: string }>((db, p) =>
  db.deleteFrom('oidc_clients').where('id', '=', p.id),
);

export const upsertLogin = define<{
  sessionId: string;
  clientId: string;
  userId: string;
  sid: string;
  issuer: string;
  at: number;
}>((db, p, dialect) => {
  const insert = db.insertInto('oidc_logins').values({
    session_id: p.sessionId,
    client_id: p.clientId,
    user_id: p.userId,
    sid: p.sid,
    issuer: p.issuer,
    created_at: p.at,
  });
  const changed = { sid: p.sid, issuer: p.issuer };
  return dialect === 'mysql'
    ? insert.onDuplicateKeyUpdate(changed)
    : insert.onConflict((on) => on.columns(['session_id', 'client_id']).doUpdateSet(changed));
});
/** In the order of their sessions; several clients of one session may span two pages. */
export const loginsAfter = define<{ sessionId: string; clientId: string }, LoginRow>((db, p) =>
  db
    .selectFrom('oidc_logins')
    .selectAll()
    .where((on) =>
      on.or([
        on('session_id', '>', p.sessionId),
        on.and([on('session_id', '=', p.sessionId), on('client_id', '>', p.clientId)]),
      ]),
    )
    .orderBy('session_id')
    .orderBy('client_id')
    .limit(500),
);
export const deleteLogin = define<{ sessionId: string; clientId: string }>((db, p) =>
  db.deleteFrom('oidc_logins').where('session_id', '=', p.sessionId).where('client_id', '=', p.clientId),
);
export const deleteLoginsOfClient = define<{ clientId: string }>((db, p) =>
  db.deleteFrom('oidc_logins').where('client_id', '=', p.clientId),
);
export const deleteLogoutsOfClient = define<{ clientId: string }>((db, p) =>
  db.deleteFrom('oidc_logouts').where('client_id', '=', p.clientId),
);
export const insertLogout = define<{
  id: string;
  clientId: string;
  userId: string;
  sid: string;
  issuer: string;
  at: number;
}>((db, p) =>
  db.insertInto('oidc_logouts').values({
    id: p.id,
    client_id: p.clientId,
    user_id: p.userId,
    sid: p.sid,
    issuer: p.issuer,
    attempts: 0,
    next_at: p.at,
    created_at: p.at,
  }),
);
export const dueLogouts = define<{ now: number }, LogoutRow>((db, p) =>
  db.selectFrom('oidc_logouts').selectAll().where('next_at', '<=', p.now).orderBy('next_at').limit(100),
);
export const postponeLogout = define<{ id: string; attempts: number; nextAt: number }>((db, p) =>
  db.updateTable('oidc_logouts').set({ attempts: p.attempts, next_at: p.nextAt }).where('id', '=', p.id),
);
export const deleteLogout = define<{ id: string }>((db, p) =>
  db.deleteFrom('oidc_logouts').where('id', '=', p.id),
);
