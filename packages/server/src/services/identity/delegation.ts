/**
 * Who manages people: admins everybody, group administrators the users in and below their groups. Delegates never reach admins, and never
 * give or take over what they don't have themselves.
 */
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import * as queries from './group-queries.ts';
import { rolesOfUser } from './role-queries.ts';
import type { GroupRow, UserRow } from './tables.ts';
import { nothing } from './user-queries.ts';

export class Manager {
  readonly principal: Principal;
  /** Groups where users may be; null: every. */
  readonly groups: ReadonlySet<string> | null;
  readonly #parents: ReadonlyMap<string, string | null>;

  constructor(
    principal: Principal,
    groups: ReadonlySet<string> | null,
    parents: ReadonlyMap<string, string | null>,
  ) {
    this.principal = principal;
    this.groups = groups;
    this.#parents = parents;
  }

  get admin(): boolean {
    return this.groups === null;
  }

  /** @throws not_found, as what lies outside is not shown either */
  requireGroup(groupId: string): void {
    if (this.groups !== null && !this.groups.has(groupId)) throw noGroup();
  }

  /** To be renamed, moved or removed: lies below one that is managed. */
  requireBelow(group: GroupRow): void {
    this.requireGroup(group.id);
    if (group.parent_id !== null) this.requireGroup(group.parent_id);
  }

  /** @throws not_found for users outside, forbidden for admins */
  requireUser(user: UserRow): void {
    if (this.groups === null) return;
    if (!this.groups.has(user.group_id)) throw new AppError('not_found', 'there is no such user');
    if (user.admin) throw forbidden('only admins change an admin');
  }

  /** Being in the group must give no assigned role that the delegate lacks. */
  async requireToGive(reader: SqlReader, groupId: string): Promise<void> {
    if (this.groups === null) return;
    const chain: string[] = [];
    for (let id: string | null = groupId; id !== null; id = this.#parents.get(id) ?? null) chain.push(id);
    this.#requireRoles(
      (await reader.all(queries.rolesGivenByGroups, { ids: chain })).map((row) => row.role_id),
    );
  }

  /** Who sets a password or the address it is reset by could act as the user: only over those who have no more. */
  async requireToTakeOver(reader: SqlReader, userId: string, now: number): Promise<void> {
    if (this.groups === null) return;
    const roles = await reader.all(rolesOfUser, { userId, now });
    this.#requireRoles(roles.filter((role) => role.tier === 2).map((role) => role.role_id));
    for (const { group_id } of await reader.all(queries.groupsManagedBy, { userId }))
      if (!this.groups.has(group_id)) throw forbidden('the user manages groups that you do not');
  }

  #requireRoles(roles: readonly string[]): void {
    if (!roles.every((role) => this.principal.roles.includes(role)))
      throw forbidden('this would give roles that you do not have');
  }
}

/** @throws forbidden for who manages nothing */
export async function managerOf(reader: SqlReader, principal: Principal): Promise<Manager> {
  if (principal.admin && principal.scopes.includes('admin')) return new Manager(principal, null, new Map());
  const roots = await managedGroups(reader, principal);
  if (roots.length === 0) throw forbidden('only admins may do this');
  const rows = await reader.all(queries.listGroups, nothing);
  const parents = new Map(rows.map((row) => [row.id, row.parent_id]));
  return new Manager(principal, below(rows, roots), parents);
}

/** First step of a change, as `adminInside` is. */
export async function managerInside(
  access: AccessService,
  tx: SqlTransaction,
  context: Context,
): Promise<Manager> {
  await access.bumpEpoch(tx);
  return managerOf(tx, await access.current(tx, context));
}

/** Empty for everybody else, admins too. */
export async function managedGroups(reader: SqlReader, principal: Principal): Promise<readonly string[]> {
  const { userId, confined, scopes } = principal;
  if (userId === null || confined !== undefined || !scopes.includes('account')) return [];
  return (await reader.all(queries.groupsManagedBy, { userId })).map((row) => row.group_id);
}

/** The groups and all below them. */
export function below(
  rows: readonly Pick<GroupRow, 'id' | 'parent_id'>[],
  roots: readonly string[],
): Set<string> {
  const children = Map.groupBy(rows, (row) => row.parent_id);
  const found = new Set<string>();
  const open = [...roots];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    for (const child of children.get(id) ?? []) open.push(child.id);
  }
  return found;
}

function forbidden(message: string): AppError {
  return new AppError('forbidden', message);
}

export function noGroup(): AppError {
  return new AppError('not_found', 'there is no such group');
}
