export interface WorkspaceRow {
  id: string;
  slug: string;
  name: string;
  kind: 'personal' | 'common' | 'shared' | 'cell' | 'received';
  owner_id: string | null;
  /** The owner's id, or '' for what belongs to nobody: slugs are unique within it. */
  owner_key: string;
  root_id: string;
  trash_id: string;
  quota: number | null;
  created_at: number;
  /** 1: shows nodes of other homes at its root. */
  mounted: number;
  /** When an admin put it away; null: in use. */
  archived_at: number | null;
}

export interface WorkspaceMountRow {
  workspace_id: string;
  node_id: string;
  /** Who added it, null: an admin's doing, or somebody who is gone. */
  added_by: string | null;
  added_at: number;
  /** What whoever added it could pass on; 0 where rules give the rights. */
  allow: number;
  /** The share or cell that whoever added it may share by, as `share:<id>`. */
  via: string | null;
  /** The end of what it leans on. */
  ends_at: number | null;
}

export interface WorkspacesTables {
  workspaces: WorkspaceRow;
  workspace_mounts: WorkspaceMountRow;
}
