/** Rows of the locks service. `lock_chain` holds a lock's node and every folder above it: what lies below a folder is one look-up. */
export interface LockTables {
  locks: LocksTable;
  lock_chain: LockChainTable;
  lock_guards: LockGuardsTable;
}

export interface LocksTable {
  token: string;
  node_id: string;
  root_id: string;
  scope: 'exclusive' | 'shared';
  depth: '0' | 'infinity';
  owner: string;
  user_id: string | null;
  expires_at: number;
}

export interface LockChainTable {
  node_id: string;
  token: string;
}

/** One row per root: takers of locks in one workspace wait for one another. */
export interface LockGuardsTable {
  root_id: string;
  turns: number;
}
