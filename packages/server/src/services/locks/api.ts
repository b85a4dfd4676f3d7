import type { Context } from '../../kernel/context.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';

/** A WebDAV lock (RFC 4918 section 6), held in SQL, honoured by every door. */
export interface Lock {
  /** `urn:uuid:...` */
  readonly token: string;
  readonly nodeId: string;
  readonly scope: 'exclusive' | 'shared';
  readonly depth: '0' | 'infinity';
  /** The client's owner element as XML text. */
  readonly owner: string;
  readonly userId: string | null;
  readonly expiresAt: number;
}

export interface LocksService {
  /** @throws locked where an existing lock on the node, above (depth infinity) or, for depth infinity, below conflicts */
  lock(
    tx: SqlTransaction,
    context: Context,
    chain: readonly string[],
    input: Pick<Lock, 'scope' | 'depth' | 'owner'> & { readonly timeoutMs: number },
  ): Promise<Lock>;
  /**
   * The same on a node that is there already, in a transaction of its own (a gateway has none): checks WRITE on the chain in it.
   * @throws not_found if the node is gone, forbidden without WRITE, locked as `lock` does
   */
  acquire(
    context: Context,
    chain: readonly string[],
    input: Pick<Lock, 'scope' | 'depth' | 'owner'> & { readonly timeoutMs: number },
  ): Promise<Lock>;
  /** @throws precondition_failed if there is no such lock covering the chain */
  refresh(context: Context, chain: readonly string[], token: string, timeoutMs: number): Promise<Lock>;
  /** Only by the user who took it. @throws conflict if the token does not lock this, forbidden if it is another's */
  unlock(context: Context, chain: readonly string[], token: string): Promise<void>;
  /** Locks that cover the node, inherited ones included. */
  covering(reader: SqlReader | null, chain: readonly string[]): Promise<readonly Lock[]>;
  /** Locks set directly on these nodes, for listings: one statement. */
  onNodes(nodeIds: readonly string[]): Promise<ReadonlyMap<string, readonly Lock[]>>;
  /**
   * Inside a write: `content` = the node itself changes, `members` = names inside the last node of the chain change, `subtree` = the
   * node and everything below goes away. A tree without any lock costs one statement. @throws locked unless context.lockTokens holds the token and the lock is the user's own
   */
  require(
    tx: SqlReader,
    context: Context,
    chain: readonly string[],
    change: 'content' | 'members' | 'subtree',
  ): Promise<void>;
  /** Locks of nodes that went away. */
  removeFor(tx: SqlTransaction, nodeIds: readonly string[]): Promise<void>;
  expire(): Promise<number>;
}

/** Inside a transaction: the chain is as it stands now and the principal may write the node. @throws not_found, forbidden */
export type ChainCheck = (tx: SqlReader, context: Context, chain: readonly string[]) => Promise<void>;

/** What the locks need of the tree is handed in by the tree when it starts: the tree needs locks to start at all. */
export interface TreeBoundLocks extends LocksService {
  bindTree(check: ChainCheck): void;
}
