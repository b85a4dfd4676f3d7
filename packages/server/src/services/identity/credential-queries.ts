/** Statements that turn a credential into a user: log-in, sessions, tokens, the groups above. */
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables, SessionRow, TokenRow, UserRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

/** What of a user decides who may do what. */
export type Account = Pick<
  UserRow,
  'login' | 'password_hash' | 'admin' | 'disabled' | 'group_id' | 'role_id'
> & {
  user_id: string;
};
export type AccountSession = Account &
  Pick<SessionRow, 'remember' | 'last_seen_at' | 'expires_at'> & { session_id: string };
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
] as const;
const session = [
  'sessions.id as session_id',
  'sessions.remember',
  'sessions.last_seen_at',
  'sessions.expires_at',
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

/** Roles of a group and of the groups above it, the root's first. */
export const rolesOfGroup = define<{ groupId: string }, { role_id: string }>((db, p) =>
  db
    .withRecursive('above(role_id, parent_id, depth)', (cte) =>
      cte
        .selectFrom('user_groups')
        .select(['role_id', 'parent_id', sql<number>`0`.as('depth')])
        .where('id', '=', p.groupId)
        .unionAll((union) =>
          union
            .selectFrom('user_groups')
            .innerJoin('above', 'above.parent_id', 'user_groups.id')
            .select([
              'user_groups.role_id',
              'user_groups.parent_id',
              sql<number>`above.depth + 1`.as('depth'),
            ])
            .where('above.depth', '<', 100),
        ),
    )
    .selectFrom('above')
    .select('role_id')
    .orderBy('depth', 'desc'),
);

export const insertSession = define<SessionParameters>((db, p) =>
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
  }),
);
type SessionParameters = {
  id: string;
  userId: string;
  hash: string;
  remember: number;
  address: string;
  client: string;
  at: number;
  expiresAt: number;
};

export const touchSession = define<{ id: string; at: number; before: number; expiresAt: number }>((db, p) =>
  db
    .updateTable('sessions')
    .set({ last_seen_at: p.at, expires_at: p.expiresAt })
    .where('id', '=', p.id)
    .where('last_seen_at', '<=', p.before),
);
export const sessionsOfUser = define<{ userId: string; now: number }, SessionRow>((db, p) =>
  db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', p.userId)
    .where('expires_at', '>', p.now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1000),
);
export const deleteSession = define<{ id: string; userId: string }>((db, p) =>
  db.deleteFrom('sessions').where('id', '=', p.id).where('user_id', '=', p.userId),
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
