/** Statements on teams and their members. */
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables, TeamMemberRow, TeamRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

export interface TeamOfMember extends TeamRow {
  manager: number;
  owner_name: string;
}
const team = [
  'teams.id',
  'teams.owner_id',
  'teams.name',
  'teams.description',
  'teams.role_id',
  'teams.created_at',
  'team_members.manager',
  'owners.display_name as owner_name',
] as const;

/** With what the member is in it; memberships that are over are left out. */
export const teamsOfUser = define<{ userId: string; now: number; limit: number }, TeamOfMember>((db, p) =>
  db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.id', 'team_members.team_id')
    .innerJoin('users as owners', 'owners.id', 'teams.owner_id')
    .select(team)
    .where('team_members.user_id', '=', p.userId)
    .where((on) =>
      on.or([on('team_members.expires_at', 'is', null), on('team_members.expires_at', '>', p.now)]),
    )
    .orderBy('teams.name')
    .orderBy('teams.id')
    .limit(p.limit),
);
export const teamOfUser = define<{ id: string; userId: string; now: number }, TeamOfMember>((db, p) =>
  db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.id', 'team_members.team_id')
    .innerJoin('users as owners', 'owners.id', 'teams.owner_id')
    .select(team)
    .where('teams.id', '=', p.id)
    .where('team_members.user_id', '=', p.userId)
    .where((on) =>
      on.or([on('team_members.expires_at', 'is', null), on('team_members.expires_at', '>', p.now)]),
    ),
);
const ofSystem = [
  ...team.filter((column) => column !== 'team_members.manager'),
  sql<number>`1`.as('manager'),
] as const;

/** Everybody's, as the system has them: it may do what managers may. */
export const allTeams = define<{ limit: number }, TeamOfMember>((db, p) =>
  db
    .selectFrom('teams')
    .innerJoin('users as owners', 'owners.id', 'teams.owner_id')
    .select(ofSystem)
    .orderBy('teams.name')
    .orderBy('teams.id')
    .limit(p.limit),
);
export const teamById = define<{ id: string }, TeamOfMember>((db, p) =>
  db
    .selectFrom('teams')
    .innerJoin('users as owners', 'owners.id', 'teams.owner_id')
    .select(ofSystem)
    .where('teams.id', '=', p.id),
);
export const teamsOwnedBy = define<{ ownerId: string }, TeamRow>((db, p) =>
  db.selectFrom('teams').selectAll().where('owner_id', '=', p.ownerId),
);
export const insertTeam = define<{
  id: string;
  ownerId: string;
  name: string;
  description: string;
  roleId: string;
  at: number;
}>((db, p) =>
  db.insertInto('teams').values({
    id: p.id,
    owner_id: p.ownerId,
    name: p.name,
    description: p.description,
    role_id: p.roleId,
    created_at: p.at,
  }),
);
export const updateTeam = define<{ id: string; ownerId: string; name: string; description: string }>(
  (db, p) =>
    db
      .updateTable('teams')
      .set({ owner_id: p.ownerId, name: p.name, description: p.description })
      .where('id', '=', p.id),
);
export const deleteTeam = define<{ id: string }>((db, p) => db.deleteFrom('teams').where('id', '=', p.id));

export interface ShownMember extends Pick<TeamMemberRow, 'manager' | 'expires_at'> {
  id: string;
  display_name: string;
  avatar: string | null;
  kind: 'person' | 'guest';
}
export const membersOfTeam = define<{ teamId: string; limit: number }, ShownMember>((db, p) =>
  db
    .selectFrom('team_members')
    .innerJoin('users', 'users.id', 'team_members.user_id')
    .select([
      'users.id',
      'users.display_name',
      'users.avatar',
      'users.kind',
      'team_members.manager',
      'team_members.expires_at',
    ])
    .where('team_id', '=', p.teamId)
    .orderBy('users.display_name')
    .orderBy('users.id')
    .limit(p.limit),
);
export const insertMember = define<{
  teamId: string;
  userId: string;
  manager: number;
  expiresAt: number | null;
}>((db, p) =>
  db
    .insertInto('team_members')
    .values({ team_id: p.teamId, user_id: p.userId, manager: p.manager, expires_at: p.expiresAt }),
);
export const deleteMember = define<{ teamId: string; userId: string }>((db, p) =>
  db.deleteFrom('team_members').where('team_id', '=', p.teamId).where('user_id', '=', p.userId),
);
export const deleteMembers = define<{ teamId: string }>((db, p) =>
  db.deleteFrom('team_members').where('team_id', '=', p.teamId),
);
export const deleteMemberEverywhere = define<{ userId: string }>((db, p) =>
  db.deleteFrom('team_members').where('user_id', '=', p.userId),
);
/** Another manager, if there is one: gets the team when its owner goes. */
export const anyManager = define<{ teamId: string; except: string }, { user_id: string }>((db, p) =>
  db
    .selectFrom('team_members')
    .select('user_id')
    .where('team_id', '=', p.teamId)
    .where('manager', '=', 1)
    .where('user_id', '<>', p.except)
    .orderBy('user_id')
    .limit(1),
);
