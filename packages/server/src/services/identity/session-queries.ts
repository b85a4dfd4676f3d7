/** Statements on sessions beyond their life: what they are limited to, when their owner was proved, who acts in them. */
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables } from './tables.ts';

const define = queriesOf<IdentityTables>();

export const insertSession = define<{
  id: string;
  userId: string;
  hash: string;
  remember: number;
  address: string;
  client: string;
  at: number;
  expiresAt: number;
  limited: string;
  provedAt: number;
  impersonatorId: string | null;
  parentId: string | null;
}>((db, p) =>
  db.insertInto('sessions').values({
    id: p.id,
    user_id: p.userId,
    secret_hash: p.hash,
    remember: p.remember,
    address: p.address,
    client: p.client,
    created_at: p.at,
    last_seen_at: p.at,
    expires_at: p.expiresAt,
    limited: p.limited,
    proved_at: p.provedAt,
    impersonator_id: p.impersonatorId,
    parent_id: p.parentId,
  }),
);
export const provedAt = define<{ id: string }, { proved_at: number }>((db, p) =>
  db.selectFrom('sessions').select('proved_at').where('id', '=', p.id),
);
export const proveSession = define<{ id: string; at: number }>((db, p) =>
  db.updateTable('sessions').set({ proved_at: p.at }).where('id', '=', p.id),
);
export const limitSession = define<{ id: string; limited: string }>((db, p) =>
  db.updateTable('sessions').set({ limited: p.limited }).where('id', '=', p.id),
);
export const sessionsOfUser = define<{ userId: string; now: number }, ListedSession>((db, p) =>
  db
    .selectFrom('sessions')
    .select(['id', 'address', 'client', 'created_at', 'last_seen_at', 'expires_at', 'impersonator_id'])
    .where('user_id', '=', p.userId)
    .where('expires_at', '>', p.now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1000),
);
export interface ListedSession {
  id: string;
  address: string;
  client: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  impersonator_id: string | null;
}
/** What was opened from it in the name of others. */
export const deleteSessionsFrom = define<{ parentId: string }>((db, p) =>
  db.deleteFrom('sessions').where('parent_id', '=', p.parentId),
);

/** Two may have one e-mail address. */
export const usersForReset = define<{ login: string; email: string; lower: string }, UserForReset>((db, p) =>
  db
    .selectFrom('users')
    .select([
      'id as user_id',
      'login',
      'display_name',
      'email',
      'locale',
      'password_hash',
      'disabled',
      'expires_at as account_ends_at',
    ])
    .where((on) => on.or([on('login', '=', p.login), on('email', '=', p.email), on('email', '=', p.lower)]))
    .orderBy('id')
    .limit(10),
);
export interface UserForReset {
  user_id: string;
  login: string;
  display_name: string;
  email: string | null;
  locale: string | null;
  password_hash: string;
  disabled: number;
  account_ends_at: number | null;
}

export const limitOfSession = define<{ id: string }, { limited: string }>((db, p) =>
  db.selectFrom('sessions').select('limited').where('id', '=', p.id),
);
