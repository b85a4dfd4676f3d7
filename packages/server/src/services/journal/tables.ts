export interface JournalTable {
  /** Position; on PostgreSQL and MySQL null until the row is stamped (README). */
  seq: number;
  id: string;
  at: number;
  kind: string;
  actor_id: string | null;
  node_id: string | null;
  parent_id: string | null;
  workspace_id: string | null;
  /** JSON */
  before: string | null;
  /** JSON */
  after: string | null;
  bytes: number;
  files: number;
  /** JSON of a JournalOrigin. */
  origin: string | null;
}

export interface FollowerCursorsTable {
  name: string;
  /** Everything up to here is handled. */
  position: number;
  /** 1: a rebuild was asked for and is not done yet. */
  rebuilding: number;
  error: string | null;
  updated_at: number;
}

/** Rows that a follower could not handle, however often it tried, and has passed over. */
export interface ParkedRowsTable {
  follower: string;
  seq: number;
  error: string;
  parked_at: number;
}

export interface JournalTables {
  journal: JournalTable;
  journal_head: { id: number };
  follower_cursors: FollowerCursorsTable;
  parked_rows: ParkedRowsTable;
}
