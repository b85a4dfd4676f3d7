/** How rows become what callers see. */
import { FOLDER, type NodesTable, type TrashTable, type VersionsTable } from './tables.ts';
import type { TreeNode } from './api.ts';

export type NodeRow = { [K in keyof NodesTable]: NodesTable[K] };
export type TrashRow = { [K in keyof TrashTable]: TrashTable[K] };
export type VersionRow = { [K in keyof VersionsTable]: VersionsTable[K] };

export function present(row: NodeRow): TreeNode {
  const folder = row.kind === FOLDER;
  return {
    id: row.id,
    parentId: row.parent_id,
    name: row.name,
    kind: folder ? 'folder' : 'file',
    size: row.size,
    versionId: row.version_id,
    sha256: row.sha256,
    etag: folder ? `"${row.id}-${row.modified_at}"` : `"${row.version_id ?? row.id}"`,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    createdBy: row.created_by,
    modifiedBy: row.modified_by,
  };
}

export function kindOf(row: Pick<NodeRow, 'kind'>): 'folder' | 'file' {
  return row.kind === FOLDER ? 'folder' : 'file';
}
