import type { Workspace } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';

/** A workspace's row. Each user's `personal` is a row of its own with `ownerId`. */
export interface WorkspaceRecord {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly kind: 'personal' | 'common' | 'shared' | 'cell' | 'received';
  readonly ownerId: string | null;
  readonly rootId: string;
  readonly trashId: string;
  readonly quota: number | null;
  /** Whether its root shows nodes of other homes; see `mountIds`. */
  readonly mounted: boolean;
  /** Put away: only admins see it, and nobody writes in it. */
  readonly archived: boolean;
}

export interface MountRecord {
  readonly workspaceId: string;
  readonly nodeId: string;
  /** What whoever added it could pass on; 0 where rules give the rights. */
  readonly allow: number;
  /** null: an admin's doing, or somebody who is gone */
  readonly addedBy: string | null;
  readonly addedAt: number;
  /** The share or cell that whoever added it may share by. */
  readonly via: string | null;
  /** The end of that: nobody has anything by it from then on. */
  readonly until: number | null;
}

/** What a further root shows; its name is for records, null where it is not known. */
export interface MountedNode {
  readonly id: string;
  readonly name: string | null;
}

export interface WorkspacesService {
  /** What the principal may read, personal first, then by name. The system sees all, personal ones of everybody included. */
  list(context: Context): Promise<readonly Workspace[]>;
  /** By slug as the principal sees it. Warm: no SQL beyond the epoch. @throws not_found */
  bySlug(context: Context, slug: string): Promise<WorkspaceRecord>;
  byRoot(rootId: string): Promise<WorkspaceRecord | null>;
  /** Of many at once: one statement for all that are not in memory. What is no root is left out. */
  byRoots(rootIds: readonly string[]): Promise<ReadonlyMap<string, WorkspaceRecord>>;
  byId(id: string): Promise<WorkspaceRecord | null>;
  create(
    context: Context,
    input: {
      readonly slug: string;
      readonly name: string;
      readonly quota?: number | null;
      /** Rules on its root to begin with, beside that of the admins. */
      readonly rules?: readonly { readonly roleId: string; readonly allow: number }[];
    },
  ): Promise<Workspace>;
  update(
    context: Context,
    id: string,
    change: { readonly name?: string; readonly quota?: number | null },
  ): Promise<Workspace>;
  /** For admins: all that belong to nobody in person, those put away included; ids of what they show of other homes. */
  all(context: Context): Promise<
    readonly {
      readonly workspace: Workspace;
      readonly archivedAt: number | null;
      readonly mounts: readonly string[];
    }[]
  >;
  /** For admins: one more root. Whether the node may be read is asked by the caller. */
  mount(context: Context, id: string, node: MountedNode): Promise<void>;
  unmount(context: Context, id: string, node: MountedNode): Promise<void>;
  archive(context: Context, id: string, archived: boolean): Promise<void>;
  /** @param confirmation its slug @throws conflict (reason `not_empty`) while root or trash hold anything */
  delete(context: Context, id: string, confirmation: string): Promise<void>;
  /**
   * For admins: the folder whose content personal workspaces begin with from now on, the setting `personal.template`; null: none. What
   * administrators read of it by their role is copied, in the transaction of the account; where it does not fit the quota, nothing.
   */
  chooseTemplate(context: Context, folderId: string | null): Promise<void>;
  /** Makes `common` and `shared` at set-up. */
  createCommon(tx: SqlTransaction, rootRoleId: string, adminsRoleId: string): Promise<void>;
  /** Makes a user's personal root, with all rights for the user's role, and what the settings have it begin with. */
  createPersonal(
    tx: SqlTransaction,
    user: { readonly id: string; readonly roleId: string; readonly quota: number | null },
  ): Promise<void>;
  /** Of a user's personal workspace; `null`: none. */
  setPersonalQuota(tx: SqlTransaction, ownerId: string, quota: number | null): Promise<void>;
  /** Makes `shared` where a server was set up before there was such a thing. May run on several nodes at once. */
  ensureReceived(): Promise<void>;
  /**
   * Ids of what the root of a workspace shows of other homes: of a cell or an admin workspace the same for all, of `shared` what the principal
   * received, for a visitor the roots of the link; nothing for the system. Readability is asked by the tree. Warm: no SQL.
   */
  mountIds(context: Context, workspace: WorkspaceRecord): Promise<readonly string[]>;
  /** In the order they were added. */
  mountsOf(reader: SqlReader | null, workspaceId: string): Promise<readonly MountRecord[]>;
  /** Whether the caller may do so is asked by the caller. Raises the epoch. @throws conflict if it is mounted there already */
  addMount(tx: SqlTransaction, mount: Omit<MountRecord, 'addedAt'>): Promise<void>;
  /** It leans on something else from now on, or for less long. */
  leanMount(
    tx: SqlTransaction,
    mount: Pick<MountRecord, 'workspaceId' | 'nodeId' | 'via' | 'until'>,
  ): Promise<void>;
  /** Those added by somebody who may share by this share or cell. */
  mountsVia(reader: SqlReader, via: string): Promise<readonly MountRecord[]>;
  /** Where these nodes show. */
  mountsAt(nodeIds: readonly string[]): Promise<readonly MountRecord[]>;
  /** Raises the epoch. @returns whether it was there */
  removeMount(tx: SqlTransaction, workspaceId: string, nodeId: string): Promise<boolean>;
  /** Those that any of these people added. */
  mountsBy(reader: SqlReader, userIds: readonly string[]): Promise<readonly MountRecord[]>;
  /** Somebody goes: what they mounted is somebody else's doing from now on. */
  giveMounts(tx: SqlTransaction, from: string, to: string | null): Promise<void>;
  /** Makes the workspace of a cell; its slug is made of its name. Rights are given by the caller. */
  createCell(
    tx: SqlTransaction,
    input: { readonly name: string; readonly quota: number | null },
    actorId: string | null,
  ): Promise<WorkspaceRecord>;
  /** Of a cell: whether the actor may is asked by the caller. */
  updateCell(
    tx: SqlTransaction,
    id: string,
    change: { readonly name?: string; readonly quota?: number | null },
    actorId: string | null,
  ): Promise<void>;
  /** The row, its mounts and its empty root. @throws conflict (reason `not_empty`) while root or trash hold anything */
  remove(tx: SqlTransaction, id: string, actorId: string | null): Promise<void>;
  /** The owner goes, the files stay: the personal workspace becomes a shared one that only admins see. */
  archivePersonal(
    tx: SqlTransaction,
    owner: { readonly id: string; readonly login: string },
    actorId: string | null,
  ): Promise<void>;
}
