import type { Node } from '@volvox/api';
import type { Principal } from '../../kernel/context.ts';
import { namesOf, READ, type AccessService, type Permissions } from '../../services/access/api.ts';
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

/**
 * With its path, and where it lies in the trash with what is known of that. A path names the folders above: it is left out where one of
 * them may not be read.
 */
export async function presentLocated(
  access: Pick<AccessService, 'decide'>,
  principal: Principal,
  located: Located,
): Promise<Node> {
  const node = presentNode(located.node, located.workspace.id, located.permissions);
  const { trashed, chain } = located;
  const hidden = (await readableAbove(access, principal, chain)).includes(false);
  if (trashed !== null) return { ...node, trashed: hidden ? { ...trashed, from: node.name } : trashed };
  if (!hidden) node.path = pathOf(located);
  return node;
}

/** Of each folder above a node, from the root down, whether it may be read: a rule further down may allow what none above does. */
export async function readableAbove(
  access: Pick<AccessService, 'decide'>,
  principal: Principal,
  chain: readonly string[],
): Promise<readonly boolean[]> {
  const above: boolean[] = [];
  for (let length = 1; length < chain.length; length++)
    above.push(((await access.decide(principal, chain.slice(0, length))) & READ) !== 0);
  return above;
}

export function pathOf(located: Located): string {
  return ['', located.workspace.slug, ...located.names].join('/');
}
