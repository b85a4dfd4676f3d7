import type { Change } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import { RECEIVED_ROOT } from '../../services/access/api.ts';
import type { JournalRow } from '../../services/journal/api.ts';
import type { Services } from '../contract.ts';

type Needs = Pick<Services, 'tree' | 'workspaces'>;

/**
 * Journal rows as far as somebody may see them now: of nodes that may be read, identity's only for admins. Nothing of a
 * place that may not be read shows through `before` or `after`. One look-up for a whole batch.
 */
export async function visibleChanges(
  services: Needs,
  context: Context,
  rows: readonly JournalRow[],
): Promise<Change[]> {
  if (rows.length === 0) return [];
  const roots = await rootsOf(services, rows);
  const asked = new Set<string>(roots.values());
  for (const row of rows) {
    for (const id of [row.nodeId, row.parentId, formerParent(row)]) if (id !== null) asked.add(id);
  }
  const located = await services.tree.locateMany(context, [...asked]);
  const readable = new Set(located.map((one) => one.node.id));
  const { principal } = context;
  const admin = principal.admin && principal.scopes.includes('admin');
  return rows.flatMap(
    (row) => show(row, readable, roots, admin) ?? (concerns(row, principal) ? present(row, ownAccess) : []),
  );
}

function show(
  row: JournalRow,
  readable: ReadonlySet<string>,
  roots: ReadonlyMap<string, string>,
  admin: boolean,
): Change | null {
  if (row.kind === 'node.purged') {
    // The nodes are gone; who may read the workspace may know that its trash shrank.
    const root = row.workspaceId === null ? undefined : roots.get(row.workspaceId);
    return root !== undefined && readable.has(root) ? present(row, { before: idsOnly(row) }) : null;
  }
  if (row.nodeId === null) return admin ? present(row, {}) : null;
  if (aboutAccess.test(row.kind))
    return readable.has(row.nodeId) ? present(row, admin ? {} : { before: null, after: null }) : null;
  const former = formerParent(row);
  const formerVisible = former !== null && readable.has(former);
  if (!readable.has(row.nodeId)) {
    // Moved out of sight, from a folder in which it may have been hidden: its name is nobody's business.
    const left = formerVisible && former !== row.parentId;
    return left ? present(row, { parentId: former, before: { parentId: former }, after: null }) : null;
  }
  return present(row, former === null || formerVisible ? {} : { before: null });
}

const aboutAccess = /^(access|share|cell)\./;

/** That something was given to somebody or taken from them, and no more: what it was they may not see. */
const ownAccess: Partial<Change> = { nodeId: null, parentId: RECEIVED_ROOT, before: null, after: null };

function concerns({ kind, before, after }: JournalRow, { roles }: Principal): boolean {
  if (!aboutAccess.test(kind)) return false;
  const roleId = after?.['roleId'] ?? before?.['roleId'];
  return typeof roleId === 'string' && roles.includes(roleId);
}

/** Where a moved or trashed node was. */
function formerParent(row: JournalRow): string | null {
  if (row.kind !== 'node.moved') return null;
  const id = row.before?.['parentId'];
  return typeof id === 'string' ? id : null;
}

function idsOnly(row: JournalRow): Change['before'] {
  return { ids: row.before?.['ids'] ?? [] };
}

async function rootsOf(services: Needs, rows: readonly JournalRow[]): Promise<Map<string, string>> {
  const roots = new Map<string, string>();
  for (const { kind, workspaceId } of rows) {
    if (kind !== 'node.purged' || workspaceId === null || roots.has(workspaceId)) continue;
    const workspace = await services.workspaces.byId(workspaceId);
    if (workspace !== null) roots.set(workspaceId, workspace.rootId);
  }
  return roots;
}

function present(row: JournalRow, instead: Partial<Change>): Change {
  return {
    seq: row.seq,
    id: row.id,
    at: row.at,
    kind: row.kind,
    actorId: row.actorId,
    nodeId: row.nodeId,
    parentId: row.parentId,
    workspaceId: row.workspaceId,
    before: row.before,
    after: row.after,
    ...instead,
  };
}
