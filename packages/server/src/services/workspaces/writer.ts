/** Makes, changes and removes workspaces, inside a transaction of whoever asks. */
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, READ, WRITE, type AccessService } from '../access/api.ts';
import type { JournalEntry, JournalKind, JournalService } from '../journal/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { MountedNode, WorkspaceRecord } from './api.ts';
import { checkName, checkQuota, slugOf } from './input.ts';
import * as queries from './queries.ts';
import { noWorkspace, received, recordOf } from './records.ts';
import { templateNow } from './template.ts';

export interface WriterDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly tree: Pick<TreeService, 'createRoot' | 'removeRoot' | 'locate'>;
  readonly settings: Pick<SettingsService, 'get' | 'set'>;
  readonly clock: Clock;
}

type NewWorkspace = Pick<WorkspaceRecord, 'slug' | 'name' | 'kind' | 'ownerId' | 'quota'> &
  Partial<Pick<WorkspaceRecord, 'id' | 'rootId' | 'trashId' | 'mounted'>>;
type Grant = readonly [roleId: string, allow: number];

export class Writer {
  readonly #deps: WriterDeps;
  readonly #access: AccessService;
  readonly #forget: () => void;

  /** @param forget called after a commit that changed what is known of workspaces */
  constructor(deps: WriterDeps, forget: () => void) {
    this.#deps = deps;
    this.#access = deps.access;
    this.#forget = forget;
  }

  async createCommon(tx: SqlTransaction, rootRoleId: string, adminsRoleId: string): Promise<void> {
    const common = {
      slug: 'common',
      name: 'Common files',
      kind: 'common',
      ownerId: null,
      quota: null,
    } as const;
    await this.insert(
      tx,
      common,
      [
        [rootRoleId, READ | WRITE],
        [adminsRoleId, ALL],
      ],
      null,
    );
    await this.insert(tx, received, [], null);
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
    await this.insert(tx, personal, [[user.roleId, ALL]], null);
  }

  async setPersonalQuota(tx: SqlTransaction, ownerId: string, quota: number | null): Promise<void> {
    const row = await tx.get(queries.selectBySlug, { slug: 'personal', ownerKey: ownerId });
    if (row === undefined) return;
    await tx.run(queries.updatePersonalQuota, { ownerId, quota: checkQuota(quota) });
    await this.changed(tx, recordOf(row), { quota }, null);
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
    await this.changed(tx, recordOf(row), { slug, name, ownerId: null }, actorId);
  }

  async ensureReceived(): Promise<void> {
    if ((await this.#deps.sql.reader.get(queries.selectById, { id: received.id })) !== undefined) return;
    try {
      await this.#deps.sql.transaction((tx) => this.insert(tx, received, [], null));
    } catch (error) {
      // Another node was faster; or the server is being moved, and will have it where it goes.
      if (!isAppError(error, 'conflict') && !isAppError(error, 'read_only')) throw error;
    }
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
    return this.insert(tx, { slug, name, kind: 'cell', ownerId: null, quota }, [], actorId);
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
    await this.changed(tx, recordOf(row), { name, quota }, actorId);
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
      { name: row.name, slug: row.slug, kind: row.kind, quota: row.quota },
      {},
      actorId,
    );
    tx.afterCommit(this.#forget);
  }

  async insert(
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
    const { settings, tree } = this.#deps;
    const begin =
      kind === 'personal'
        ? {
            workspace: record,
            folders: settings.get('personal.folders'),
            template: await templateNow(this.#deps),
          }
        : undefined;
    await tree.createRoot(tx, { rootId, trashId, name: slug, ownerId }, begin);
    for (const [roleId, allow] of grants) {
      await this.#access.setRule(tx, { nodeId: rootId, roleId, allow, deny: 0 }, actorId);
    }
    await this.#append(tx, 'workspace.created', record, null, { slug, name, kind, quota }, actorId);
    return record;
  }

  async changed(
    tx: SqlTransaction,
    old: WorkspaceRecord,
    next: Partial<Pick<WorkspaceRecord, 'name' | 'slug' | 'quota' | 'archived' | 'ownerId'>>,
    actorId: string | null,
  ): Promise<void> {
    await this.#access.bumpEpoch(tx);
    const before = factsOf(old);
    await this.#append(tx, 'workspace.updated', old, before, { ...before, ...next }, actorId);
    tx.afterCommit(this.#forget);
  }

  /** Tells the records that it shows a further root from now on, or (`added` is false) no longer does. */
  async mountChanged(
    tx: SqlTransaction,
    record: WorkspaceRecord,
    { id: mountId, name: mount }: MountedNode,
    added: boolean,
    actorId: string | null,
  ): Promise<void> {
    const without = { ...factsOf(record), mountId: null, mount: null };
    const having = { ...without, mountId, mount };
    const [before, after] = added ? [without, having] : [having, without];
    await this.#append(tx, 'workspace.updated', record, before, after, actorId);
  }

  async #append(
    tx: SqlTransaction,
    kind: JournalKind,
    record: WorkspaceRecord,
    before: JournalEntry['before'],
    after: JournalEntry['after'],
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
}

function factsOf({ name, slug, quota, archived, ownerId }: WorkspaceRecord) {
  return { name, slug, quota, archived, ownerId };
}
