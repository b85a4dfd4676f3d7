import type { ShareRole } from '@volvox/api';

/** What a right came by. */
export type Via = `share:${string}` | `cell:${string}`;

export interface ShareRow {
  id: string;
  node_id: string;
  role_id: string;
  role: ShareRole;
  created_at: number;
  /** null: gone, and nobody took it over */
  created_by: string | null;
  expires_at: number | null;
  message: string;
  /** What whoever made it may share by: `share:<id>` or `cell:<id>`; null: rules. */
  via: Via | null;
}

export interface CellRow {
  /** Of the workspace. */
  id: string;
  /** null: gone, and nobody took it over: administrators have it */
  owner_id: string | null;
  owner_role_id: string | null;
  description: string;
  color: string;
  icon: string;
  ends_at: number | null;
  created_at: number;
}

export interface CellMemberRow {
  cell_id: string;
  role_id: string;
  role: ShareRole;
  added_at: number;
}

/** What those who lost a role passed on by it and nobody has looked at yet. */
export interface ShareReviewRow {
  id: string;
  /** Ids, as JSON. */
  users: string;
  /** Ids of the nodes where the role had a say, as JSON. */
  places: string;
  /** Ids of roles that are no more, as JSON; null: none, and what an older program wrote. */
  gone: string | null;
  /** Of the next user. */
  position: number;
  /** The last share of theirs that was looked at; '': none. */
  after_id: string;
  actor_id: string | null;
}

export interface CollaborationTables {
  shares: ShareRow;
  share_reviews: ShareReviewRow;
  share_hidden: { user_id: string; share_id: string };
  cells: CellRow;
  cell_members: CellMemberRow;
}
