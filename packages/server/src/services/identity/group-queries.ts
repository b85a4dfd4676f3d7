/** Statements on groups and on who manages them. */
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { GroupRow, IdentityTables } from './tables.ts';

const define = queriesOf<IdentityTables>();
type Nothing = Record<string, never>;

export const groupById = define<{ id: string }, GroupRow>((db, p) =>
  db.selectFrom('user_groups').selectAll().where('id', '=', p.id),
);
export const groupsOf = define<{ ids: readonly string[] }, GroupRow>((db, p, dialect) =>
  db
    .selectFrom('user_groups')
    .selectAll()
    .where(inList('id', p.ids, dialect)),
);
export const listGroups = define<Nothing, GroupRow>((db) =>
  db.selectFrom('user_groups').selectAll().orderBy('name').orderBy('id'),
);
export const groupNamed = define<{ parentId: string; name: string }, { id: string }>((db, p) =>
  db.selectFrom('user_groups').select('id').where('parent_id', '=', p.parentId).where('name', '=', p.name),
);
export type StoredGroup = {
  id: string;
  parentId: string | null;
  name: string;
  roleId: string;
  source: string;
  externalId: string | null;
};
export const insertGroup = define<StoredGroup>((db, p) =>
  db.insertInto('user_groups').values({
    id: p.id,
    parent_id: p.parentId,
    name: p.name,
    role_id: p.roleId,
    source: p.source,
    external_id: p.externalId,
  }),
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
export const updateGroup = define<{
  id: string;
  parentId: string | null;
  name: string;
  externalId: string | null;
}>((db, p) =>
  db
    .updateTable('user_groups')
    .set({ name: p.name, parent_id: p.parentId, external_id: p.externalId })
    .where('id', '=', p.id),
);
export const countMembers = define<Nothing, { group_id: string; count: number }>((db) =>
  db
    .selectFrom('users')
    .select(['group_id', (f) => f.fn.countAll<number>().as('count')])
    .groupBy('group_id'),
);

export const groupsManagedBy = define<{ userId: string }, { group_id: string }>((db, p) =>
  db.selectFrom('group_admins').select('group_id').where('user_id', '=', p.userId),
);
export const managersOf = define<{ groupId: string }, { user_id: string }>((db, p) =>
  db.selectFrom('group_admins').select('user_id').where('group_id', '=', p.groupId),
);
export const insertManager = define<{ groupId: string; userId: string }>((db, p) =>
  db.insertInto('group_admins').values({ group_id: p.groupId, user_id: p.userId }),
);
export const deleteManager = define<{ groupId: string; userId: string }>((db, p) =>
  db.deleteFrom('group_admins').where('group_id', '=', p.groupId).where('user_id', '=', p.userId),
);
export const deleteManagersOfGroup = define<{ groupId: string }>((db, p) =>
  db.deleteFrom('group_admins').where('group_id', '=', p.groupId),
);
export const deleteManagerEverywhere = define<{ userId: string }>((db, p) =>
  db.deleteFrom('group_admins').where('user_id', '=', p.userId),
);

/** Assigned roles that being in any of these groups gives. */
export const rolesGivenByGroups = define<{ ids: readonly string[] }, { role_id: string }>((db, p, dialect) =>
  db
    .selectFrom('role_assignments')
    .select('role_id')
    .where(inList('subject_id', p.ids, dialect))
    .unionAll(
      db
        .selectFrom('assigned_roles')
        .select('role_id')
        .where(inList('auto_group_id', p.ids, dialect)),
    ),
);
