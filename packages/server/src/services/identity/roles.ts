/** Assigned roles: ordered, given by admins to users and groups, or automatically by group or attribute. */
import type { AssignedRole, RoleAssignment, RoleOfUser } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import { differences, type JournalKind, type JournalService } from '../journal/api.ts';
import type { RoleChange } from './directory-api.ts';
import { adminInside, requireAdmin } from './authority.ts';
import { managerOf } from './delegation.ts';
import type { Proofs } from './factors/proofs.ts';
import { groupById, groupsOf } from './group-queries.ts';
import { checkAttributes, checkDescription, checkLabel } from './input.ts';
import { recordOf, type Facts } from './journal-entry.ts';
import { factsOf, labelOf, subjectOf } from './role-facts.ts';
import type { RoleLosses } from './role-losses.ts';
import { usersWithRole } from './role-members.ts';
import * as queries from './role-queries.ts';
import type { AssignedRoleRow } from './tables.ts';
import { nothing, userById, usersOf } from './user-queries.ts';

export interface RolesDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly clock: Clock;
  readonly proofs: Pick<Proofs, 'require'>;
  readonly losses: RoleLosses;
}

/** Room between positions, so that one can be put between two. */
const step = 1024;

export class Roles {
  readonly #deps: RolesDeps;

  constructor(deps: RolesDeps) {
    this.#deps = deps;
  }

  /** Weakest first. */
  async list(context: Context): Promise<readonly AssignedRole[]> {
    requireAdmin(context.principal);
    return (await this.#deps.sql.reader.all(queries.listRoles, nothing)).map(present);
  }

  /** The new role is the strongest. */
  async create(context: Context, input: RoleChange & { readonly label: string }): Promise<AssignedRole> {
    return this.#change(context, async (tx) => {
      const strongest = await tx.get(queries.highestPosition, nothing);
      const empty = {
        role_id: newId(),
        label: '',
        description: '',
        position: (strongest?.position ?? 0) + step,
      };
      const role = await changed(
        tx,
        { ...empty, auto_group_id: null, auto_attribute: null, auto_value: null },
        input,
      );
      await this.#deps.access.createRole(tx, { id: role.role_id, kind: 'assigned', name: role.label });
      await tx.run(queries.insertRole, parametersOf(role));
      await this.#record(tx, context, 'role.created', null, factsOf(role));
      return role;
    });
  }

  async update(context: Context, id: string, change: RoleChange): Promise<AssignedRole> {
    return this.#change(context, async (tx) => {
      const old = await existingRole(tx, id);
      const role = await changed(tx, old, change);
      await this.#losing(tx, context, { id }, () => tx.run(queries.updateRole, parametersOf(role)));
      await this.#deps.access.renameRole(tx, id, role.label);
      const { before, after } = differences(factsOf(old), factsOf(role));
      const [was, is] = [
        { ...labelOf(old), ...before },
        { ...labelOf(role), ...after },
      ];
      await this.#record(tx, context, 'role.updated', was, is);
      return role;
    });
  }

  /** All roles in their new order, weakest first. @throws conflict if these are not all of them */
  async order(context: Context, ids: readonly string[]): Promise<readonly AssignedRole[]> {
    const { access, sql } = this.#deps;
    await sql.transaction(async (tx) => {
      await adminInside(access, tx, context);
      const rows = await tx.all(queries.listRoles, nothing);
      const known = new Map(rows.map((row) => [row.role_id, row.label]));
      if (known.size !== ids.length || new Set(ids).size !== ids.length || !ids.every((id) => known.has(id)))
        throw new AppError('conflict', 'the roles are others by now');
      await tx.runMany(
        queries.placeRole,
        ids.map((id, at) => ({ id, position: (at + 1) * step })),
      );
      const factsIn = (order: readonly string[]) => ({
        order,
        labels: order.map((id) => known.get(id) ?? ''),
      });
      await this.#record(tx, context, 'role.updated', factsIn([...known.keys()]), factsIn(ids));
    });
    return this.list(context);
  }

  async delete(context: Context, id: string): Promise<void> {
    await this.#change(context, async (tx) => {
      const role = await existingRole(tx, id);
      const users = await usersWithRole(tx, id, this.#deps.clock.now());
      await tx.run(queries.deleteRole, { id });
      await tx.run(queries.deleteAssignmentsOf, { roleId: id });
      await this.#deps.losses.run(tx, { users, roles: [id], gone: [id] }, context.principal.userId);
      await this.#deps.access.deleteRole(tx, id);
      await this.#record(tx, context, 'role.deleted', factsOf(role), null);
      return role;
    });
  }

  async assignments(context: Context, id: string): Promise<readonly RoleAssignment[]> {
    requireAdmin(context.principal);
    const { reader } = this.#deps.sql;
    await existingRole(reader, id);
    const rows = await reader.all(queries.assignmentsOf, { roleId: id });
    const ids = rows.map((row) => row.subject_id);
    const users = ids.length === 0 ? [] : await reader.all(usersOf, { ids });
    const groups = ids.length === 0 ? [] : await reader.all(groupsOf, { ids });
    const names = new Map([
      ...users.map((user) => [user.id, user.display_name] as const),
      ...groups.map((group) => [group.id, group.name] as const),
    ]);
    return rows.map((row) => ({
      subjectId: row.subject_id,
      kind: row.kind,
      name: names.get(row.subject_id) ?? '',
      expiresAt: row.expires_at,
    }));
  }

  /** Again for the same subject: changes the end. */
  async assign(
    context: Context,
    id: string,
    to: { readonly subjectId: string; readonly kind: 'user' | 'group'; readonly expiresAt: number | null },
  ): Promise<void> {
    requireAdmin(context.principal);
    await this.#deps.proofs.require(context);
    await this.#change(context, async (tx) => {
      const role = await existingRole(tx, id);
      const subject = await subjectOf(tx, to.subjectId, to.kind);
      if (subject === null) throw new AppError('not_found', 'there is no such user or group');
      const { subjectId } = to;
      const old = await tx.get(queries.assignmentOf, { roleId: id, subjectId });
      const about = { ...labelOf(role), ...subject };
      await this.#losing(tx, context, { id, subjectId, sooner: to.expiresAt !== null }, async () => {
        await tx.run(queries.deleteAssignment, { roleId: id, subjectId });
        await tx.run(queries.insertAssignment, { roleId: id, ...to });
      });
      const before = old === undefined ? null : { ...about, expiresAt: old.expires_at };
      await this.#record(tx, context, 'role.assigned', before, { ...about, expiresAt: to.expiresAt });
      return role;
    });
  }

  async unassign(context: Context, id: string, subjectId: string): Promise<void> {
    await this.#change(context, async (tx) => {
      const role = await existingRole(tx, id);
      const old = await tx.get(queries.assignmentOf, { roleId: id, subjectId });
      const take = () => tx.run(queries.deleteAssignment, { roleId: id, subjectId });
      await this.#losing(tx, context, { id, subjectId }, take);
      if (old === undefined) return role;
      const subject = (await subjectOf(tx, subjectId, old.kind)) ?? { subjectId, kind: old.kind };
      const before = { ...labelOf(role), ...subject, expiresAt: old.expires_at };
      await this.#record(tx, context, 'role.unassigned', before, null);
      return role;
    });
  }

  async ofUser(context: Context, userId: string): Promise<readonly RoleOfUser[]> {
    const { clock, sql } = this.#deps;
    const manager = await managerOf(sql.reader, context.principal);
    const user = await sql.reader.get(userById, { id: userId });
    if (user === undefined) throw new AppError('not_found', 'there is no such user');
    manager.requireUser(user);
    const rows = await sql.reader.all(queries.rolesOfUser, { userId, now: clock.now() });
    const ids = [...new Set(rows.map((row) => row.role_id))];
    const names = ids.length === 0 ? [] : await sql.reader.all(queries.roleNames, { ids });
    const named = new Map(names.map((row) => [row.id, row.name]));
    const kinds = ['group', 'team', 'assigned'] as const;
    return ids.map((id) => {
      const row = rows.find((each) => each.role_id === id);
      return {
        id,
        kind: kinds[row?.tier ?? 2] ?? 'assigned',
        name: named.get(id) ?? '',
        expiresAt: row?.ends_at || null,
      };
    });
  }

  async #change(
    context: Context,
    work: (tx: SqlTransaction) => Promise<AssignedRoleRow>,
  ): Promise<AssignedRole> {
    const { access, sql } = this.#deps;
    const role = await sql
      .transaction(async (tx) => {
        await adminInside(access, tx, context);
        return work(tx);
      })
      .catch((error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        throw new AppError('conflict', 'there is a role of that name already', { cause: error });
      });
    return present(role);
  }

  /** @param role of which `subjectId` is the only one who may lose it; `sooner`: it may also end earlier */
  async #losing(
    tx: SqlTransaction,
    { principal: { userId: actorId } }: Context,
    role: { readonly id: string; readonly subjectId?: string; readonly sooner?: boolean },
    change: () => Promise<unknown>,
  ): Promise<void> {
    const { clock, losses } = this.#deps;
    const { id, subjectId } = role;
    if (subjectId !== undefined && (await tx.get(userById, { id: subjectId })) !== undefined)
      return void (await losses.compared(tx, subjectId, actorId, change));
    const before = await usersWithRole(tx, id, clock.now());
    await change();
    const left = new Set(role.sooner === true ? [] : await usersWithRole(tx, id, clock.now()));
    const users = before.filter((user) => !left.has(user));
    if (users.length > 0) await losses.run(tx, { users, roles: [id], gone: [] }, actorId);
  }

  async #record(
    tx: SqlTransaction,
    context: Context,
    kind: JournalKind,
    before: Facts,
    after: Facts,
  ): Promise<void> {
    await this.#deps.journal.append(tx, recordOf(kind, context.principal.userId, before, after));
  }
}

async function changed(
  reader: SqlReader,
  old: AssignedRoleRow,
  change: RoleChange,
): Promise<AssignedRoleRow> {
  const { autoGroupId, auto } = change;
  if (autoGroupId !== undefined && autoGroupId !== null) {
    if ((await reader.get(groupById, { id: autoGroupId })) === undefined)
      throw new AppError('not_found', 'there is no such group');
  }
  if (auto !== undefined && auto !== null) checkAttributes({ [auto.attribute]: auto.value });
  return {
    ...old,
    label: change.label === undefined ? old.label : checkLabel(change.label),
    description: change.description === undefined ? old.description : checkDescription(change.description),
    auto_group_id: autoGroupId === undefined ? old.auto_group_id : autoGroupId,
    ...(auto === undefined
      ? {}
      : { auto_attribute: auto?.attribute ?? null, auto_value: auto?.value ?? null }),
  };
}

async function existingRole(reader: SqlReader, id: string): Promise<AssignedRoleRow> {
  const role = await reader.get(queries.roleById, { id });
  if (role === undefined) throw new AppError('not_found', 'there is no such role');
  return role;
}

function parametersOf(row: AssignedRoleRow): queries.StoredRole {
  return {
    id: row.role_id,
    label: row.label,
    description: row.description,
    position: row.position,
    autoGroupId: row.auto_group_id,
    autoAttribute: row.auto_attribute,
    autoValue: row.auto_value,
  };
}

function present(row: AssignedRoleRow): AssignedRole {
  return {
    id: row.role_id,
    label: row.label,
    description: row.description,
    autoGroupId: row.auto_group_id,
    auto: row.auto_attribute === null ? null : { attribute: row.auto_attribute, value: row.auto_value ?? '' },
  };
}
