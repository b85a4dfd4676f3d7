import type {
  Body,
  Cell,
  CellDetail,
  EffectiveAccess,
  GivenShare,
  NodeShares,
  ReceivedShare,
  Routes,
  Share,
  ShareRole,
} from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import type { Located } from '../tree/api.ts';

export type NewShare = Body<Routes['createShare']>;
export type ShareChange = Body<Routes['updateShare']>;
export type NewCell = Body<Routes['createCell']>;
export type CellChange = Body<Routes['updateCell']>;

export interface PageQuery {
  readonly q?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Of a list of shares: with the node as the asker sees it. */
export type Received = Omit<ReceivedShare, 'node'> & { readonly located: Located };
export type Given = Omit<GivenShare, 'node'> & { readonly located: Located | null };

/**
 * What people give each other: shares of nodes, and Cells. Rights are grants of the access service; nobody gives more than what they have, and
 * what was passed on goes when its way to it does (`review.ts`).
 */
export interface CollaborationService {
  /** Nodes that were shared with somebody and not declined, theirs not among them. Warm: no SQL. */
  received(principal: Principal): Promise<readonly string[]>;

  /** @throws not_found, forbidden without SHARE or with less than is given, conflict (`shared_already`, `self`, `cell`, `trashed`) */
  share(context: Context, nodeId: string, input: NewShare): Promise<Share>;
  /** By whoever may share the node, and gives no more than what they have. */
  updateShare(context: Context, id: string, change: ShareChange): Promise<Share>;
  /** By whoever made it, or may share the node. */
  revokeShare(context: Context, id: string): Promise<void>;
  /** As the receiver. @throws not_found for what is not shared with the asker */
  hideShare(context: Context, id: string, hidden: boolean): Promise<void>;
  /** @throws forbidden without SHARE */
  sharesOf(context: Context, nodeId: string): Promise<NodeShares>;
  receivedShares(context: Context, query: PageQuery & { readonly hidden?: boolean }): Promise<Page<Received>>;
  givenShares(context: Context, query: PageQuery & { readonly role?: ShareRole }): Promise<Page<Given>>;
  /** Of these nodes, those that are shared with somebody and that the asker may share. */
  sharedAmong(context: Context, nodeIds: readonly string[]): Promise<readonly string[]>;
  /** By name of who may. @throws forbidden without SHARE */
  accessOf(context: Context, nodeId: string, query: PageQuery): Promise<Page<EffectiveAccess>>;
  /** Removes shares that ended long ago. @returns rows */
  expire(): Promise<number>;
  /** Ends what many passed on by a role that they lost at once, and a node that is gone did not get to. @returns batches */
  finishReviews(signal: AbortSignal): Promise<number>;

  /** Ids of the owners of cells, by cell; for admins. */
  ownersOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Roles of the owners and members, as they were added, of the cells that somebody is in now. */
  cellmates(reader: SqlReader, principal: Principal): Promise<readonly string[]>;
  cells(context: Context): Promise<readonly Cell[]>;
  cell(context: Context, id: string): Promise<CellDetail>;
  createCell(context: Context, input: NewCell): Promise<CellDetail>;
  updateCell(context: Context, id: string, change: CellChange): Promise<CellDetail>;
  /** @throws conflict (`not_empty`) while it holds files of its own */
  deleteCell(context: Context, id: string): Promise<void>;
  setMember(context: Context, id: string, roleId: string, role: ShareRole): Promise<CellDetail>;
  removeMember(context: Context, id: string, roleId: string): Promise<CellDetail>;
  leaveCell(context: Context, id: string): Promise<void>;
  handOver(context: Context, id: string, userId: string): Promise<CellDetail>;
  addMounts(context: Context, id: string, nodeIds: readonly string[]): Promise<CellDetail>;
  /** By managers, by whoever added it, and by whoever may share the thing itself. */
  removeMount(context: Context, id: string, nodeId: string): Promise<void>;
}
