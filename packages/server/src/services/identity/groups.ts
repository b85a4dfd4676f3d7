/** The tree of groups; each has a role. The root group holds everybody and stays. */
import type { Group } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import { adminInside, requireAdmin } from './authority.ts';
import { recordOf } from './journal-entry.ts';
import { checkLabel } from './input.ts';
import type { GroupRow } from './tables.ts';
import * as queries from './user-queries.ts';

export interface GroupsDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
}

const maxDepth = 20;

export class Groups {
  readonly #deps: GroupsDeps;

  constructor(deps: GroupsDeps) {
    this.#deps = deps;
  }

  async list(context: Context): Promise<readonly Group[]> {
    requireAdmin(context.principal);
    const rows = await this.#deps.sql.reader.all(queries.listGroups, queries.nothing);
    return rows.map(present);
  }

  async create(context: Context, name: string, parentId: string | null): Promise<Group> {
    const label = checkLabel(name);
    return this.#deps.sql.transaction(async (tx) => {
      await adminInside(this.#deps.access, tx, context);
      const parent = await this.existing(tx, parentId);
      await checkDepth(tx, parent);
      if (await tx.get(queries.groupNamed, { parentId: parent.id, name: label })) {
        throw new AppError('conflict', 'there is a group of that name already');
      }
      return this.insert(tx, label, parent.id, context.principal.userId);
    });
  }

  async delete(context: Context, id: string): Promise<void> {
    const { sql, access, journal } = this.#deps;
    await sql.transaction(async (tx) => {
      await adminInside(access, tx, context);
      const group = await tx.get(queries.groupById, { id });
      if (group === undefined) throw new AppError('not_found', 'there is no such group');
      if (group.parent_id === null) throw new AppError('conflict', 'the root group stays');
      if (await tx.get(queries.groupMember, { id })) throw new AppError('conflict', 'the group is not empty');
      await tx.run(queries.deleteGroup, { id });
      await access.deleteRole(tx, group.role_id);
      const before = { groupId: id, name: group.name };
      await journal.append(tx, recordOf('group.deleted', context.principal.userId, before, null));
    });
  }

  /** `parentId: null` makes the root, at set-up only. */
  async insert(
    tx: SqlTransaction,
    name: string,
    parentId: string | null,
    actorId: string | null,
  ): Promise<Group> {
    const group = { id: newId(), parentId, name, roleId: newId() };
    await this.#deps.access.createRole(tx, { id: group.roleId, kind: 'group', name });
    await tx.run(queries.insertGroup, group);
    const after = { groupId: group.id, parentId, name };
    await this.#deps.journal.append(tx, recordOf('group.created', actorId, null, after));
    return group;
  }

  /** The root for null. @throws not_found, setup_required */
  async existing(tx: SqlTransaction, id: string | null): Promise<GroupRow> {
    const wanted = id ?? (await tx.get(queries.selectSetup, queries.nothing))?.root_group_id;
    if (wanted === undefined) throw new AppError('setup_required', 'the server has not been set up');
    const group = await tx.get(queries.groupById, { id: wanted });
    if (group === undefined) throw new AppError('not_found', 'there is no such group');
    return group;
  }
}

async function checkDepth(tx: SqlTransaction, parent: GroupRow): Promise<void> {
  let above: GroupRow | undefined = parent;
  for (let depth = 1; above?.parent_id != null; depth++) {
    if (depth >= maxDepth) throw new AppError('invalid_input', `groups nest at most ${maxDepth} deep`);
    above = await tx.get(queries.groupById, { id: above.parent_id });
  }
}

function present(row: GroupRow): Group {
  return { id: row.id, parentId: row.parent_id, name: row.name, roleId: row.role_id };
}
