/** Statements on users and the set-up row. */
import { sql } from 'kysely';
import { inList, queriesOf, type Query } from '../../stores/sql/query.ts';
import type { IdentityTables, UserRow } from './tables.ts';
import type { WordRanges } from './word-queries.ts';

const define = queriesOf<IdentityTables>();
type Nothing = Record<string, never>;

export const nothing: Nothing = {};

export const selectSetup = define<Nothing, { root_group_id: string }>((db) =>
  db.selectFrom('setup_state').select('root_group_id').where('id', '=', 1),
);
export const insertSetup = define<{ rootGroupId: string; at: number }>((db, p) =>
  db.insertInto('setup_state').values({ id: 1, root_group_id: p.rootGroupId, done_at: p.at }),
);

export const userById = define<{ id: string }, UserRow>((db, p) =>
  db.selectFrom('users').selectAll().where('id', '=', p.id),
);
export const userByLogin = define<{ login: string }, UserRow>((db, p) =>
  db.selectFrom('users').selectAll().where('login', '=', p.login),
);
export interface UserFilter {
  readonly byGroups: boolean;
  /** How many words are searched for, 0 to 3. */
  readonly words: number;
  /** Few have the first of them. */
  readonly rare: boolean;
}
type FilterParameters = WordRanges & {
  after: string;
  limit: number;
  /** '' and '~' for any kind. */
  kindFrom: string;
  kindTo: string;
  disabledFrom: number;
  disabledTo: number;
  groups: readonly string[];
};
const wordSlots = [
  ['from0', 'to0'],
  ['from1', 'to1'],
  ['from2', 'to2'],
] as const;

/**
 * By login. Whom few words single out are looked up by them; else users are walked in order and their words probed, which ends after as many
 * as are wanted, since many fit.
 */
function listQuery({ byGroups, words, rare }: UserFilter) {
  return define<FilterParameters, UserRow>((db, p, dialect) => {
    let query = db
      .selectFrom('users')
      .selectAll()
      .where('login', '>', p.after)
      .where('kind', '>=', p.kindFrom as UserRow['kind'])
      .where('kind', '<=', p.kindTo as UserRow['kind'])
      .where('disabled', '>=', p.disabledFrom)
      .where('disabled', '<=', p.disabledTo);
    if (byGroups) query = query.where(inList('group_id', p.groups, dialect));
    for (const [i, [from, to]] of wordSlots.slice(0, words).entries()) {
      const having = db
        .selectFrom('user_words')
        .select('subject_id')
        .where('word', '>=', p[from])
        .where('word', '<', p[to]);
      // Without the kind in the second: else SQLite walks all words of the kind instead of those of the user.
      query =
        rare && i === 0
          ? query.where('id', 'in', having.where('kind', '=', 'user'))
          : query.where((on) => on.exists(having.where('subject_id', '=', sql.ref<string>('users.id'))));
    }
    return query.orderBy('login').limit(p.limit);
  });
}
const lists = new Map(
  [0, 1, 2, 3].flatMap((words) =>
    [true, false].flatMap((byGroups) =>
      [true, false].map((rare) => {
        const filter = { byGroups, words, rare };
        return [JSON.stringify(filter), listQuery(filter)] as const;
      }),
    ),
  ),
);
export function listUsers({ byGroups, words, rare }: UserFilter): Query<FilterParameters, UserRow> {
  const query = lists.get(JSON.stringify({ byGroups, words, rare }));
  if (query === undefined) throw new Error(`no statement for ${words} words`);
  return query;
}

export const usersOf = define<{ ids: readonly string[] }, UserRow>((db, p, dialect) =>
  db
    .selectFrom('users')
    .selectAll()
    .where(inList('id', p.ids, dialect)),
);
export const attributesOf = define<
  { ids: readonly string[] },
  { user_id: string; name: string; value: string }
>((db, p, dialect) =>
  db
    .selectFrom('user_attributes')
    .selectAll()
    .where(inList('user_id', p.ids, dialect))
    .orderBy('user_id')
    .orderBy('name'),
);
/** Of everybody who is no guest. */
export const attributeNames = define<Nothing, { name: string }>((db) =>
  db
    .selectFrom('user_attributes')
    .innerJoin('users', 'users.id', 'user_attributes.user_id')
    .select('name')
    .distinct()
    .where('kind', '=', 'person')
    .orderBy('name'),
);
export const deleteAttributes = define<{ userId: string }>((db, p) =>
  db.deleteFrom('user_attributes').where('user_id', '=', p.userId),
);
export const insertAttribute = define<{ userId: string; name: string; value: string }>((db, p) =>
  db.insertInto('user_attributes').values({ user_id: p.userId, name: p.name, value: p.value }),
);
export const userByExternal = define<{ source: string; externalId: string }, UserRow>((db, p) =>
  db.selectFrom('users').selectAll().where('source', '=', p.source).where('external_id', '=', p.externalId),
);
export const displayNames = define<{ ids: readonly string[] }, { id: string; display_name: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('users')
      .select(['id', 'display_name'])
      .where(inList('id', p.ids, dialect)),
);
export const otherActiveAdmins = define<{ id: string }, { count: number }>((db, p) =>
  db
    .selectFrom('users')
    .select((f) => f.fn.countAll<number>().as('count'))
    .where('admin', '=', 1)
    .where('disabled', '=', 0)
    .where('id', '<>', p.id),
);

export type StoredUser = {
  id: string;
  login: string;
  displayName: string;
  email: string | null;
  passwordHash: string;
  admin: number;
  disabled: number;
  groupId: string;
  quota: number | null;
  folded: string;
  kind: UserRow['kind'];
  locale: string | null;
  expiresAt: number | null;
  source: string;
  externalId: string | null;
  invitedBy: string | null;
};
export const insertUser = define<StoredUser & { roleId: string; at: number }>((db, p) =>
  db.insertInto('users').values({
    id: p.id,
    login: p.login,
    display_name: p.displayName,
    email: p.email,
    password_hash: p.passwordHash,
    admin: p.admin,
    disabled: p.disabled,
    group_id: p.groupId,
    role_id: p.roleId,
    quota: p.quota,
    created_at: p.at,
    last_login_at: null,
    folded: p.folded,
    kind: p.kind,
    locale: p.locale,
    expires_at: p.expiresAt,
    source: p.source,
    external_id: p.externalId,
    invited_by: p.invitedBy,
    avatar: null,
  }),
);
/** Kind, login and who invited stay. */
export type ChangedUser = Omit<StoredUser, 'login' | 'kind' | 'invitedBy'>;
export const updateUser = define<ChangedUser>((db, p) =>
  db
    .updateTable('users')
    .set({
      display_name: p.displayName,
      email: p.email,
      password_hash: p.passwordHash,
      admin: p.admin,
      disabled: p.disabled,
      group_id: p.groupId,
      quota: p.quota,
      folded: p.folded,
      locale: p.locale,
      expires_at: p.expiresAt,
      source: p.source,
      external_id: p.externalId,
    })
    .where('id', '=', p.id),
);
/** Notes the log-in, unless the user was disabled or has another password since. */
export const confirmLogin = define<{ id: string; passwordHash: string; at: number }>((db, p) =>
  db
    .updateTable('users')
    .set({ last_login_at: p.at })
    .where('id', '=', p.id)
    .where('password_hash', '=', p.passwordHash)
    .where('disabled', '=', 0),
);
export const shutUser = define<{ id: string }>((db, p) =>
  db.updateTable('users').set({ disabled: 1 }).where('id', '=', p.id),
);
export const deleteUser = define<{ id: string }>((db, p) => db.deleteFrom('users').where('id', '=', p.id));
