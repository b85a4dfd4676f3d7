/** Rows of the tree. Times are milliseconds; ids are UUIDv7 as text. */
export interface TreeTables {
  nodes: NodesTable;
  roots: RootsTable;
  versions: VersionsTable;
  trash: TrashTable;
  node_properties: NodePropertiesTable;
  staged_copies: StagedCopiesTable;
  size_rollup: SizeRollUpTable;
}

export const FOLDER = 0;
export const FILE = 1;

export interface NodesTable {
  id: string;
  /** null: a root, a trash folder, or a copy that is not attached yet */
  parent_id: string | null;
  /** As it was sent: clients find it by the very bytes. */
  name: string;
  /** The name in NFC, unique in its folder: spellings that look alike are one name. */
  name_key: string;
  sort_key: string;
  /** The folded name where it differs from sort_key. */
  folded: string | null;
  /** 0 folder, 1 file: folders come first in listings. */
  kind: number;
  version_id: string | null;
  /** bytes; of a folder: of all files below as of `size_rollup.position` */
  size: number;
  /** number of files below, likewise; 0 for a file */
  files: number;
  sha256: string | null;
  created_at: number;
  modified_at: number;
  created_by: string | null;
  modified_by: string | null;
}

export interface RootsTable {
  root_id: string;
  trash_id: string;
}

export interface VersionsTable {
  id: string;
  node_id: string;
  size: number;
  sha256: string | null;
  created_at: number;
  created_by: string | null;
}

/** One row for each thing directly in a trash folder, where its node is named by its id. */
export interface TrashTable {
  node_id: string;
  root_id: string;
  parent_id: string;
  name: string;
  deleted_at: number;
  deleted_by: string | null;
  from_path: string;
  /** JSON: ids from the workspace root down to the folder it lay in. Rules set there go on holding. */
  chain: string;
  /** 1: being removed for good; no longer shown. */
  purging: number;
}

export interface NodePropertiesTable {
  node_id: string;
  name: string;
  value: string;
}

/** A large copy under way; `touched_at` is its sign of life. */
export interface StagedCopiesTable {
  top_id: string;
  touched_at: number;
}

/** One row: up to where in the journal sizes are folded in. */
export interface SizeRollUpTable {
  id: number;
  position: number;
  /** Nothing looks at it any more: `services/jobs` fences every duty. */
  fence: number;
}
