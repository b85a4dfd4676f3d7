/** The tree of groups; each has a role. The root group holds everybody and stays. */
import type { Group } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { GroupChange } from './api.ts';
import { adminInside, requireAdmin } from './authority.ts';
import { below, managerInside, managerOf, noGroup, type Manager } from './delegation.ts';
import { labelOf } from './account-facts.ts';
import * as queries from './group-queries.ts';
import { recordOf } from './journal-entry.ts';
import { checkLabel } from './input.ts';
import type { RoleLosses } from './role-losses.ts';
import { usersWithRole } from './role-members.ts';
import { detachGroup } from './role-queries.ts';
import type { GroupRow } from './tables.ts';
import { nothing, selectSetup, userById } from './user-queries.ts';
import { removeWords, setWords } from './words.ts';

export interface GroupsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly clock: Clock;
  readonly losses: RoleLosses;
}

interface Origin {
  readonly source: string;
  readonly externalId: string | null;
}

const maxDepth = 20;
const local: Origin = { source: '', externalId: null };

export class Groups {
  readonly #deps: GroupsDeps;

  constructor(deps: GroupsDeps) {
    this.#deps = deps;
  }

  /** Those that the asker manages; admins all. `members` counts users in the group itself. Three statements. */
  async list(context: Context): Promise<readonly Group[]> {
    const { reader } = this.#deps.sql;
    const manager = await managerOf(reader, context.principal);
    const rows = await reader.all(queries.listGroups, nothing);
    const counts = await reader.all(queries.countMembers, nothing);
    const members = new Map(counts.map((row) => [row.group_id, row.count]));
    return rows
      .filter((row) => manager.groups === null || manager.groups.has(row.id))
      .map((row) => present(row, members.get(row.id) ?? 0));
  }

  async create(
    context: Context,
    name: string,
    parentId: string | null,
    origin: Origin = local,
  ): Promise<Group> {
    const label = checkLabel(name);
    return this.#deps.sql.transaction(async (tx) => {
      const manager = await managerInside(this.#deps.access, tx, context);
      const parent = await this.existing(tx, parentId);
      manager.requireGroup(parent.id);
      await checkDepth(tx, parent, 1);
      await checkFree(tx, parent.id, label, null);
      return this.insert(tx, label, parent.id, context.principal.userId, origin);
    });
  }

  /** Renames, moves or both. A group can't go below itself. */
  async update(context: Context, id: string, change: GroupChange): Promise<Group> {
    const { access, journal, sql } = this.#deps;
    return sql.transaction(async (tx) => {
      const manager = await managerInside(access, tx, context);
      const group = await this.#toChange(tx, manager, id);
      const name = change.name === undefined ? group.name : checkLabel(change.name);
      const parent = change.parentId === undefined ? null : await this.existing(tx, change.parentId);
      if (parent !== null && parent.id !== group.parent_id) await this.#checkMove(tx, manager, group, parent);
      const parentId = parent?.id ?? group.parent_id ?? '';
      await checkFree(tx, parentId, name, id);
      const externalId = change.externalId === undefined ? group.external_id : change.externalId;
      const left = parentId === group.parent_id ? new Set<string>() : await rolesAbove(tx, group.parent_id);
      await tx.run(queries.updateGroup, { id, name, parentId, externalId });
      if (left.size > 0) await this.#moved(tx, group, parentId, left, context.principal.userId);
      await access.renameRole(tx, group.role_id, name);
      await setWords(tx, id, { kind: 'group', names: [name] });
      const before = { groupId: id, name: group.name, parentId: group.parent_id };
      const after = { groupId: id, name, parentId };
      await journal.append(tx, recordOf('group.updated', context.principal.userId, before, after));
      return present({ ...group, name, parent_id: parentId });
    });
  }

  async delete(context: Context, id: string): Promise<void> {
    const { sql, access, journal, losses } = this.#deps;
    await sql.transaction(async (tx) => {
      const manager = await managerInside(access, tx, context);
      const group = await this.#toChange(tx, manager, id);
      if (await tx.get(queries.groupMember, { id })) throw new AppError('conflict', 'the group is not empty');
      await tx.run(queries.deleteGroup, { id });
      await tx.run(queries.deleteManagersOfGroup, { groupId: id });
      await detachGroup(tx, id);
      await removeWords(tx, id);
      const { role_id: role } = group;
      await losses.run(tx, { users: [], roles: [], gone: [role] }, context.principal.userId);
      await access.deleteRole(tx, role);
      const before = { groupId: id, name: group.name };
      await journal.append(tx, recordOf('group.deleted', context.principal.userId, before, null));
    });
  }

  /** Ids of the users who manage the group. */
  async managers(context: Context, id: string): Promise<readonly string[]> {
    const { reader } = this.#deps.sql;
    (await managerOf(reader, context.principal)).requireGroup(id);
    return (await reader.all(queries.managersOf, { groupId: id })).map((row) => row.user_id);
  }

  /** For admins. @throws invalid_input for guests, not_found */
  async setManager(context: Context, id: string, userId: string, manages: boolean): Promise<void> {
    requireAdmin(context.principal);
    await this.#deps.sql.transaction(async (tx) => {
      await adminInside(this.#deps.access, tx, context);
      const { name } = await this.#groupOf(tx, id);
      const user = await tx.get(userById, { id: userId });
      if (user === undefined) throw new AppError('not_found', 'there is no such user');
      if (user.kind === 'guest') throw new AppError('invalid_input', 'a guest manages no group');
      const managed = (await tx.run(queries.deleteManager, { groupId: id, userId })) > 0;
      if (manages) await tx.run(queries.insertManager, { groupId: id, userId });
      const about = { groupId: id, name, ...labelOf(user) };
      const [before, after] = [managed, manages].map((is) => ({ ...about, manages: is }));
      const entry = recordOf('group.updated', context.principal.userId, before ?? null, after ?? null);
      await this.#deps.journal.append(tx, entry);
    });
  }

  /** `parentId: null` makes the root, at set-up only. */
  async insert(
    tx: SqlTransaction,
    name: string,
    parentId: string | null,
    actorId: string | null,
    { source, externalId }: Origin = local,
  ): Promise<Group> {
    const group = { id: newId(), parentId, name, roleId: newId() };
    await this.#deps.access.createRole(tx, { id: group.roleId, kind: 'group', name });
    await tx.run(queries.insertGroup, { ...group, source, externalId });
    await setWords(tx, group.id, { kind: 'group', names: [name] });
    const after = { groupId: group.id, parentId, name };
    await this.#deps.journal.append(tx, recordOf('group.created', actorId, null, after));
    return { ...group, members: 0, externalId };
  }

  /** The root for null. @throws not_found, setup_required */
  async existing(tx: SqlReader, id: string | null): Promise<GroupRow> {
    const wanted = id ?? (await tx.get(selectSetup, nothing))?.root_group_id;
    if (wanted === undefined) throw new AppError('setup_required', 'the server has not been set up');
    return this.#groupOf(tx, wanted);
  }

  async #groupOf(tx: SqlReader, id: string): Promise<GroupRow> {
    const group = await tx.get(queries.groupById, { id });
    if (group === undefined) throw noGroup();
    return group;
  }

  async #toChange(tx: SqlTransaction, manager: Manager, id: string): Promise<GroupRow> {
    const group = await this.#groupOf(tx, id);
    manager.requireBelow(group);
    if (group.parent_id === null) throw new AppError('conflict', 'the root group stays');
    return group;
  }

  /** Everybody in and below it leaves the groups that it hung below. @param left what those gave */
  async #moved(
    tx: SqlTransaction,
    group: GroupRow,
    parentId: string,
    left: Set<string>,
    actorId: string | null,
  ): Promise<void> {
    const { clock, losses } = this.#deps;
    for (const role of await rolesAbove(tx, parentId)) left.delete(role);
    const users = await usersWithRole(tx, group.role_id, clock.now());
    await losses.run(tx, { users, roles: [...left], gone: [] }, actorId);
  }

  async #checkMove(tx: SqlTransaction, manager: Manager, group: GroupRow, parent: GroupRow): Promise<void> {
    manager.requireGroup(parent.id);
    await manager.requireToGive(tx, parent.id);
    const rows = await tx.all(queries.listGroups, nothing);
    const moved = below(rows, [group.id]);
    if (moved.has(parent.id)) throw new AppError('conflict', 'a group cannot go below itself');
    await checkDepth(tx, parent, heightOf(rows, group.id));
  }
}

/** What being in a group gives: the roles of it and of those above, and what those are assigned. */
async function rolesAbove(tx: SqlReader, groupId: string | null): Promise<Set<string>> {
  const roles = new Set<string>();
  const ids: string[] = [];
  for (let id = groupId; id !== null;) {
    const group: GroupRow | undefined = await tx.get(queries.groupById, { id });
    if (group === undefined) break;
    roles.add(group.role_id);
    ids.push(id);
    id = group.parent_id;
  }
  const given = ids.length === 0 ? [] : await tx.all(queries.rolesGivenByGroups, { ids });
  return new Set([...roles, ...given.map((row) => row.role_id)]);
}

async function checkFree(tx: SqlReader, parentId: string, name: string, self: string | null): Promise<void> {
  const there = await tx.get(queries.groupNamed, { parentId, name });
  if (there !== undefined && there.id !== self)
    throw new AppError('conflict', 'there is a group of that name already');
}

/** `height`: levels of what is to hang below the parent. */
async function checkDepth(tx: SqlReader, parent: GroupRow, height: number): Promise<void> {
  let above: GroupRow | undefined = parent;
  for (let depth = height; above?.parent_id != null; depth++) {
    if (depth >= maxDepth) throw new AppError('invalid_input', `groups nest at most ${maxDepth} deep`);
    above = await tx.get(queries.groupById, { id: above.parent_id });
  }
}

function heightOf(rows: readonly GroupRow[], id: string): number {
  const children = Map.groupBy(rows, (row) => row.parent_id);
  const height = (of: string): number =>
    1 + Math.max(0, ...(children.get(of) ?? []).map((row) => height(row.id)));
  return height(id);
}

function present(row: GroupRow, members = 0): Group {
  return {
    id: row.id,
    parentId: row.parent_id,
    name: row.name,
    roleId: row.role_id,
    members,
    externalId: row.external_id,
  };
}
