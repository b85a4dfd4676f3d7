/** Statements on users and the set-up row. */
import { inList, queriesOf, type Query } from '../../stores/sql/query.ts';
import type { IdentityTables, UserRow } from './tables.ts';

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
}
type FilterParameters = {
  after: string;
  limit: number;
  /** '' and '~' for any kind. */
  kindFrom: string;
  kindTo: string;
  disabledFrom: number;
  disabledTo: number;
  groups: readonly string[];
  word0: string;
  end0: string;
  word1: string;
  end1: string;
  word2: string;
  end2: string;
};
const wordSlots = [
  ['word0', 'end0'],
  ['word1', 'end1'],
  ['word2', 'end2'],
] as const;

/** By login. Words are looked up by their beginnings in an index, so that ten thousand users cost what ten do. */
function listQuery({ byGroups, words }: UserFilter) {
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
    for (const [from, to] of wordSlots.slice(0, words))
      query = query.where('id', 'in', (q) =>
        q
          .selectFrom('user_words')
          .select('subject_id')
          .where('word', '>=', p[from])
          .where('word', '<', p[to])
          .where('kind', '=', 'user'),
      );
    return query.orderBy('login').limit(p.limit);
  });
}
const lists = [0, 1, 2, 3].map((words) => [
  listQuery({ byGroups: false, words }),
  listQuery({ byGroups: true, words }),
]);
export function listUsers({ byGroups, words }: UserFilter): Query<FilterParameters, UserRow> {
  const query = lists[words]?.[byGroups ? 1 : 0];
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
