/** Rules and grants along the way to a node, page by page: those of the node, then those of the folders above, the nearest first. */
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import * as queries from './page-queries.ts';
import type { NamedGrantRow, NamedRuleRow } from './queries.ts';

/** Rules of one node, or its grants; `after`: the last of them that was on the page before. */
interface Section {
  readonly nodeId: string;
  readonly kind: 'rules' | 'grants';
  readonly after: string;
}

interface Found {
  readonly rules: readonly NamedRuleRow[];
  readonly grants: readonly NamedGrantRow[];
  readonly next: string | null;
}

/** Two statements for each node that has any, until the page is full. @throws invalid_input for a cursor of another list */
export async function rulesPage(
  reader: SqlReader,
  chain: readonly string[],
  { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  now: number,
): Promise<Found> {
  const rules: NamedRuleRow[] = [];
  const grants: NamedGrantRow[] = [];
  const having = new Set(
    (await reader.all(queries.nodesAmong, { nodes: chain, now })).map((row) => row.node_id),
  );
  for (const { nodeId, kind, after } of sectionsFrom(chain.toReversed(), cursor)) {
    if (!having.has(nodeId)) continue;
    const left = limit - rules.length - grants.length;
    const asked = { nodeId, after, limit: left + 1 };
    if (kind === 'rules') {
      const rows = await reader.all(queries.rulesAfter, asked);
      rules.push(...rows.slice(0, left));
      if (rows.length > left)
        return { rules, grants, next: cursorOf(nodeId, kind, rows[left - 1]?.role_id ?? after) };
    } else {
      const rows = await reader.all(queries.namedGrantsAfter, { ...asked, now });
      grants.push(...rows.slice(0, left));
      if (rows.length > left)
        return { rules, grants, next: cursorOf(nodeId, kind, rows[left - 1]?.id ?? after) };
    }
  }
  return { rules, grants, next: null };
}

function sectionsFrom(nodes: readonly string[], cursor: string | undefined): readonly Section[] {
  const kinds = ['rules', 'grants'] as const;
  const all = nodes.flatMap((nodeId) => kinds.map((kind) => ({ nodeId, kind, after: '' })));
  if (cursor === undefined) return all;
  const [nodeId, kind, after = ''] = cursor.split('.');
  const at = all.findIndex((section) => section.nodeId === nodeId && section.kind === kind);
  const first = all[at];
  if (first === undefined) throw new AppError('invalid_input', 'the cursor does not belong to this list');
  return [{ ...first, after }, ...all.slice(at + 1)];
}

function cursorOf(nodeId: string, kind: Section['kind'], after: string): string {
  return `${nodeId}.${kind}.${after}`;
}
