/** Owns the workspaces: their names, roots and quotas. Folders belong to the tree, rights to access. */
import type { Workspace } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { systemPrincipal, type Context, type Principal } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, namesOf, READ, RECEIVED_ROOT, WRITE, type AccessService } from '../access/api.ts';
import type { JournalKind, JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { MountRecord, WorkspaceRecord, WorkspacesService } from './api.ts';
import { administration } from './administration.ts';
import { checkName, checkQuota, checkSlug, slugOf } from './input.ts';
import { Mounts, type NewMount } from './mounts.ts';
import * as queries from './queries.ts';
import { RecordCache } from './record-cache.ts';
import type { WorkspaceRow } from './tables.ts';

export interface WorkspacesDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly tree: Pick<TreeService, 'createRoot' | 'removeRoot' | 'usage'>;
  /** Nodes that were shared with somebody; from collaboration, through boot. */
  readonly receivedBy: (principal: Principal) => Promise<readonly string[]>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
}

type NewWorkspace = Pick<WorkspaceRecord, 'slug' | 'name' | 'kind' | 'ownerId' | 'quota'> &
  Partial<Pick<WorkspaceRecord, 'id' | 'rootId' | 'trashId' | 'mounted'>>;
type Grant = readonly [roleId: string, allow: number];

export function startWorkspaces(deps: WorkspacesDeps): Started<WorkspacesService> {
  return { api: new Workspaces(deps), stop: async () => {} };
}

class Workspaces implements WorkspacesService {
  readonly #deps: WorkspacesDeps;
  readonly #access: AccessService;
  readonly #reader: SqlReader;
  readonly #cache = new RecordCache();
  readonly #mounts: Mounts;
  readonly all: WorkspacesService['all'];
  readonly mount: WorkspacesService['mount'];
  readonly unmount: WorkspacesService['unmount'];
  readonly archive: WorkspacesService['archive'];
  readonly delete: WorkspacesService['delete'];

  constructor(deps: WorkspacesDeps) {
    this.#deps = deps;
    this.#access = deps.access;
    this.#reader = deps.sql.reader;
    this.#mounts = new Mounts(deps, () => this.#cache.clear());
    const admin = administration({
      sql: deps.sql,
      mounts: this.#mounts,
      requireAdmin: (tx, context) => this.#requireAdmin(tx, context),
      present: (record) => this.#present(record, systemPrincipal),
      recordOf,
      changed: (tx, record, actorId) => this.#changed(tx, 'workspace.updated', record, record, actorId),
      remove: (tx, id, actorId) => this.remove(tx, id, actorId),
      now: () => deps.clock.now(),
    });
    this.all = admin.all;
    this.mount = admin.mount;
    this.unmount = admin.unmount;
    this.archive = admin.archive;
    this.delete = admin.delete;
  }

  async list(context: Context): Promise<readonly Workspace[]> {
    const { principal } = context;
    const rows =
      principal.userId === null
        ? await this.#reader.all(queries.selectAll, queries.nothing)
        : await this.#reader.all(queries.selectFor, { ownerKey: principal.userId });
    const all = rows.map(recordOf);
    const records = all.filter((record) => mayMeet(principal, record));
    const received = records.find((record) => record.kind === 'received');
    const empty = received !== undefined && (await this.#mounts.ids(context, received)).length === 0;
    const shown = empty ? records.filter((record) => record !== received) : records;
    const seen = await Promise.all(shown.map((record) => this.#present(record, principal)));
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
    if (!mayMeet(principal, record)) throw noWorkspace();
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
    await this.#insert(tx, received, [], null);
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

  async ensureReceived(): Promise<void> {
    if ((await this.#reader.get(queries.selectById, { id: received.id })) !== undefined) return;
    try {
      await this.#deps.sql.transaction((tx) => this.#insert(tx, received, [], null));
    } catch (error) {
      // Another node was faster; or the server is being moved, and will have it where it goes.
      if (!isAppError(error, 'conflict') && !isAppError(error, 'read_only')) throw error;
    }
  }

  mountIds(context: Context, workspace: WorkspaceRecord): Promise<readonly string[]> {
    return this.#mounts.ids(context, workspace);
  }

  mountsOf(reader: SqlReader | null, workspaceId: string): Promise<readonly MountRecord[]> {
    return this.#mounts.of(reader ?? this.#reader, workspaceId);
  }

  addMount(tx: SqlTransaction, mount: NewMount): Promise<void> {
    return this.#mounts.add(tx, mount);
  }

  mountsVia(reader: SqlReader, via: string): Promise<readonly MountRecord[]> {
    return this.#mounts.via(reader, via);
  }

  mountsAt(nodeIds: readonly string[]): Promise<readonly MountRecord[]> {
    return this.#mounts.at(nodeIds);
  }

  removeMount(tx: SqlTransaction, workspaceId: string, nodeId: string): Promise<boolean> {
    return this.#mounts.remove(tx, workspaceId, nodeId);
  }

  giveMounts(tx: SqlTransaction, from: string, to: string | null): Promise<void> {
    return this.#mounts.give(tx, from, to);
  }

  async createCell(
    tx: SqlTransaction,
    input: { readonly name: string; readonly quota: number | null },
    actorId: string | null,
  ): Promise<WorkspaceRecord> {
    await this.#access.bumpEpoch(tx); // one at a time: the slug that is free now is still free below
    const name = checkName(input.name);
    const base = slugOf(name);
    let slug = base;
    for (let n = 2; (await tx.get(queries.selectBySlug, { slug, ownerKey: '' })) !== undefined; n++)
      slug = `${base}-${n}`;
    const quota = checkQuota(input.quota);
    return this.#insert(tx, { slug, name, kind: 'cell', ownerId: null, quota }, [], actorId);
  }

  async updateCell(
    tx: SqlTransaction,
    id: string,
    change: { readonly name?: string; readonly quota?: number | null },
    actorId: string | null,
  ): Promise<void> {
    const row = await tx.get(queries.selectToChange, { id });
    if (row?.kind !== 'cell') throw noWorkspace();
    const name = change.name === undefined ? row.name : checkName(change.name);
    const quota = change.quota === undefined ? row.quota : checkQuota(change.quota);
    await tx.run(queries.updateWorkspace, { id, name, quota });
    await this.#changed(tx, 'workspace.updated', recordOf(row), { name, quota }, actorId);
  }

  async remove(tx: SqlTransaction, id: string, actorId: string | null): Promise<void> {
    const row = await tx.get(queries.selectToChange, { id });
    if (row === undefined) throw noWorkspace();
    await this.#deps.tree.removeRoot(tx, { rootId: row.root_id, trashId: row.trash_id });
    await tx.run(queries.deleteMounts, { workspaceId: id });
    await tx.run(queries.deleteWorkspace, { id });
    await this.#access.bumpEpoch(tx);
    await this.#append(
      tx,
      'workspace.deleted',
      recordOf(row),
      { name: row.name, slug: row.slug },
      {},
      actorId,
    );
    tx.afterCommit(() => this.#cache.clear());
  }

  async #insert(
    tx: SqlTransaction,
    input: NewWorkspace,
    grants: readonly Grant[],
    actorId: string | null,
  ): Promise<WorkspaceRecord> {
    const ids = { id: newId(), rootId: newId(), trashId: newId(), mounted: false, archived: false };
    const record: WorkspaceRecord = { ...ids, ...input };
    const { id, slug, name, kind, ownerId, rootId, trashId, quota, mounted } = record;
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
      mounted: mounted ? 1 : 0,
      at,
    });
    const folders = kind === 'personal' ? this.#deps.settings.get('personal.folders') : [];
    await this.#deps.tree.createRoot(
      tx,
      { rootId, trashId, name: slug, ownerId },
      folders.length === 0 ? undefined : { workspace: record, folders },
    );
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

/** The one workspace in which everybody sees what was shared with them; its ids are the same everywhere, so that there can't be two. */
const received = {
  id: '00000000-0000-7000-8000-000000000003',
  rootId: RECEIVED_ROOT,
  trashId: '00000000-0000-7000-8000-000000000002',
  slug: 'shared',
  name: 'Shared with me',
  kind: 'received',
  ownerId: null,
  quota: null,
  mounted: true,
  archived: false,
} as const;

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
    mounted: row.mounted === 1,
    archived: row.archived_at !== null,
  };
}

/** What was put away is there for admins only. */
function mayMeet(principal: Principal, record: WorkspaceRecord): boolean {
  return !record.archived || principal.admin;
}

function inOrder(a: Workspace, b: Workspace): number {
  const rank = (w: Workspace): number => (w.kind === 'personal' ? 0 : 1);
  return rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || (a.id < b.id ? -1 : 1);
}

function noWorkspace(): AppError {
  return new AppError('not_found', 'there is no such workspace');
}
