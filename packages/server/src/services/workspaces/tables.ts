export interface WorkspaceRow {
  id: string;
  slug: string;
  name: string;
  kind: 'personal' | 'common' | 'shared';
  owner_id: string | null;
  /** The owner's id, or '' for what belongs to nobody: slugs are unique within it. */
  owner_key: string;
  root_id: string;
  trash_id: string;
  quota: number | null;
  created_at: number;
}

export interface WorkspacesTables {
  workspaces: WorkspaceRow;
}
