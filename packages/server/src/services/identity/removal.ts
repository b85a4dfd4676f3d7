/** Removing users: what was theirs is handed over, or stays for the admins. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { UserRemovedHook } from './api.ts';
import { adminInside } from './authority.ts';
import { deleteSessionsOfUser, deleteTokensOfUser } from './credential-queries.ts';
import { labelOf } from './account-facts.ts';
import { recordOf } from './journal-entry.ts';
import { Hooks } from './hooks.ts';
import type { RoleLosses } from './role-losses.ts';
import type { UserRow } from './tables.ts';
import * as queries from './user-queries.ts';
import { existing, isActiveAdmin, keepOneAdmin } from './user-rows.ts';

export interface RemovalDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly workspaces: Pick<WorkspacesService, 'archivePersonal'>;
  readonly losses: RoleLosses;
  /** Brings the personal files to the successor; outside of a transaction, may run again. */
  readonly handOver: (from: UserRow, to: UserRow, asker: Context) => Promise<void>;
}

export class Removal {
  readonly #deps: RemovalDeps;
  readonly #hooks = new Hooks<[userId: string, successorId: string | null]>();

  constructor(deps: RemovalDeps) {
    this.#deps = deps;
  }

  onUserRemoved(hook: UserRemovedHook): void {
    this.#hooks.add(hook);
  }

  /** @throws conflict for the last active admin, not_found, invalid_input if the successor is no active person */
  async delete(context: Context, id: string, successorId: string | null): Promise<void> {
    if (successorId !== null) await this.#handOver(context, id, successorId);
    const { access, sql } = this.#deps;
    await sql.transaction(async (tx) => {
      await adminInside(access, tx, context);
      const user = await existing(tx, id);
      if (isActiveAdmin(user)) await keepOneAdmin(tx, id);
      if (successorId !== null) await checkSuccessor(tx, id, successorId);
      await this.#remove(tx, user, successorId, context.principal.userId);
    });
  }

  /** Shut out first, so that nothing is added behind what was moved. */
  async #handOver(context: Context, id: string, successorId: string): Promise<void> {
    const { access, handOver, sql } = this.#deps;
    const [from, to] = await sql.transaction(async (tx) => {
      await adminInside(access, tx, context);
      const user = await existing(tx, id);
      if (isActiveAdmin(user)) await keepOneAdmin(tx, id);
      const successor = await checkSuccessor(tx, id, successorId);
      await tx.run(queries.shutUser, { id });
      await tx.run(deleteSessionsOfUser, { userId: id, except: '' });
      await tx.run(deleteTokensOfUser, { userId: id });
      return [user, successor] as const;
    });
    if (from.kind === 'person') await handOver(from, to, context);
  }

  async #remove(
    tx: SqlTransaction,
    user: UserRow,
    successorId: string | null,
    actorId: string | null,
  ): Promise<void> {
    const { access, journal, losses, workspaces } = this.#deps;
    const { id, login } = user;
    await this.#hooks.run(tx, id, successorId);
    await losses.run(tx, { users: [], roles: [], gone: [user.role_id] }, actorId);
    await tx.run(queries.deleteUser, { id });
    await tx.run(deleteSessionsOfUser, { userId: id, except: '' });
    await tx.run(deleteTokensOfUser, { userId: id });
    await workspaces.archivePersonal(tx, { id, login }, actorId);
    await access.deleteRole(tx, user.role_id);
    const before = labelOf(user);
    const after = successorId === null ? null : { successorId };
    await journal.append(tx, recordOf('user.deleted', actorId, before, after));
  }
}

async function checkSuccessor(tx: SqlTransaction, id: string, successorId: string): Promise<UserRow> {
  const successor = await tx.get(queries.userById, { id: successorId });
  if (successor?.kind !== 'person' || successor.disabled || successorId === id)
    throw new AppError('invalid_input', 'the files can only be handed to another active user');
  return successor;
}
