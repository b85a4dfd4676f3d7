/** Teams: made by users, to share with. Each owns a role, which its members have. */
import type { Team, TeamDetails } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalEntry, JournalService } from '../journal/api.ts';
import { requireSomebody, somebodyInside, type Person } from './authority.ts';
import { checkDescription, checkLabel } from './input.ts';
import { recordOf } from './journal-entry.ts';
import { requireVisible, type Cellmates } from './people.ts';
import type { RoleLosses } from './role-losses.ts';
import type { TeamRow } from './tables.ts';
import { memberChanged, teamUpdated } from './team-facts.ts';
import * as queries from './team-queries.ts';
import type { TeamOfMember } from './team-queries.ts';
import { userById } from './user-queries.ts';
import { removeWords } from './words.ts';

export interface TeamsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly clock: Clock;
  readonly cellmates: Cellmates;
  readonly losses: RoleLosses;
}

const maxTeams = 200;
const maxMembers = 1000;
/** Of the system's list. */
const maxShown = 10_000;

export class Teams {
  readonly #deps: TeamsDeps;

  constructor(deps: TeamsDeps) {
    this.#deps = deps;
  }

  /** The asker's own; the system's are everybody's. */
  async list(context: Context): Promise<readonly Team[]> {
    const { userId } = requireSomebody(context.principal);
    const { clock, sql } = this.#deps;
    const rows =
      userId === null
        ? await sql.reader.all(queries.allTeams, { limit: maxShown })
        : await sql.reader.all(queries.teamsOfUser, { userId, now: clock.now(), limit: maxTeams });
    return rows.map((row) => present(row, userId));
  }

  /** @throws not_found for who is no member */
  async details(context: Context, id: string): Promise<TeamDetails> {
    const asker = requireSomebody(context.principal);
    return this.#show(this.#deps.sql.reader, await this.#asMember(this.#deps.sql.reader, asker, id), asker);
  }

  async create(
    context: Context,
    input: { readonly name: string; readonly description?: string; readonly ownerId?: string },
  ): Promise<TeamDetails> {
    const name = checkLabel(input.name);
    const description = checkDescription(input.description ?? '');
    return this.#change(context, async (tx, asker) => {
      if (asker.guest) throw new AppError('forbidden', 'guests make no teams');
      const ownerId = await firstOwner(tx, asker, input.ownerId);
      if ((await tx.all(queries.teamsOwnedBy, { ownerId })).length >= maxTeams)
        throw new AppError('conflict', `at most ${maxTeams} teams for each owner`);
      const team = { id: newId(), roleId: newId(), ownerId, name, description };
      await this.#deps.access.createRole(tx, { id: team.roleId, kind: 'team', name });
      await tx.run(queries.insertTeam, { ...team, at: this.#deps.clock.now() });
      await tx.run(queries.insertMember, {
        teamId: team.id,
        userId: ownerId,
        manager: 1,
        expiresAt: null,
      });
      const after = { teamId: team.id, name, description, ownerId };
      await this.#record(tx, recordOf('team.created', asker.userId, null, after));
      return team.id;
    });
  }

  /** Managers rename; only the owner hands the team to another member. */
  async update(
    context: Context,
    id: string,
    change: { readonly name?: string; readonly description?: string; readonly ownerId?: string },
  ): Promise<TeamDetails> {
    return this.#change(context, async (tx, person) => {
      const team = await this.#asManager(tx, person, id);
      const name = change.name === undefined ? team.name : checkLabel(change.name);
      const description =
        change.description === undefined ? team.description : checkDescription(change.description);
      const ownerId = change.ownerId ?? team.owner_id;
      if (ownerId !== team.owner_id) await this.#checkOwner(tx, person, team, ownerId);
      await tx.run(queries.updateTeam, { id, ownerId, name, description });
      await this.#deps.access.renameRole(tx, team.role_id, name);
      await this.#record(tx, teamUpdated(person.userId, team, { name, description, owner_id: ownerId }));
      return id;
    });
  }

  async delete(context: Context, id: string): Promise<void> {
    const { access, sql } = this.#deps;
    await sql.transaction(async (tx) => {
      const person = await somebodyInside(access, tx, context);
      const team = await this.#asMember(tx, person, id);
      requireOwner(team, person);
      await this.#remove(tx, team, person.userId);
    });
  }

  /** Adds a member that the asker can see, or changes it. Only the owner makes managers. */
  async setMember(
    context: Context,
    id: string,
    userId: string,
    as: { readonly manager?: boolean; readonly expiresAt?: number | null },
  ): Promise<TeamDetails> {
    return this.#change(context, async (tx, person) => {
      const team = await this.#asManager(tx, person, id);
      if (userId === team.owner_id) throw new AppError('conflict', 'the owner stays a member');
      const members = await tx.all(queries.membersOfTeam, { teamId: id, limit: maxMembers });
      const old = members.find((member) => member.id === userId);
      if (old === undefined) await requireVisible(tx, this.#deps, seenBy(person), userId);
      if (old === undefined && members.length >= maxMembers)
        throw new AppError('conflict', `a team has at most ${maxMembers} members; use a group`);
      const manager = as.manager === undefined ? (old?.manager ?? 0) : Number(as.manager);
      if (manager !== (old?.manager ?? 0)) requireOwner(team, person);
      const expiresAt = as.expiresAt === undefined ? (old?.expires_at ?? null) : as.expiresAt;
      await this.#deps.losses.compared(tx, userId, person.userId, async () => {
        await tx.run(queries.deleteMember, { teamId: id, userId });
        await tx.run(queries.insertMember, { teamId: id, userId, manager, expiresAt });
      });
      const after = { manager, expires_at: expiresAt };
      await this.#record(tx, await memberChanged(tx, person.userId, team, userId, [old ?? null, after]));
      return id;
    });
  }

  /** Oneself: leaves. */
  async removeMember(context: Context, id: string, userId: string): Promise<void> {
    const { access, losses, sql } = this.#deps;
    await sql.transaction(async (tx) => {
      const person = await somebodyInside(access, tx, context);
      const own = userId === person.userId;
      const team = own ? await this.#asMember(tx, person, id) : await this.#asManager(tx, person, id);
      if (userId === team.owner_id)
        throw new AppError('conflict', 'the owner stays a member: hand the team over first');
      const members = await tx.all(queries.membersOfTeam, { teamId: id, limit: maxMembers });
      const target = members.find((member) => member.id === userId);
      if (target?.manager === 1 && !own) requireOwner(team, person);
      const leave = () => tx.run(queries.deleteMember, { teamId: id, userId });
      await losses.compared(tx, userId, person.userId, leave);
      if (target !== undefined)
        await this.#record(tx, await memberChanged(tx, person.userId, team, userId, [target, null]));
    });
  }

  /** What a user leaves behind: teams go to the successor, else to a manager, else away. */
  async userRemoved(tx: SqlTransaction, userId: string, successorId: string | null): Promise<void> {
    for (const team of await tx.all(queries.teamsOwnedBy, { ownerId: userId })) {
      const manager = await tx.get(queries.anyManager, { teamId: team.id, except: userId });
      const heir = successorId ?? manager?.user_id ?? null;
      if (heir === null) await this.#remove(tx, team, null, userId);
      else await this.#hand(tx, team, heir);
    }
    await tx.run(queries.deleteMemberEverywhere, { userId });
  }

  async #hand(tx: SqlTransaction, team: TeamRow, heir: string): Promise<void> {
    const { id, description } = team;
    const taken = new Set((await tx.all(queries.teamsOwnedBy, { ownerId: heir })).map((row) => row.name));
    let name = team.name;
    for (let i = 2; taken.has(name); i++) name = `${team.name.slice(0, 90)} (${i})`;
    await tx.run(queries.updateTeam, { id, ownerId: heir, name, description });
    await tx.run(queries.deleteMember, { teamId: id, userId: heir });
    await tx.run(queries.insertMember, { teamId: id, userId: heir, manager: 1, expiresAt: null });
    await this.#record(tx, teamUpdated(null, team, { name, description, owner_id: heir }));
  }

  async #remove(
    tx: SqlTransaction,
    team: Pick<TeamRow, 'id' | 'role_id' | 'name' | 'owner_id'>,
    actorId: string | null,
    except?: string,
  ): Promise<void> {
    const { access, losses } = this.#deps;
    const { id: teamId, name, role_id: role, owner_id: ownerId } = team;
    const members = await tx.all(queries.membersOfTeam, { teamId, limit: maxMembers });
    await tx.run(queries.deleteMembers, { teamId });
    await tx.run(queries.deleteTeam, { id: teamId });
    await removeWords(tx, teamId);
    const users = members.map((member) => member.id).filter((id) => id !== except);
    await losses.run(tx, { users, roles: [role], gone: [role] }, actorId);
    await access.deleteRole(tx, role);
    await this.#record(tx, recordOf('team.deleted', actorId, { teamId, name, ownerId }, null));
  }

  async #change(
    context: Context,
    work: (tx: SqlTransaction, asker: Principal) => Promise<string>,
  ): Promise<TeamDetails> {
    const { access, sql } = this.#deps;
    return sql
      .transaction(async (tx) => {
        const person = await somebodyInside(access, tx, context);
        const id = await work(tx, person);
        const team = await this.#asMember(tx, person, id);
        return this.#show(tx, team, person);
      })
      .catch((error: unknown) => {
        // A unique key of the database says nothing that people understand.
        if (!isAppError(error, 'conflict') || error.cause === undefined) throw error;
        throw new AppError('conflict', 'there is a team of that name already', { cause: error });
      });
  }

  async #checkOwner(tx: SqlReader, person: Principal, team: TeamOfMember, ownerId: string): Promise<void> {
    requireOwner(team, person);
    const now = this.#deps.clock.now();
    const member = await tx.get(queries.teamOfUser, { id: team.id, userId: ownerId, now });
    const user = await tx.get(userById, { id: ownerId });
    if (member?.manager !== 1 || user === undefined || user.disabled || user.kind !== 'person')
      throw new AppError('invalid_input', 'the new owner is a manager of the team');
  }

  async #asMember(reader: SqlReader, { userId }: Principal, id: string): Promise<TeamOfMember> {
    const team =
      userId === null
        ? await reader.get(queries.teamById, { id })
        : await reader.get(queries.teamOfUser, { id, userId, now: this.#deps.clock.now() });
    if (team === undefined) throw new AppError('not_found', 'there is no such team');
    return team;
  }

  async #asManager(reader: SqlReader, person: Principal, id: string): Promise<TeamOfMember> {
    const team = await this.#asMember(reader, person, id);
    if (team.manager !== 1) throw new AppError('forbidden', 'only managers change the team');
    return team;
  }

  async #show(reader: SqlReader, team: TeamOfMember, { userId }: Principal): Promise<TeamDetails> {
    const members = await reader.all(queries.membersOfTeam, { teamId: team.id, limit: maxMembers });
    return {
      ...present(team, userId),
      members: members.map((row) => ({
        id: row.id,
        displayName: row.display_name,
        avatar: row.avatar,
        guest: row.kind === 'guest',
        role: row.id === team.owner_id ? 'owner' : row.manager === 1 ? 'manager' : 'member',
        expiresAt: row.expires_at,
      })),
    };
  }

  async #record(tx: SqlTransaction, entry: JournalEntry): Promise<void> {
    await this.#deps.journal.append(tx, entry);
  }
}

/** Oneself; the system has no teams of its own, and says whose. */
async function firstOwner(reader: SqlReader, asker: Principal, wanted: string | undefined): Promise<string> {
  if (asker.userId !== null) {
    if (wanted !== undefined && wanted !== asker.userId)
      throw new AppError('forbidden', 'teams are made for oneself');
    return asker.userId;
  }
  const user = wanted === undefined ? undefined : await reader.get(userById, { id: wanted });
  if (user?.kind !== 'person' || user.disabled)
    throw new AppError('invalid_input', 'the owner of a team is a person with an account in use');
  return user.id;
}

/** The system is an admin, who sees everybody. */
function seenBy(asker: Principal): Person {
  return { ...asker, userId: asker.userId ?? '' };
}

function requireOwner(team: Pick<TeamRow, 'owner_id'>, { userId }: Principal): void {
  if (userId !== null && team.owner_id !== userId)
    throw new AppError('forbidden', 'only the owner may do this');
}

function present(row: TeamOfMember, userId: string | null): Team {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    roleId: row.role_id,
    owner: { id: row.owner_id, displayName: row.owner_name },
    role: userId === null || row.owner_id === userId ? 'owner' : row.manager === 1 ? 'manager' : 'member',
  };
}
