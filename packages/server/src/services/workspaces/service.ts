/** Owns the workspaces: their names, roots and quotas. Folders belong to the tree, rights to access. */
import type { Workspace } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, namesOf, READ, WRITE, type AccessService } from '../access/api.ts';
import type { JournalKind, JournalService } from '../journal/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { WorkspaceRecord, WorkspacesService } from './api.ts';
import { checkName, checkQuota, checkSlug } from './input.ts';
import * as queries from './queries.ts';
import { RecordCache } from './record-cache.ts';
import type { WorkspaceRow } from './tables.ts';

export interface WorkspacesDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly tree: Pick<TreeService, 'createRoot' | 'usage'>;
  readonly clock: Clock;
  readonly log: Logger;
}

type NewWorkspace = Pick<WorkspaceRecord, 'slug' | 'name' | 'kind' | 'ownerId' | 'quota'>;
type Grant = readonly [roleId: string, allow: number];

export function startWorkspaces(deps: WorkspacesDeps): Started<WorkspacesService> {
  return { api: new Workspaces(deps), stop: async () => {} };
}

class Workspaces implements WorkspacesService {
  readonly #deps: WorkspacesDeps;
  readonly #access: AccessService;
  readonly #reader: SqlReader;
  readonly #cache = new RecordCache();

  constructor(deps: WorkspacesDeps) {
    this.#deps = deps;
    this.#access = deps.access;
    this.#reader = deps.sql.reader;
  }

  async list(context: Context): Promise<readonly Workspace[]> {
    const { principal } = context;
    const rows =
      principal.userId === null
        ? await this.#reader.all(queries.selectAll, queries.nothing)
        : await this.#reader.all(queries.selectFor, { ownerKey: principal.userId });
    const seen = await Promise.all(rows.map((row) => this.#present(recordOf(row), principal)));
    return seen.filter((workspace) => workspace.permissions.includes('read')).sort(inOrder);
  }

  async bySlug(context: Context, slug: string): Promise<WorkspaceRecord> {
    const { principal } = context;
    const ownerKey = slug === 'personal' ? (principal.userId ?? 'nobody') : '';
    const key = `${ownerKey}/${slug}`;
    const epoch = Math.max(principal.epoch, this.#access.lastEpoch());
    let record = this.#cache.get(key, epoch);
    if (record === undefined) {
      const row = await this.#reader.get(queries.selectBySlug, { slug, ownerKey });
      if (row === undefined) throw noWorkspace();
      record = recordOf(row);
      this.#cache.keep(key, record, epoch);
    }
    const permissions = await this.#access.decide(principal, [record.rootId]);
    if (!(permissions & READ)) throw noWorkspace();
    return record;
  }

  async byRoot(rootId: string): Promise<WorkspaceRecord | null> {
    const epoch = this.#access.lastEpoch();
    const known = this.#cache.get(rootId, epoch);
    if (known !== undefined) return known;
    const row = await this.#reader.get(queries.selectByRoot, { rootId });
    if (row === undefined) return null;
    const record = recordOf(row);
    this.#cache.keep(rootId, record, epoch);
    return record;
  }

  async byId(id: string): Promise<WorkspaceRecord | null> {
    const row = await this.#reader.get(queries.selectById, { id });
    return row === undefined ? null : recordOf(row);
  }

  async create(
    context: Context,
    input: { readonly slug: string; readonly name: string; readonly quota?: number | null },
  ): Promise<Workspace> {
    const slug = checkSlug(input.slug);
    const name = checkName(input.name);
    const quota = checkQuota(input.quota ?? null);
    const actorId = context.principal.userId;
    const record = await this.#deps.sql
      .transaction(async (tx) => {
        await this.#requireAdmin(tx, context);
        const admins = await this.#access.adminsRoleId(tx);
        if (admins === null) throw new AppError('setup_required', 'the server has not been set up');
        return this.#insert(
          tx,
          { slug, name, kind: 'shared', ownerId: null, quota },
          [[admins, ALL]],
          actorId,
        );
      })
      .catch((error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        throw new AppError('conflict', `the slug "${slug}" is taken`, { cause: error });
      });
    return this.#presentNow(context, record);
  }

  async update(
    context: Context,
    id: string,
    change: { readonly name?: string; readonly quota?: number | null },
  ): Promise<Workspace> {
    const record = await this.#deps.sql.transaction(async (tx) => {
      await this.#requireAdmin(tx, context);
      const row = await tx.get(queries.selectToChange, { id });
      if (row === undefined) throw noWorkspace();
      if (row.kind === 'personal')
        throw new AppError('conflict', 'a personal workspace is changed with its user');
      const name = change.name === undefined ? row.name : checkName(change.name);
      const quota = change.quota === undefined ? row.quota : checkQuota(change.quota);
      await tx.run(queries.updateWorkspace, { id, name, quota });
      await this.#changed(tx, 'workspace.updated', recordOf(row), { name, quota }, context.principal.userId);
      return recordOf({ ...row, name, quota });
    });
    return this.#presentNow(context, record);
  }

  async createCommon(tx: SqlTransaction, rootRoleId: string, adminsRoleId: string): Promise<void> {
    const common = {
      slug: 'common',
      name: 'Common files',
      kind: 'common',
      ownerId: null,
      quota: null,
    } as const;
    await this.#insert(
      tx,
      common,
      [
        [rootRoleId, READ | WRITE],
        [adminsRoleId, ALL],
      ],
      null,
    );
  }

  async createPersonal(
    tx: SqlTransaction,
    user: { readonly id: string; readonly roleId: string; readonly quota: number | null },
  ): Promise<void> {
    const quota = checkQuota(user.quota);
    const personal = {
      slug: 'personal',
      name: 'Personal files',
      kind: 'personal',
      ownerId: user.id,
      quota,
    } as const;
    await this.#insert(tx, personal, [[user.roleId, ALL]], null);
  }

  async setPersonalQuota(tx: SqlTransaction, ownerId: string, quota: number | null): Promise<void> {
    const row = await tx.get(queries.selectBySlug, { slug: 'personal', ownerKey: ownerId });
    if (row === undefined) return;
    await tx.run(queries.updatePersonalQuota, { ownerId, quota: checkQuota(quota) });
    await this.#changed(tx, 'workspace.updated', recordOf(row), { name: row.name, quota }, null);
  }

  async archivePersonal(
    tx: SqlTransaction,
    owner: { readonly id: string; readonly login: string },
    actorId: string | null,
  ): Promise<void> {
    const row = await tx.get(queries.selectBySlug, { slug: 'personal', ownerKey: owner.id });
    if (row === undefined) return;
    const slug = `archived-${owner.login.replace(/[^a-z0-9]+/g, '-').slice(0, 40)}-${row.id.slice(-12)}`;
    const name = `${owner.login} (archived)`;
    await tx.run(queries.releaseOwner, { id: row.id, slug, name });
    const admins = await this.#access.adminsRoleId(tx);
    if (admins !== null) {
      await this.#access.setRule(tx, { nodeId: row.root_id, roleId: admins, allow: ALL, deny: 0 }, actorId);
    }
    await this.#changed(tx, 'workspace.updated', recordOf(row), { name, quota: row.quota }, actorId);
  }

  async #insert(
    tx: SqlTransaction,
    input: NewWorkspace,
    grants: readonly Grant[],
    actorId: string | null,
  ): Promise<WorkspaceRecord> {
    const record: WorkspaceRecord = { ...input, id: newId(), rootId: newId(), trashId: newId() };
    const { id, slug, name, kind, ownerId, rootId, trashId, quota } = record;
    const at = this.#deps.clock.now();
    await tx.run(queries.insertWorkspace, {
      id,
      slug,
      name,
      kind,
      ownerId,
      ownerKey: ownerId ?? '',
      rootId,
      trashId,
      quota,
      at,
    });
    await this.#deps.tree.createRoot(tx, { rootId, trashId, name: slug, ownerId });
    for (const [roleId, allow] of grants) {
      await this.#access.setRule(tx, { nodeId: rootId, roleId, allow, deny: 0 }, actorId);
    }
    await this.#append(tx, 'workspace.created', record, null, { slug, name, kind, quota }, actorId);
    return record;
  }

  async #changed(
    tx: SqlTransaction,
    kind: JournalKind,
    old: WorkspaceRecord,
    next: { readonly name: string; readonly quota: number | null },
    actorId: string | null,
  ): Promise<void> {
    await this.#access.bumpEpoch(tx);
    await this.#append(tx, kind, old, { name: old.name, quota: old.quota }, next, actorId);
    tx.afterCommit(() => this.#cache.clear());
  }

  async #append(
    tx: SqlTransaction,
    kind: JournalKind,
    record: WorkspaceRecord,
    before: Record<string, string | number | null> | null,
    after: Record<string, string | number | null>,
    actorId: string | null,
  ): Promise<void> {
    const { id: workspaceId, rootId: nodeId } = record;
    await this.#deps.journal.append(tx, {
      kind,
      actorId,
      nodeId,
      parentId: null,
      workspaceId,
      before,
      after,
      bytes: 0,
      files: 0,
    });
  }

  async #requireAdmin(tx: SqlTransaction, context: Context): Promise<void> {
    const principal = await this.#access.current(tx, context);
    if (!principal.admin || !principal.scopes.includes('admin')) {
      throw new AppError('forbidden', 'only admins may do this');
    }
  }

  async #present(record: WorkspaceRecord, principal: Principal): Promise<Workspace> {
    const { id, slug, name, kind, rootId, quota } = record;
    const permissions = await this.#access.decide(principal, [rootId]);
    const used = permissions & READ ? (await this.#deps.tree.usage(record)).used : 0;
    return { id, slug, name, kind, rootId, quota, used, permissions: namesOf(permissions) };
  }

  /** With the rules as they are after the change that was just made. */
  async #presentNow(context: Context, record: WorkspaceRecord): Promise<Workspace> {
    return this.#present(record, await this.#access.current(this.#reader, context));
  }
}

function recordOf(row: WorkspaceRow): WorkspaceRecord {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    kind: row.kind,
    ownerId: row.owner_id,
    rootId: row.root_id,
    trashId: row.trash_id,
    quota: row.quota,
  };
}

function inOrder(a: Workspace, b: Workspace): number {
  const rank = (w: Workspace): number => (w.kind === 'personal' ? 0 : 1);
  return rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || (a.id < b.id ? -1 : 1);
}

function noWorkspace(): AppError {
  return new AppError('not_found', 'there is no such workspace');
}
