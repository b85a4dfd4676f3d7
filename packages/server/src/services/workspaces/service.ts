/** Owns the workspaces: their names, roots and quotas. Folders belong to the tree, rights to access. */
import type { Workspace } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { systemPrincipal, type Context, type Principal } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, namesOf, READ, type AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { WorkspaceRecord, WorkspacesService } from './api.ts';
import { administration } from './administration.ts';
import { checkName, checkQuota, checkSlug } from './input.ts';
import { Mounts } from './mounts.ts';
import * as queries from './queries.ts';
import { RecordCache } from './record-cache.ts';
import { inOrder, mayMeet, noWorkspace, recordOf } from './records.ts';
import { chooseTemplate } from './template.ts';
import { Writer } from './writer.ts';

export interface WorkspacesDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly tree: Pick<TreeService, 'createRoot' | 'removeRoot' | 'usedOf' | 'locate'>;
  /** Nodes that were shared with somebody; from collaboration, through boot. */
  readonly receivedBy: (principal: Principal) => Promise<readonly string[]>;
  readonly settings: Pick<SettingsService, 'get' | 'set'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function startWorkspaces(deps: WorkspacesDeps): Started<WorkspacesService> {
  const cache = new RecordCache();
  const forget = (): void => cache.clear();
  const mounts = new Mounts(deps, forget);
  const writer = new Writer(deps, forget);
  const spaces = new Workspaces(deps, cache, mounts, writer);
  const api: WorkspacesService = {
    list: (context) => spaces.list(context),
    bySlug: (context, slug) => spaces.bySlug(context, slug),
    byRoot: async (rootId) => (await spaces.byRoots([rootId])).get(rootId) ?? null,
    byRoots: (rootIds) => spaces.byRoots(rootIds),
    byId: (id) => spaces.byId(id),
    create: (context, input) => spaces.create(context, input),
    update: (context, id, change) => spaces.update(context, id, change),
    ...administration({
      sql: deps.sql,
      mounts,
      requireAdmin: (tx, context) => spaces.requireAdmin(tx, context),
      present: (records) => spaces.present(records, systemPrincipal),
      recordOf,
      changed: (tx, record, next, actorId) => writer.changed(tx, record, next, actorId),
      mountChanged: (tx, record, ...rest) => writer.mountChanged(tx, record, ...rest),
      remove: (tx, id, actorId) => writer.remove(tx, id, actorId),
      now: () => deps.clock.now(),
    }),
    chooseTemplate: (context, folderId) => chooseTemplate(deps, context, folderId),
    createCommon: (tx, rootRoleId, adminsRoleId) => writer.createCommon(tx, rootRoleId, adminsRoleId),
    createPersonal: (tx, user) => writer.createPersonal(tx, user),
    setPersonalQuota: (tx, ownerId, quota) => writer.setPersonalQuota(tx, ownerId, quota),
    archivePersonal: (tx, owner, actorId) => writer.archivePersonal(tx, owner, actorId),
    ensureReceived: () => writer.ensureReceived(),
    createCell: (tx, input, actorId) => writer.createCell(tx, input, actorId),
    updateCell: (tx, id, change, actorId) => writer.updateCell(tx, id, change, actorId),
    remove: (tx, id, actorId) => writer.remove(tx, id, actorId),
    mountIds: (context, workspace) => mounts.ids(context, workspace),
    mountsOf: (reader, workspaceId) => mounts.of(reader ?? deps.sql.reader, workspaceId),
    addMount: (tx, mount) => mounts.add(tx, mount),
    leanMount: (tx, mount) => mounts.lean(tx, mount),
    mountsVia: (reader, via) => mounts.via(reader, via),
    mountsBy: (reader, userIds) => mounts.by(reader, userIds),
    mountsAt: (nodeIds) => mounts.at(nodeIds),
    removeMount: (tx, workspaceId, nodeId) => mounts.remove(tx, workspaceId, nodeId),
    giveMounts: (tx, from, to) => mounts.give(tx, from, to),
  };
  return { api, stop: async () => {} };
}

/** Looking workspaces up, and what administrators change of them. */
class Workspaces {
  readonly #access: AccessService;
  readonly #reader: SqlReader;
  readonly #deps: WorkspacesDeps;
  readonly #cache: RecordCache;
  readonly #mounts: Mounts;
  readonly #writer: Writer;

  constructor(deps: WorkspacesDeps, cache: RecordCache, mounts: Mounts, writer: Writer) {
    this.#deps = deps;
    this.#access = deps.access;
    this.#reader = deps.sql.reader;
    this.#cache = cache;
    this.#mounts = mounts;
    this.#writer = writer;
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
    const seen = await this.present(shown, principal);
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

  async byRoots(rootIds: readonly string[]): Promise<ReadonlyMap<string, WorkspaceRecord>> {
    const epoch = this.#access.lastEpoch();
    const found = new Map<string, WorkspaceRecord>();
    const unknown = new Set<string>();
    for (const id of rootIds) {
      const known = this.#cache.get(id, epoch);
      if (known === undefined) unknown.add(id);
      else found.set(id, known);
    }
    if (unknown.size === 0) return found;
    for (const row of await this.#reader.all(queries.selectByRoots, { rootIds: [...unknown] })) {
      const record = recordOf(row);
      this.#cache.keep(record.rootId, record, epoch);
      found.set(record.rootId, record);
    }
    return found;
  }

  async byId(id: string): Promise<WorkspaceRecord | null> {
    const row = await this.#reader.get(queries.selectById, { id });
    return row === undefined ? null : recordOf(row);
  }

  async create(context: Context, input: Parameters<WorkspacesService['create']>[1]): Promise<Workspace> {
    const slug = checkSlug(input.slug);
    const name = checkName(input.name);
    const quota = checkQuota(input.quota ?? null);
    const actorId = context.principal.userId;
    const record = await this.#deps.sql
      .transaction(async (tx) => {
        await this.requireAdmin(tx, context);
        const admins = await this.#access.adminsRoleId(tx);
        if (admins === null) throw new AppError('setup_required', 'the server has not been set up');
        return this.#writer.insert(
          tx,
          { slug, name, kind: 'shared', ownerId: null, quota },
          [[admins, ALL], ...(input.rules ?? []).map(({ roleId, allow }) => [roleId, allow] as const)],
          actorId,
        );
      })
      .catch((error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        throw new AppError('conflict', `the slug "${slug}" is taken`, { cause: error });
      });
    return this.presentNow(context, record);
  }

  async update(
    context: Context,
    id: string,
    change: { readonly name?: string; readonly quota?: number | null },
  ): Promise<Workspace> {
    const record = await this.#deps.sql.transaction(async (tx) => {
      await this.requireAdmin(tx, context);
      const row = await tx.get(queries.selectToChange, { id });
      if (row === undefined) throw noWorkspace();
      if (row.kind === 'personal')
        throw new AppError('conflict', 'a personal workspace is changed with its user');
      const name = change.name === undefined ? row.name : checkName(change.name);
      const quota = change.quota === undefined ? row.quota : checkQuota(change.quota);
      await tx.run(queries.updateWorkspace, { id, name, quota });
      await this.#writer.changed(tx, recordOf(row), { name, quota }, context.principal.userId);
      return recordOf({ ...row, name, quota });
    });
    return this.presentNow(context, record);
  }

  async requireAdmin(tx: SqlTransaction, context: Context): Promise<void> {
    const principal = await this.#access.current(tx, context);
    if (!principal.admin || !principal.scopes.includes('admin')) {
      throw new AppError('forbidden', 'only admins may do this');
    }
  }

  /** In the same order; the sizes of all by the same statements. */
  async present(records: readonly WorkspaceRecord[], principal: Principal): Promise<readonly Workspace[]> {
    const held = await Promise.all(
      records.map(async (record) => ({
        record,
        permissions: await this.#access.decide(principal, [record.rootId]),
      })),
    );
    const readable = held.filter(({ permissions }) => permissions & READ).map(({ record }) => record);
    const used = readable.length === 0 ? null : await this.#deps.tree.usedOf(readable);
    return held.map(({ record: { id, slug, name, kind, rootId, quota, archived }, permissions }) => ({
      ...{ id, slug, name, kind, rootId, quota, archived },
      used: used?.get(id) ?? 0,
      permissions: namesOf(permissions),
    }));
  }

  /** With the rules as they are after the change that was just made. */
  async presentNow(context: Context, record: WorkspaceRecord): Promise<Workspace> {
    const [shown] = await this.present([record], await this.#access.current(this.#reader, context));
    if (shown === undefined) throw noWorkspace();
    return shown;
  }
}
