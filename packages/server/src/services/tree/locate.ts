/** From ids to nodes, for reading. */
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { READ, type Permissions } from '../access/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { notFound } from './errors.ts';
import type { Located, TrashInfo } from './api.ts';
import type { Tree } from './core.ts';
import * as q from './queries.ts';
import { present, type NodeRow, type TrashRow } from './rows.ts';
import * as v from './version-queries.ts';

const dayMs = 86_400_000;

export async function locate(
  tree: Tree,
  context: Context,
  nodeId: string,
  need: Permissions = READ,
): Promise<Located> {
  const [located] = await locateMany(tree, context, [nodeId]);
  if (located === undefined) throw notFound();
  if ((located.permissions & need) !== need) throw new AppError('forbidden', 'you may not do this here');
  return located;
}

/** Several statements see several moments: what was moved, merged or restored between them is looked up once more. */
export async function locateMany(
  tree: Tree,
  context: Context,
  ids: readonly string[],
): Promise<readonly Located[]> {
  if (ids.length === 0) return [];
  const first = await locateNow(tree, context, [...new Set(ids)]);
  if (first.astray.length === 0) return first.found;
  const second = await locateNow(tree, context, first.astray);
  const byId = new Map([...first.found, ...second.found].map((located) => [located.node.id, located]));
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

interface Looked {
  readonly found: Located[];
  /** Of those that are there: whose way up leads nowhere, as far as these statements saw. */
  readonly astray: string[];
}

async function locateNow(tree: Tree, context: Context, ids: readonly string[]): Promise<Looked> {
  const { reader } = tree.sql;
  const [first = ''] = ids;
  const one = ids.length === 1;
  const rows = one ? await single(tree, first) : await reader.all(q.nodesByIds, { ids });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const climbed = one
    ? new Map([[first, await reader.all(q.climb, { id: first })]])
    : await climbFrom(tree, rows);
  const bases = await basesOf(tree, climbed);
  const looked: Looked = { found: [], astray: [] };
  for (const id of ids) {
    const row = byId.get(id);
    if (row === undefined) continue;
    const base = bases.get(id);
    if (base === undefined) {
      looked.astray.push(id);
      continue;
    }
    // What somebody threw away is no longer shown to the world by a link.
    if (base.trash !== null && context.principal.confined !== undefined) continue;
    const { principal } = context;
    const decided = await tree.access.decide(principal, base.chain);
    const permissions = base.workspace.archived ? archivedBits(principal, decided) : decided;
    if (permissions & READ) looked.found.push(locatedAt(tree, row, base, permissions));
  }
  return looked;
}

/** What was put away: admins read it, nobody else meets it. */
function archivedBits({ admin }: Principal, decided: Permissions): Permissions {
  return admin ? decided & READ : 0;
}

/** The ways up of many nodes. Most of them share a folder, so it is the folders that are climbed from. */
async function climbFrom(tree: Tree, rows: readonly NodeRow[]): Promise<Map<string, readonly q.ChainRow[]>> {
  const parents = new Set(rows.map((row) => row.parent_id).filter((id) => id !== null));
  const above = Map.groupBy(
    await tree.sql.reader.all(q.climbMany, { ids: [...parents] }),
    (row) => row.origin,
  );
  return new Map(rows.map((row) => [row.id, [row, ...(above.get(row.parent_id ?? '') ?? [])]]));
}

async function single(tree: Tree, id: string): Promise<NodeRow[]> {
  const row = await tree.sql.reader.get(q.nodeById, { id });
  return row === undefined ? [] : [row];
}

interface Base {
  readonly workspace: WorkspaceRecord;
  readonly chain: readonly string[];
  readonly names: readonly string[];
  /** The thing in the trash that the node is, or lies in. */
  readonly trash: TrashRow | null;
}

async function basesOf(
  tree: Tree,
  climbed: ReadonlyMap<string, readonly q.ChainRow[]>,
): Promise<Map<string, Base>> {
  const bases = new Map<string, Base>();
  const strays = new Map<string, readonly q.ChainRow[]>();
  const roots = [...climbed.values()].flatMap((up) => up.at(-1)?.id ?? []);
  const workspaces = await tree.workspacesOfRoots([...new Set(roots)]);
  for (const [id, up] of climbed) {
    const root = up.at(-1);
    if (root === undefined || root.parent_id !== null) continue;
    const workspace = workspaces.get(root.id);
    if (workspace === undefined) strays.set(id, up);
    else bases.set(id, { workspace, chain: idsDown(up), names: namesDown(up).slice(1), trash: null });
  }
  const tops = [...strays.values()].map((up) => up.at(-2)?.id ?? '').filter((id) => id !== '');
  if (tops.length === 0) return bases;
  const trash = await tree.sql.reader.all(v.trashOfMany, { nodeIds: tops });
  const byTop = new Map(trash.map((row) => [row.node_id, row]));
  const homes = await tree.workspacesOfRoots([...new Set(trash.map((row) => row.root_id))]);
  for (const [id, up] of strays) {
    const row = byTop.get(up.at(-2)?.id ?? '');
    const base = row === undefined ? null : trashedBase(homes.get(row.root_id), row, up.slice(0, -1));
    if (base !== null) bases.set(id, base);
  }
  return bases;
}

/**
 * Rights in the trash are those of the place it was taken from; what is being purged is gone already.
 * @param workspace the one of the row's root
 */
export function trashedBase(
  workspace: WorkspaceRecord | null | undefined,
  row: TrashRow,
  up: readonly q.ChainRow[],
): Base | null {
  if (row.purging !== 0 || workspace == null) return null;
  return {
    workspace,
    chain: [...chainOfTrash(row), ...idsDown(up)],
    names: [row.name, ...namesDown(up).slice(1)],
    trash: row,
  };
}

/** Where a node hangs, or hung before it was thrown away, whether or not its workspace is put away; null: gone, or being purged. */
export async function chainIn(
  tree: Tree,
  reader: SqlReader,
  nodeId: string,
): Promise<readonly string[] | null> {
  const up = await reader.all(q.climb, { id: nodeId });
  const root = up.at(-1);
  if (root === undefined || root.parent_id !== null) return null;
  if ((await tree.workspaceOfRoot(root.id)) !== null) return idsDown(up);
  const row = await reader.get(v.trashOf, { nodeId: up.at(-2)?.id ?? '' });
  if (row === undefined) return null;
  return trashedBase(await tree.workspaceOfRoot(row.root_id), row, up.slice(0, -1))?.chain ?? null;
}

export function chainOfTrash(row: TrashRow): readonly string[] {
  const ids: unknown = JSON.parse(row.chain);
  if (!Array.isArray(ids)) throw new AppError('corrupt', `the trash row of ${row.node_id} is damaged`);
  return ids.filter((id) => typeof id === 'string');
}

/** A thing in the trash shows the name it had. */
export function locatedAt(tree: Tree, row: NodeRow, base: Base, permissions: Permissions): Located {
  const { workspace, chain, names, trash } = base;
  const node = present(row.id === trash?.node_id ? { ...row, name: trash.name } : row);
  return {
    node,
    chain,
    names,
    workspace,
    permissions,
    trashed: trash === null ? null : trashInfo(tree, trash),
  };
}

function trashInfo(tree: Tree, row: TrashRow): TrashInfo {
  const days = tree.settings.get('trash.keepDays');
  return {
    at: row.deleted_at,
    by: row.deleted_by,
    from: row.from_path,
    purgeAt: days > 0 ? row.deleted_at + days * dayMs : null,
  };
}

function idsDown(up: readonly q.ChainRow[]): string[] {
  return up.map((row) => row.id).reverse();
}

function namesDown(up: readonly q.ChainRow[]): string[] {
  return up.map((row) => row.name).reverse();
}
