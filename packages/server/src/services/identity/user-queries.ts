/** Statements on users, groups and the set-up row. */
import { inList, queriesOf } from '../../stores/sql/query.ts';
import { sql } from 'kysely';
import type { GroupRow, IdentityTables, UserRow } from './tables.ts';

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
/** `pattern` for LIKE, `!` escapes; '%' for all. */
export const searchUsers = define<{ pattern: string; after: string; limit: number }, UserRow>((db, p) =>
  db
    .selectFrom('users')
    .selectAll()
    .where('login', '>', p.after)
    .where(sql<boolean>`folded like ${p.pattern} escape '!'`)
    .orderBy('login')
    .limit(p.limit),
);
export const listUsers = define<{ after: string; limit: number }, UserRow>((db, p) =>
  db.selectFrom('users').selectAll().where('login', '>', p.after).orderBy('login').limit(p.limit),
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
  }),
);
export const updateUser = define<Omit<StoredUser, 'login'>>((db, p) =>
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
export const deleteUser = define<{ id: string }>((db, p) => db.deleteFrom('users').where('id', '=', p.id));

export const groupById = define<{ id: string }, GroupRow>((db, p) =>
  db.selectFrom('user_groups').selectAll().where('id', '=', p.id),
);
export const listGroups = define<Nothing, GroupRow>((db) =>
  db.selectFrom('user_groups').selectAll().orderBy('name').orderBy('id'),
);
export const groupNamed = define<{ parentId: string; name: string }, { id: string }>((db, p) =>
  db.selectFrom('user_groups').select('id').where('parent_id', '=', p.parentId).where('name', '=', p.name),
);
export const insertGroup = define<{ id: string; parentId: string | null; name: string; roleId: string }>(
  (db, p) =>
    db.insertInto('user_groups').values({ id: p.id, parent_id: p.parentId, name: p.name, role_id: p.roleId }),
);
export const deleteGroup = define<{ id: string }>((db, p) =>
  db.deleteFrom('user_groups').where('id', '=', p.id),
);
/** A user or a group inside the group, if there is any. */
export const groupMember = define<{ id: string }, { id: string }>((db, p) =>
  db
    .selectFrom('users')
    .select('id')
    .where('group_id', '=', p.id)
    .unionAll(db.selectFrom('user_groups').select('id').where('parent_id', '=', p.id))
    .limit(1),
);
