import type { Json } from '../../stores/config/contract.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { JournalOrigin } from './origins.ts';

export { followPurges, purgedIds } from './purges.ts';
export { attribute, originOfAsker, type Asker, type JournalOrigin } from './origins.ts';
export { differences } from './differences.ts';

/** Every kind of change. Payloads are versioned by adding fields, never by changing the meaning of one. */
export type JournalKind =
  | 'node.created' // after: {name, kind, size?, versionId?}
  | 'node.updated' // new content. before/after: {versionId, size}
  | 'node.moved' // renames too. before/after: {parentId, name, workspaceId}
  | 'node.copied' // the new node, whole subtree under it. after: {name, kind, sourceId}
  | 'node.trashed' // before: {parentId, name}
  | 'node.restored' // after: {parentId, name}
  | 'node.purged' // one row a batch. before: {ids: [...], name?}
  | 'node.properties' // dead properties, times
  | 'version.deleted'
  | 'workspace.created'
  | 'workspace.updated' // before/after: {name, slug, quota, archived, ownerId}, of a further root {mountId, mount: its name} as well
  | 'workspace.deleted'
  | 'user.created' // after: {userId, login, displayName, kind, admin, groupId, email, quota, expiresAt}
  | 'user.updated' // before/after: {userId, login, displayName, what differs}; after: {fields}, secrets by name only
  | 'user.deleted' // before: {userId, login, displayName}
  | 'group.created'
  | 'group.updated' // before/after: {groupId, name, parentId} or {groupId, name, userId, login, displayName, manages}
  | 'group.deleted'
  | 'role.created' // assigned roles. after: {roleId, label, description, autoGroupId, autoAttribute, autoValue}
  | 'role.updated' // before/after: {roleId, label, what differs} or {order: [ids], labels: [...]}
  | 'role.deleted' // before: as of role.created
  | 'role.assigned' // before (where it was)/after: {roleId, label, subjectId, kind, login or null, name, expiresAt}
  | 'role.unassigned' // before: the same
  | 'team.created' // after: {teamId, name, ownerId}
  | 'team.updated' // before/after: {teamId, name, what differs} or of a member {teamId, name, userId, displayName, manager, expiresAt}
  | 'team.deleted'
  | 'link.created' // public links; nodeId is null. after: {linkId, label, ownerId, ownerName, kind, permissions, expiresAt, disabled, ...}
  | 'link.updated' // before/after: {linkId, label, ownerId, ownerName, kind, what differs}; after: {password?: set, changed or removed; address?: changed}
  | 'link.deleted'
  | 'share.created' // after: {roleId, roleName, role, expiresAt}
  | 'share.updated' // before/after: {roleId, roleName, role, expiresAt}
  | 'share.revoked' // before: {roleId, roleName, role, expiresAt}
  | 'cell.updated' // its members, mounts, end or owner; of the cell's root
  | 'access.changed' // of a node. before: null or what was there; after: {roleId, roleName, and allow, deny | grant, source, ... | policy}
  | 'policy.changed';

export interface JournalEntry {
  readonly kind: JournalKind;
  /** null: whoever the transaction is attributed to. */
  readonly actorId: string | null;
  readonly nodeId: string | null;
  /** The folder whose listing changes (of a move: the new one). */
  readonly parentId: string | null;
  readonly workspaceId: string | null;
  readonly before: { readonly [key: string]: Json } | null;
  readonly after: { readonly [key: string]: Json } | null;
  /** What the change adds to the size of `parentId` and its ancestors (of a move: to the new ones, taken from the old ones). Bytes and files. */
  readonly bytes: number;
  readonly files: number;
}

export interface JournalRow extends JournalEntry {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  /** Where the request came from; null: nobody's, or before it was kept. For records, not for ordinary clients. */
  readonly origin: JournalOrigin | null;
}

/** A follower gets every row at least once, in order, and must be idempotent. */
export interface Follower {
  readonly name: string;
  /** At most `batchSize` rows. Resolves when their effect is kept; the cursor moves then. Throwing retries with back-off. */
  handle(rows: readonly JournalRow[], signal: AbortSignal): Promise<void>;
  /** Builds everything anew from SQL while `handle` goes on with newer rows afterwards. */
  rebuild?(signal: AbortSignal): Promise<void>;
  readonly batchSize: number;
  /** A row that cannot be handled holds up those behind it for ever, instead of being parked after many tries. */
  readonly mustNotSkip?: boolean;
}

export interface FollowerStatus {
  readonly name: string;
  readonly position: number;
  readonly head: number;
  readonly lag: number;
  readonly rebuilding: boolean;
  readonly error: string | null;
  /** Rows that were passed over, as they failed alone and again; a rebuild forgets them. */
  readonly parked: number;
}

export interface JournalService {
  /**
   * Appends inside the caller's transaction and rings the broker after the commit. Where the request came from is said by `attribute`.
   * @returns the row's id
   */
  append(tx: SqlTransaction, entry: JournalEntry): Promise<string>;
  /** The last position; 0 if none. All that was committed before the call is up to it. */
  head(): Promise<number>;
  /** Rows after `after`, in order; nothing is missing of what was committed before the call. */
  read(after: number, limit: number): Promise<readonly JournalRow[]>;
  /** Follows from where the name's cursor stands; a new name starts at `from`. One runner per name in the cluster. */
  follow(follower: Follower, from?: 'start' | 'head'): void;
  /** Rewinds by running `rebuild`, then goes on from the head read before it. @throws not_found */
  rebuild(name: string): Promise<void>;
  followers(): Promise<readonly FollowerStatus[]>;
  /** Resolves when every follower has handled everything up to the head of now; for tests and shutdown. */
  settled(signal?: AbortSignal): Promise<void>;
  /** Called on this node soon after any commit anywhere (the broker's ring), coalesced. For live updates. */
  onRing(listener: () => void): () => void;
}
