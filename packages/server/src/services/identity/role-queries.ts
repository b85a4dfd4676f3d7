/** Statements on roles: which ones a user has, and what gives them. */
import { sql, type Kysely } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { AssignedRoleRow, IdentityTables, RoleAssignmentRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

export interface RoleOfUser {
  role_id: string;
  /** 0: groups, 1: teams, 2: assigned */
  tier: number;
  /** Within the tier, weakest first. */
  position: number;
  /** When what gives it ends; 0: never. */
  ends_at: number;
}

/** The user's group and those above it; of guests: none. */
function withGroupsAbove(db: Kysely<IdentityTables>, userId: string) {
  return db.withRecursive('above(id, role_id, parent_id, depth)', (cte) =>
    cte
      .selectFrom('users')
      .innerJoin('user_groups', 'user_groups.id', 'users.group_id')
      .select(['user_groups.id', 'user_groups.role_id', 'user_groups.parent_id', sql<number>`0`.as('depth')])
      .where('users.id', '=', userId)
      .where('users.kind', '=', 'person')
      .unionAll((union) =>
        union
          .selectFrom('user_groups')
          .innerJoin('above', 'above.parent_id', 'user_groups.id')
          .select([
            'user_groups.id',
            'user_groups.role_id',
            'user_groups.parent_id',
            sql<number>`above.depth + 1`.as('depth'),
          ])
          .where('above.depth', '<', 100),
      ),
  );
}

/** Every role but the own one and that of admins, weakest first, in one statement. A role may come twice. */
export const rolesOfUser = define<{ userId: string; now: number }, RoleOfUser>((db, p) => {
  const never = sql<number>`0`.as('ends_at');
  const assignmentEnd = sql<number>`coalesce(role_assignments.expires_at, 0)`.as('ends_at');
  const assigned = ['assigned_roles.role_id', sql<number>`2`.as('tier'), 'assigned_roles.position'] as const;
  const base = withGroupsAbove(db, p.userId);
  return base
    .selectFrom('above')
    .select(['role_id', sql<number>`0`.as('tier'), sql<number>`-depth`.as('position'), never])
    .unionAll((more) =>
      more
        .selectFrom('team_members')
        .innerJoin('teams', 'teams.id', 'team_members.team_id')
        .select([
          'teams.role_id',
          sql<number>`1`.as('tier'),
          sql<number>`0`.as('position'),
          sql<number>`coalesce(team_members.expires_at, 0)`.as('ends_at'),
        ])
        .where('team_members.user_id', '=', p.userId)
        .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)])),
    )
    .unionAll((more) =>
      more
        .selectFrom('role_assignments')
        .innerJoin('assigned_roles', 'assigned_roles.role_id', 'role_assignments.role_id')
        .select([...assigned, assignmentEnd])
        .where('subject_id', '=', p.userId)
        .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)])),
    )
    .unionAll((more) =>
      more
        .selectFrom('above')
        .innerJoin('role_assignments', 'role_assignments.subject_id', 'above.id')
        .innerJoin('assigned_roles', 'assigned_roles.role_id', 'role_assignments.role_id')
        .select([...assigned, assignmentEnd])
        .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)])),
    )
    .unionAll((more) =>
      more
        .selectFrom('above')
        .innerJoin('assigned_roles', 'assigned_roles.auto_group_id', 'above.id')
        .select([...assigned, never]),
    )
    .unionAll((more) =>
      more
        .selectFrom('user_attributes')
        .innerJoin('assigned_roles', (join) =>
          join
            .onRef('assigned_roles.auto_attribute', '=', 'user_attributes.name')
            .onRef('assigned_roles.auto_value', '=', 'user_attributes.value'),
        )
        .select([...assigned, never])
        .where('user_attributes.user_id', '=', p.userId),
    )
    .orderBy('tier')
    .orderBy('position')
    .orderBy('role_id');
});

/** Of groups, teams and assigned roles alike. */
export const roleNames = define<{ ids: readonly string[] }, { id: string; name: string }>((db, p, dialect) =>
  db
    .selectFrom('user_groups')
    .select(['role_id as id', 'name'])
    .where(inList('role_id', p.ids, dialect))
    .unionAll((more) =>
      more
        .selectFrom('teams')
        .select(['role_id as id', 'name'])
        .where(inList('role_id', p.ids, dialect)),
    )
    .unionAll((more) =>
      more
        .selectFrom('assigned_roles')
        .select(['role_id as id', 'label as name'])
        .where(inList('role_id', p.ids, dialect)),
    ),
);
export const listRoles = define<Record<string, never>, AssignedRoleRow>((db) =>
  db.selectFrom('assigned_roles').selectAll().orderBy('position').orderBy('role_id'),
);
export const roleById = define<{ id: string }, AssignedRoleRow>((db, p) =>
  db.selectFrom('assigned_roles').selectAll().where('role_id', '=', p.id),
);
export const highestPosition = define<Record<string, never>, { position: number | null }>((db) =>
  db.selectFrom('assigned_roles').select((f) => f.fn.max('position').as('position')),
);
export type StoredRole = {
  id: string;
  label: string;
  description: string;
  position: number;
  autoGroupId: string | null;
  autoAttribute: string | null;
  autoValue: string | null;
};
export const insertRole = define<StoredRole>((db, p) =>
  db.insertInto('assigned_roles').values({
    role_id: p.id,
    label: p.label,
    description: p.description,
    position: p.position,
    auto_group_id: p.autoGroupId,
    auto_attribute: p.autoAttribute,
    auto_value: p.autoValue,
  }),
);
export const updateRole = define<StoredRole>((db, p) =>
  db
    .updateTable('assigned_roles')
    .set({
      label: p.label,
      description: p.description,
      position: p.position,
      auto_group_id: p.autoGroupId,
      auto_attribute: p.autoAttribute,
      auto_value: p.autoValue,
    })
    .where('role_id', '=', p.id),
);
export const placeRole = define<{ id: string; position: number }>((db, p) =>
  db.updateTable('assigned_roles').set({ position: p.position }).where('role_id', '=', p.id),
);
export const deleteRole = define<{ id: string }>((db, p) =>
  db.deleteFrom('assigned_roles').where('role_id', '=', p.id),
);
export const assignmentsOf = define<{ roleId: string }, RoleAssignmentRow>((db, p) =>
  db
    .selectFrom('role_assignments')
    .selectAll()
    .where('role_id', '=', p.roleId)
    .orderBy('subject_id')
    .limit(1000),
);
export const assignmentOf = define<{ roleId: string; subjectId: string }, RoleAssignmentRow>((db, p) =>
  db
    .selectFrom('role_assignments')
    .selectAll()
    .where('role_id', '=', p.roleId)
    .where('subject_id', '=', p.subjectId),
);
export const labelsOfSubjects = define<
  { ids: readonly string[] },
  { subject_id: string; label: string; expires_at: number | null }
>((db, p, dialect) =>
  db
    .selectFrom('role_assignments')
    .innerJoin('assigned_roles', 'assigned_roles.role_id', 'role_assignments.role_id')
    .select(['subject_id', 'label', 'expires_at'])
    .where(inList('subject_id', p.ids, dialect))
    .orderBy('position'),
);
export const insertAssignment = define<{
  roleId: string;
  subjectId: string;
  kind: RoleAssignmentRow['kind'];
  expiresAt: number | null;
}>((db, p) =>
  db
    .insertInto('role_assignments')
    .values({ role_id: p.roleId, subject_id: p.subjectId, kind: p.kind, expires_at: p.expiresAt }),
);
export const deleteAssignment = define<{ roleId: string; subjectId: string }>((db, p) =>
  db.deleteFrom('role_assignments').where('role_id', '=', p.roleId).where('subject_id', '=', p.subjectId),
);
export const deleteAssignmentsOf = define<{ roleId: string }>((db, p) =>
  db.deleteFrom('role_assignments').where('role_id', '=', p.roleId),
);
export const deleteAssignmentsOfSubject = define<{ subjectId: string }>((db, p) =>
  db.deleteFrom('role_assignments').where('subject_id', '=', p.subjectId),
);
const leaveAutoGroup = define<{ groupId: string }>((db, p) =>
  db.updateTable('assigned_roles').set({ auto_group_id: null }).where('auto_group_id', '=', p.groupId),
);

/** A group that goes gives no role any longer. */
export async function detachGroup(tx: SqlTransaction, groupId: string): Promise<void> {
  await tx.run(deleteAssignmentsOfSubject, { subjectId: groupId });
  await tx.run(leaveAutoGroup, { groupId });
}
