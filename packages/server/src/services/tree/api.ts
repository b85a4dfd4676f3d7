import type { Conflict, Version } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import type { Permissions } from '../access/api.ts';
import type { CheckFinding, StoredContent } from '../contents/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';

export interface TreeNode {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** bytes; of a folder as rolled up, see `folderSize` */
  readonly size: number;
  readonly versionId: string | null;
  /** hex; null for folders and contents of several chunks */
  readonly sha256: string | null;
  /** Strong, with quotes; new with every change of content. */
  readonly etag: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly createdBy: string | null;
  readonly modifiedBy: string | null;
}

/** A node and where it hangs. `chain` = ids from the workspace root down to the node itself. */
export interface Located {
  readonly node: TreeNode;
  readonly chain: readonly string[];
  /** Names below the root, the node's own last; empty for the root. */
  readonly names: readonly string[];
  readonly workspace: WorkspaceRecord;
  readonly permissions: Permissions;
  /** Set where the node lies in the trash. */
  readonly trashed: TrashInfo | null;
  /** Reached as a mount: `node.name` is the name it shows under, `names` where it is at home. Here it can be neither moved nor deleted. */
  readonly mounted?: true;
}

export interface TrashInfo {
  readonly at: number;
  readonly by: string | null;
  /** Where it was: `/workspace/folder/name` at that time. */
  readonly from: string;
  readonly purgeAt: number | null;
}

/** What a path led to. `parent` is null where even the folder above is missing, or nobody asked for it. */
export interface Resolution {
  readonly found: Located | null;
  readonly parent: Located | null;
  /** Last segment as it was sent. */
  readonly name: string;
}

/** `ifMissing`: the folder above only where nothing was found; a statement less for whoever reads. */
export type Above = 'always' | 'ifMissing';

export interface ListOptions {
  readonly sort: 'name' | 'size' | 'modified';
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor?: string;
  readonly kind?: 'folder' | 'file';
  /** Substring of the folded name. */
  readonly contains?: string;
}

/** A member of a folder. `home`: of a mount, the workspace that it belongs to. */
export interface Member {
  readonly node: TreeNode;
  readonly permissions: Permissions;
  readonly home?: WorkspaceRecord;
}

export interface ListPage {
  readonly items: readonly Member[];
  readonly next: string | null;
  /** Children in all, on the first page of an unfiltered listing. */
  readonly total?: number;
}

/** `overwrite` is WebDAV's: a file takes the content as a new version, anything else at the target goes to the trash first. */
export type OnConflict = Conflict | 'overwrite';

/** Runs inside the transaction with what is there now; throws precondition_failed to refuse. */
export type Precondition = (current: TreeNode | null) => void;

export interface Changed {
  readonly node: TreeNode;
  /** Whether the name was free before. */
  readonly created: boolean;
}

/** What a new root holds from the beginning. */
export interface Beginning {
  readonly workspace: WorkspaceRecord;
  /** Names of folders; those that the template has as well are the template's. */
  readonly folders: readonly string[];
  /** Copied whole, as far as `reader` may read it, or not at all where it is gone, too many or larger than the quota. */
  readonly template: { readonly folderId: string; readonly reader: Principal } | null;
}

export interface TreeService {
  /** From a workspace root downwards; segments raw: checked here, found in any Unicode normal form. @throws invalid_input for impossible names, not_found if the root may not be read */
  resolve(
    context: Context,
    workspace: WorkspaceRecord,
    segments: readonly string[],
    above?: Above,
  ): Promise<Resolution>;
  /** From a folder that was found already downwards; null if nothing is there that may be read. @throws invalid_input for impossible names */
  below(context: Context, folder: Located, segments: readonly string[]): Promise<Located | null>;
  /** By id. @throws not_found (also where reading is not allowed), forbidden if another bit of `need` is missing */
  locate(context: Context, nodeId: string, need?: Permissions): Promise<Located>;
  /** One page; folders first, then by the sort; keyset, constant number of statements. */
  list(context: Context, folder: Located, options: ListOptions): Promise<ListPage>;
  /** All children in name order as batches, for PROPFIND; each batch is one statement. */
  children(context: Context, folder: Located, signal: AbortSignal): AsyncIterable<readonly Member[]>;
  /** What a workspace shows of other homes, as far as it may be read, by the names it shows under. */
  mounts(context: Context, workspace: WorkspaceRecord): Promise<readonly Located[]>;
  /** Everything below, parents before children, readable nodes only; `names` relative to `top`. */
  walk(
    context: Context,
    top: Located,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly node: TreeNode; readonly names: readonly string[] }>;
  /** Bytes and files below a folder: rolled up plus pending. */
  folderSize(folderId: string): Promise<{ readonly bytes: number; readonly files: number }>;
  /** Bytes used by a workspace (trash included) and what is left; `free` null without quota. */
  usage(workspace: WorkspaceRecord): Promise<{ readonly used: number; readonly free: number | null }>;
  /** Bytes used (trash included), by workspace id; as many statements for one as for hundreds. */
  usedOf(workspaces: readonly WorkspaceRecord[]): Promise<ReadonlyMap<string, number>>;
  /** Ids from the root down to the node, as `reader` sees them; of the trash, down the place it was taken from; null if it is gone. Inside a transaction of another service. */
  chainIn(reader: SqlReader, nodeId: string): Promise<readonly string[] | null>;
  /** As `Located`s, in the order of `ids`, unreadable and missing ones left out; for search and activity. */
  locateMany(context: Context, ids: readonly string[]): Promise<readonly Located[]>;

  createFolder(context: Context, parentId: string, name: string, onConflict?: OnConflict): Promise<Changed>;
  /** Makes the folders that are missing on the way. @returns the last */
  ensureFolders(context: Context, parentId: string, names: readonly string[]): Promise<TreeNode>;
  /**
   * Points a new version at stored content: a new file, or a new version of the one there (`replace`). In one transaction with the
   * journal; the content is discarded if it throws. `extra` runs in the same transaction.
   */
  putFile(
    context: Context,
    target: { readonly parentId: string; readonly name: string } | { readonly nodeId: string },
    content: StoredContent,
    options?: {
      readonly onConflict?: OnConflict;
      readonly precondition?: Precondition;
      readonly modifiedAt?: number;
      readonly extra?: (tx: SqlTransaction, node: TreeNode) => Promise<void>;
    },
  ): Promise<Changed>;
  /** Rename, move or both. Cycle-proof, atomic, one row whatever the folder holds. */
  move(
    context: Context,
    nodeId: string,
    to: { readonly parentId?: string; readonly name?: string },
    options?: { readonly onConflict?: OnConflict; readonly precondition?: Precondition },
  ): Promise<Changed>;
  /** Rows, not bytes; becomes visible at once. `shallow`: a folder without its members (Depth: 0). */
  copy(
    context: Context,
    nodeId: string,
    to: { readonly parentId: string; readonly name?: string },
    options?: { readonly onConflict?: OnConflict; readonly shallow?: boolean },
  ): Promise<Changed>;
  /** Into the workspace's trash; of the trash: nothing happens. */
  trash(context: Context, nodeId: string, options?: { readonly precondition?: Precondition }): Promise<void>;
  listTrash(
    context: Context,
    workspace: WorkspaceRecord,
    options: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly Located[]; readonly next: string | null }>;
  restore(
    context: Context,
    nodeId: string,
    options?: { readonly parentId?: string; readonly onConflict?: Conflict },
  ): Promise<Changed>;
  /** For good, in batches, resumable: an interrupted one is finished by the duty. */
  purge(context: Context, nodeId: string): Promise<void>;
  emptyTrash(context: Context, workspace: WorkspaceRecord): Promise<void>;
  versions(
    context: Context,
    nodeId: string,
    options: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly Version[]; readonly next: string | null }>;
  restoreVersion(context: Context, nodeId: string, versionId: string): Promise<Changed>;
  deleteVersion(context: Context, nodeId: string, versionId: string): Promise<void>;
  /** Sets times and dead properties (WebDAV PROPPATCH); names in Clark notation `{ns}local`, values as XML text, null removes. All or nothing. */
  patchProperties(
    context: Context,
    nodeId: string,
    changes: ReadonlyMap<string, string | null>,
    modifiedAt?: number,
  ): Promise<void>;
  /** Dead properties of several nodes in one statement. */
  properties(nodeIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;

  /** Makes a root folder and its trash folder, and what is in it from the beginning; for workspaces. @throws invalid_input for an impossible name */
  createRoot(
    tx: SqlTransaction,
    root: {
      readonly rootId: string;
      readonly trashId: string;
      readonly name: string;
      readonly ownerId: string | null;
    },
    begin?: Beginning,
  ): Promise<void>;
  /** Takes an empty root away again, and its trash. @throws conflict (reason `not_empty`) while either holds anything */
  removeRoot(tx: SqlTransaction, root: { readonly rootId: string; readonly trashId: string }): Promise<void>;
  /** Duties: fold journal deltas into ancestors; purge old trash; thin old versions; finish purges and staged copies. @returns rows touched */
  rollUpSizes(signal: AbortSignal): Promise<number>;
  expireTrash(olderThanMs: number, signal: AbortSignal): Promise<number>;
  expireVersions(
    policy: { readonly keepDays: number; readonly keepLast: number },
    signal: AbortSignal,
  ): Promise<number>;
  finishInterrupted(signal: AbortSignal): Promise<number>;
  check(options: { readonly repair: boolean }): AsyncIterable<CheckFinding>;
}
