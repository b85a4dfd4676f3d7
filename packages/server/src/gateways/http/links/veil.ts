/** What a visitor is not told of a node: who made it, which workspace it is in, what is above the link's roots. */
import type { Node } from '@volvox/api';
import type { Confinement } from '../../../kernel/context.ts';

const nowhere = '00000000-0000-0000-0000-000000000000';

/** Every node in an answer, at any depth of it. */
export function veiled(answer: unknown, confined: Confinement): unknown {
  if (Array.isArray(answer)) return answer.map((item) => veiled(item, confined));
  if (typeof answer !== 'object' || answer === null) return answer;
  const entries = Object.entries(answer).map(([key, value]) => [key, veiled(value, confined)] as const);
  const { path, ...rest } = Object.fromEntries(entries);
  if (isNode(answer)) return { ...rest, ...hidden(answer, confined) };
  return path === undefined ? rest : { ...rest, path };
}

function isNode(value: object): value is Node {
  return 'workspaceId' in value && 'parentId' in value && 'permissions' in value;
}

function hidden(node: Node, { roots }: Confinement): Partial<Node> {
  return {
    workspaceId: nowhere,
    parentId: roots.has(node.id) ? null : node.parentId,
    createdBy: null,
    modifiedBy: null,
  };
}
