/** Statements that turn a credential into a user: log-in, sessions, tokens, the groups above. */
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables, SessionRow, TokenRow, UserRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

/** What of a user decides who may do what. */
export type Account = Pick<
  UserRow,
  'login' | 'password_hash' | 'admin' | 'disabled' | 'group_id' | 'role_id'
> & {
  user_id: string;
  account_kind: UserRow['kind'];
  /** When the account itself ends; null: never. */
  account_ends_at: number | null;
};
export type AccountSession = Account &
  Pick<
    SessionRow,
    'remember' | 'last_seen_at' | 'expires_at' | 'limited' | 'impersonator_id' | 'parent_id'
  > & { session_id: string };
export type AccountToken = Account &
  Pick<TokenRow, 'kind' | 'scopes' | 'last_used_at' | 'expires_at'> & { token_id: string };

const account = [
  'users.id as user_id',
  'users.login',
  'users.password_hash',
  'users.admin',
  'users.disabled',
  'users.group_id',
  'users.role_id',
  'users.kind as account_kind',
  'users.expires_at as account_ends_at',
] as const;
const session = [
  'sessions.id as session_id',
  'sessions.remember',
  'sessions.last_seen_at',
  'sessions.expires_at',
  'sessions.limited',
  'sessions.impersonator_id',
  'sessions.parent_id',
] as const;
const token = [
  'tokens.id as token_id',
  'tokens.kind',
  'tokens.scopes',
  'tokens.last_used_at',
  'tokens.expires_at',
] as const;

export const accountById = define<{ id: string }, Account>((db, p) =>
  db.selectFrom('users').select(account).where('id', '=', p.id),
);
export const accountByLogin = define<{ login: string }, Account>((db, p) =>
  db.selectFrom('users').select(account).where('login', '=', p.login),
);
export const sessionByHash = define<{ hash: string }, AccountSession>((db, p) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([...account, ...session])
    .where('secret_hash', '=', p.hash),
);
export const sessionById = define<{ id: string }, AccountSession>((db, p) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([...account, ...session])
    .where('sessions.id', '=', p.id),
);
export const tokenByHash = define<{ hash: string }, AccountToken>((db, p) =>
  db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select([...account, ...token])
    .where('secret_hash', '=', p.hash),
);
export const tokenById = define<{ id: string }, AccountToken>((db, p) =>
  db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select([...account, ...token])
    .where('tokens.id', '=', p.id),
);

export const touchSession = define<{ id: string; at: number; before: number; expiresAt: number }>((db, p) =>
  db
    .updateTable('sessions')
    .set({ last_seen_at: p.at, expires_at: p.expiresAt })
    .where('id', '=', p.id)
    .where('last_seen_at', '<=', p.before),
);
export const deleteSession = define<{ id: string; userId: string }>((db, p) =>
  db.deleteFrom('sessions').where('id', '=', p.id).where('user_id', '=', p.userId),
);
/** Of these sessions the ones that stand, whose users may sign in. */
export const liveSessions = define<{ ids: readonly string[]; now: number }, { id: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select('sessions.id')
      .where(inList('sessions.id', p.ids, dialect))
      .where('sessions.expires_at', '>', p.now)
      .where('users.disabled', '=', 0)
      .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)])),
);
/** `except`: '' for none. */
export const deleteSessionsOfUser = define<{ userId: string; except: string }>((db, p) =>
  db.deleteFrom('sessions').where('user_id', '=', p.userId).where('id', '<>', p.except),
);
export const deleteExpiredSessions = define<{ now: number }>((db, p) =>
  db.deleteFrom('sessions').where('expires_at', '<=', p.now),
);

export const insertToken = define<TokenParameters>((db, p) =>
  db.insertInto('tokens').values({
    id: p.id,
    user_id: p.userId,
    kind: p.kind,
    label: p.label,
    scopes: p.scopes,
    secret_hash: p.hash,
    created_at: p.at,
    last_used_at: null,
    expires_at: p.expiresAt,
  }),
);
type TokenParameters = {
  id: string;
  userId: string;
  kind: TokenRow['kind'];
  label: string;
  scopes: string;
  hash: string;
  at: number;
  expiresAt: number | null;
};
export const touchToken = define<{ id: string; at: number; before: number }>((db, p) =>
  db
    .updateTable('tokens')
    .set({ last_used_at: p.at })
    .where('id', '=', p.id)
    .where((on) => on.or([on('last_used_at', 'is', null), on('last_used_at', '<=', p.before)])),
);
export const tokensOfUser = define<{ userId: string }, TokenRow>((db, p) =>
  db
    .selectFrom('tokens')
    .selectAll()
    .where('user_id', '=', p.userId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1000),
);
export const countTokens = define<{ userId: string }, { count: number }>((db, p) =>
  db
    .selectFrom('tokens')
    .select((f) => f.fn.countAll<number>().as('count'))
    .where('user_id', '=', p.userId),
);
export const deleteToken = define<{ id: string; userId: string }>((db, p) =>
  db.deleteFrom('tokens').where('id', '=', p.id).where('user_id', '=', p.userId),
);
export const deleteTokensOfUser = define<{ userId: string }>((db, p) =>
  db.deleteFrom('tokens').where('user_id', '=', p.userId),
);
export const deleteExpiredTokens = define<{ now: number }>((db, p) =>
  db.deleteFrom('tokens').where('expires_at', '<=', p.now),
);
