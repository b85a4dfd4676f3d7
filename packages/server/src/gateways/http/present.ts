import type { Node } from '@volvox/api';
import { namesOf, type Permissions } from '../../services/access/api.ts';
import type { Located, TreeNode } from '../../services/tree/api.ts';
import { mimeOf } from '../http-semantics/content-headers.ts';

/** A node as the wire contract has it. */
export function presentNode(node: TreeNode, workspaceId: string, permissions: Permissions): Node {
  const file = node.kind === 'file';
  return {
    id: node.id,
    parentId: node.parentId,
    workspaceId,
    name: node.name,
    kind: node.kind,
    size: node.size,
    mime: file ? mimeOf(node.name) : null,
    etag: node.etag,
    ...(file ? { sha256: node.sha256 } : {}),
    versionId: node.versionId,
    createdAt: node.createdAt,
    modifiedAt: node.modifiedAt,
    createdBy: node.createdBy,
    modifiedBy: node.modifiedBy,
    permissions: namesOf(permissions),
  };
}

/** With its path, and where it lies in the trash with what is known of that. */
export function presentLocated(located: Located): Node {
  const node = presentNode(located.node, located.workspace.id, located.permissions);
  if (located.trashed !== null) return { ...node, trashed: located.trashed };
  node.path = pathOf(located);
  return node;
}

export function pathOf(located: Located): string {
  return ['', located.workspace.slug, ...located.names].join('/');
}
