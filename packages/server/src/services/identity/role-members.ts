/** Who has a role, whichever way: for showing what a rule would change. */
import { sql, type Kysely } from 'kysely';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { RoleMember } from './api.ts';
import type { IdentityTables } from './tables.ts';

const define = queriesOf<IdentityTables>();

interface Asked {
  readonly roleId: string;
  readonly now: number;
  /** 1: the role is that of all admins. */
  readonly admins: number;
}

/** Groups whose members have the role, those below them too. */
function withGroups(db: Kysely<IdentityTables>, p: Asked) {
  return db
    .withRecursive('tops(id)', (cte) =>
      cte
        .selectFrom('user_groups')
        .select('id')
        .where('role_id', '=', p.roleId)
        .union(
          cte
            .selectFrom('role_assignments')
            .select('subject_id as id')
            .where('role_id', '=', p.roleId)
            .where('kind', '=', 'group')
            .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)])),
        )
        .union(
          cte
            .selectFrom('assigned_roles')
            .select('auto_group_id as id')
            .where('role_id', '=', p.roleId)
            .where('auto_group_id', 'is not', null)
            .$castTo<{ id: string }>(),
        ),
    )
    .withRecursive('below(id, depth)', (cte) =>
      cte
        .selectFrom('tops')
        .select(['id', sql<number>`0`.as('depth')])
        .unionAll((union) =>
          union
            .selectFrom('user_groups')
            .innerJoin('below', 'below.id', 'user_groups.parent_id')
            .select(['user_groups.id', sql<number>`below.depth + 1`.as('depth')])
            .where('below.depth', '<', 100),
        ),
    );
}

/** Ids of all that have it, disabled ones too, each once. */
function membersOf(db: Kysely<IdentityTables>, p: Asked) {
  const base = withGroups(db, p);
  return base.with('members', (cte) =>
    cte
      .selectFrom('users')
      .select('id')
      .where((on) =>
        on.or([
          on('role_id', '=', p.roleId),
          on.and([on('admin', '=', 1), on(sql<number>`${p.admins}`, '=', 1)]),
        ]),
      )
      .union(
        cte
          .selectFrom('users')
          .innerJoin('below', 'below.id', 'users.group_id')
          .select('users.id')
          .where('users.kind', '=', 'person'),
      )
      .union(
        cte
          .selectFrom('teams')
          .innerJoin('team_members', 'team_members.team_id', 'teams.id')
          .select('team_members.user_id as id')
          .where('teams.role_id', '=', p.roleId)
          .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)])),
      )
      .union(
        cte
          .selectFrom('role_assignments')
          .select('subject_id as id')
          .where('role_id', '=', p.roleId)
          .where('kind', '=', 'user')
          .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)])),
      )
      .union(
        cte
          .selectFrom('assigned_roles')
          .innerJoin('user_attributes', (join) =>
            join
              .onRef('user_attributes.name', '=', 'assigned_roles.auto_attribute')
              .onRef('user_attributes.value', '=', 'assigned_roles.auto_value'),
          )
          .select('user_attributes.user_id as id')
          .where('assigned_roles.role_id', '=', p.roleId),
      ),
  );
}

type Parameters = { roleId: string; now: number; admins: number };

const members = define<Parameters & { limit: number }, { id: string; login: string; display_name: string }>(
  (db, p) =>
    membersOf(db, p)
      .selectFrom('members')
      .innerJoin('users', 'users.id', 'members.id')
      .select(['users.id', 'users.login', 'users.display_name'])
      .where('users.disabled', '=', 0)
      .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)]))
      .orderBy('users.login')
      .limit(p.limit),
);

const count = define<Parameters, { count: number }>((db, p) =>
  membersOf(db, p)
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.id')
    .select((f) => f.fn.countAll<number>().as('count'))
    .where('users.disabled', '=', 0)
    .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)])),
);

const everyone = define<Parameters, { id: string }>((db, p) =>
  membersOf(db, p).selectFrom('members').select('id'),
);

/** Ids of all that have a role of a group, team or by assignment, the disabled too. */
export async function usersWithRole(
  reader: SqlReader,
  roleId: string,
  now: number,
): Promise<readonly string[]> {
  return (await reader.all(everyone, { roleId, admins: 0, now })).map((row) => row.id);
}

/** Active ones, by login. */
export async function membersOfRole(
  reader: SqlReader,
  asked: Parameters,
  limit: number,
): Promise<{ readonly items: readonly RoleMember[]; readonly total: number }> {
  const rows = await reader.all(members, { ...asked, limit });
  const total = rows.length < limit ? rows.length : ((await reader.get(count, asked))?.count ?? 0);
  return {
    items: rows.map((row) => ({ id: row.id, login: row.login, displayName: row.display_name })),
    total,
  };
}
