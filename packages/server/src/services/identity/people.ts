/** Finding people, groups and teams to share with. What is found is what the asker may see; addresses only where a setting shows them. */
import type { Person as FoundPerson } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { fold } from '../../kernel/fold.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import { requirePerson, type Person } from './authority.ts';
import type { PeopleApi } from './directory-api.ts';
import * as queries from './people-queries.ts';
import type { FoundUser } from './people-queries.ts';
import type { GroupRow } from './tables.ts';
import { teamsOfUser } from './team-queries.ts';
import { userById } from './user-queries.ts';
import type { WordRanges } from './word-queries.ts';
import {
  indexMissing,
  namesOfLogin,
  rangesOf,
  rarestFirst,
  searchedWords,
  splitWords,
  type WordRange,
} from './words.ts';

/** Roles of the owners and members of the Cells that somebody is in. */
export type Cellmates = (reader: SqlReader, principal: Principal) => Promise<readonly string[]>;

export interface PeopleDeps {
  readonly sql: SqlStore;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly cellmates: Cellmates;
}

/** Rows looked at of each kind; a name that more have needs another word. */
const looked = 150;
const teamsLooked = 200;
const cellmatesLooked = 1000;

export class People implements PeopleApi {
  readonly #deps: PeopleDeps;

  constructor(deps: PeopleDeps) {
    this.#deps = deps;
  }

  /** Best first. Three statements, at most five for several words, however many people there are; guests find whom they share a team or a Cell with. */
  async search(context: Context, q: string, limit: number): Promise<readonly FoundPerson[]> {
    const person = requirePerson(context.principal);
    const words = searchedWords(q);
    if (words.length === 0) return [];
    const found = person.guest
      ? await this.#aroundGuest(person, words)
      : await this.#everywhere(person, words);
    const wanted = fold(q.trim());
    const rank = new Map(found.map((each) => [each, rankOf(each, wanted)]));
    return found
      .toSorted(
        (a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || compare(a.name, b.name) || compare(a.id, b.id),
      )
      .slice(0, limit);
  }

  index(): Promise<number> {
    const { sql } = this.#deps;
    return indexMissing(sql.background, (work) => sql.transaction(work));
  }

  async #everywhere(person: Person, words: readonly WordRange[]): Promise<FoundPerson[]> {
    const { sql, settings } = this.#deps;
    const showMail = settings.get('people.showEmail') || person.admin;
    const seen = { me: person.userId, all: Number(person.admin), now: this.#deps.clock.now() };
    const sought = {
      users: await this.#rangesOf(words, 'user'),
      groups: await this.#rangesOf(words, 'group'),
    };
    const users =
      sought.users &&
      (await sql.reader.all(queries.findUsers(words.length), {
        ...sought.users,
        ...seen,
        mail: Number(showMail),
        limit: looked,
      }));
    const groups =
      sought.groups &&
      (await sql.reader.all(queries.findGroups(words.length), { ...sought.groups, limit: looked }));
    const unique = new Map(users?.map((user) => [user.id, user]));
    unique.delete(person.userId);
    return [
      ...[...unique.values()].map((user) => presentUser(user, showMail)),
      ...[...new Map(groups?.map((group) => [group.id, group])).values()].map(presentGroup),
      ...(await this.#teams(person, words)),
    ];
  }

  /** null: one of the words is nobody's. */
  async #rangesOf(words: readonly WordRange[], kind: 'user' | 'group'): Promise<WordRanges | null> {
    if (words.length === 1) return rangesOf(words);
    const sorted = await rarestFirst(this.#deps.sql.reader, words, kind, looked);
    return sorted.nobody ? null : rangesOf(sorted.words);
  }

  async #aroundGuest(person: Person, words: readonly WordRange[]): Promise<FoundPerson[]> {
    const { sql, clock, cellmates } = this.#deps;
    const asked = { me: person.userId, now: clock.now(), limit: looked };
    const around = await sql.reader.all(queries.companions, asked);
    const roles = await cellmates(sql.reader, person);
    if (roles.length > 0) {
      const { now } = asked;
      around.push(...(await sql.reader.all(queries.usersOfRoles, { roles, now, limit: cellmatesLooked })));
    }
    return [
      ...[...new Map(around.map((user) => [user.id, user])).values()]
        .filter(
          (user) =>
            user.id !== person.userId && fits([user.display_name, namesOfLogin(user.login).name], words),
        )
        .map((user) => presentUser(user, false)),
      ...(await this.#teams(person, words)),
    ];
  }

  async #teams({ userId }: Person, words: readonly WordRange[]): Promise<FoundPerson[]> {
    const now = this.#deps.clock.now();
    const teams = await this.#deps.sql.reader.all(teamsOfUser, { userId, now, limit: teamsLooked });
    return teams
      .filter((team) => fits([team.name], words))
      .map((team) => ({
        kind: 'team',
        id: team.id,
        roleId: team.role_id,
        name: team.name,
        detail: team.owner_name,
        avatar: null,
        guest: false,
      }));
  }
}

/** For giving something to somebody by id: who could not have been found does not exist. @throws not_found */
export async function requireVisible(
  reader: SqlReader,
  { clock, cellmates }: Pick<PeopleDeps, 'clock' | 'cellmates'>,
  asker: Person,
  userId: string,
): Promise<void> {
  const now = clock.now();
  const user = await reader.get(userById, { id: userId });
  const alive = user !== undefined && !user.disabled && (user.expires_at === null || user.expires_at > now);
  if (alive && (asker.admin || user.invited_by === asker.userId)) return;
  if (alive && !asker.guest && user.kind === 'person') return;
  const around = await reader.all(queries.companions, { me: asker.userId, now, limit: 1000 });
  if (alive && around.some((each) => each.id === userId)) return;
  const inCells = asker.guest === true ? await cellmates(reader, asker) : [];
  if (!alive || !inCells.includes(user.role_id)) throw new AppError('not_found', 'there is no such user');
}

function presentUser(user: FoundUser, showMail: boolean): FoundPerson {
  const login = namesOfLogin(user.login);
  return {
    kind: 'user',
    id: user.id,
    roleId: user.role_id,
    name: user.display_name,
    detail: showMail ? (user.email ?? user.login) : login.name,
    avatar: user.avatar,
    guest: user.kind === 'guest',
  };
}

function presentGroup(group: GroupRow): FoundPerson {
  const { id, role_id: roleId, name } = group;
  return { kind: 'group', id, roleId, name, detail: null, avatar: null, guest: false };
}

function fits(names: readonly string[], words: readonly WordRange[]): boolean {
  const own = names.flatMap(splitWords);
  return words.every(({ from }) => own.some((word) => word.startsWith(from)));
}

/** 0: the very name or login; 1: the name begins so; 2: a word does. */
function rankOf(person: FoundPerson, wanted: string): number {
  const name = fold(person.name);
  if (name === wanted || (person.detail !== null && fold(person.detail) === wanted)) return 0;
  return name.startsWith(wanted) ? 1 : 2;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
