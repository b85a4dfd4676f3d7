/** From paths and ids to nodes, for reading. */
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { READ, type Permissions } from '../access/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { notFound } from './errors.ts';
import type { Located, Resolution, TrashInfo } from './api.ts';
import type { Tree } from './core.ts';
import { mountNamed } from './mounts.ts';
import { checkName, nameKey } from './names.ts';
import * as q from './queries.ts';
import { present, type NodeRow, type TrashRow } from './rows.ts';
import { FOLDER } from './tables.ts';
import * as v from './version-queries.ts';

const dayMs = 86_400_000;

export async function resolve(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  segments: readonly string[],
): Promise<Resolution> {
  const names = segments.map(checkName);
  const rootPermissions = await tree.access.decide(context.principal, [workspace.rootId]);
  if (!(rootPermissions & READ)) throw notFound();
  const [first] = names;
  const mount =
    workspace.mounted && first !== undefined ? await mountNamed(tree, context, workspace, first) : null;
  if (mount !== null) return belowMount(tree, context, workspace, mount, names);
  return belowRoot(tree, context, workspace, names);
}

async function belowRoot(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  names: readonly string[],
): Promise<Resolution> {
  const steps =
    tree.sql.dialect === 'sqlite'
      ? await stepDown(tree, workspace, names)
      : await descend(tree, workspace, names);
  const name = names.at(-1) ?? '';
  const { chain, node, parent } = steps;
  const [found, above] = await Promise.all([
    node === null ? null : readable(tree, context, workspace, node, chain, names),
    parent === null || parent.kind !== FOLDER
      ? null
      : readable(
          tree,
          context,
          workspace,
          parent,
          node === null ? chain : chain.slice(0, -1),
          names.slice(0, -1),
        ),
  ]);
  return { found, parent: above, name };
}

/** From the mount on by its home; `names[0]` is the name it shows under. */
async function belowMount(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  mount: Located,
  names: readonly string[],
): Promise<Resolution> {
  const below = names.slice(1);
  if (below.length === 0) {
    const { found } = await belowRoot(tree, context, workspace, []);
    return { found: mount, parent: found, name: mount.node.name };
  }
  const from = { rootId: mount.node.id };
  const { chain, node, parent } =
    tree.sql.dialect === 'sqlite' ? await stepDown(tree, from, below) : await descend(tree, from, below);
  const real = [...mount.chain, ...chain.slice(1)];
  const home = mount.workspace;
  const place = [...mount.names, ...below];
  const found = node === null ? null : await readable(tree, context, home, node, real, place);
  const name = below.at(-1) ?? '';
  if (parent === null || parent.kind !== FOLDER) return { found, parent: null, name };
  if (parent.id === mount.node.id) return { found, parent: mount, name };
  const above = node === null ? real : real.slice(0, -1);
  return { found, parent: await readable(tree, context, home, parent, above, place.slice(0, -1)), name };
}

/** Where to step down from. */
type From = Pick<WorkspaceRecord, 'rootId'>;

/** `chain`: down to the node, or to its parent where the node is missing. */
interface Steps {
  readonly chain: readonly string[];
  readonly node: NodeRow | null;
  readonly parent: NodeRow | null;
}

const nowhere: Steps = { chain: [], node: null, parent: null };

/** One prepared look-up a level: on SQLite a statement costs microseconds. */
async function stepDown(tree: Tree, from: From, names: readonly string[]): Promise<Steps> {
  const { reader } = tree.sql;
  let parentId = from.rootId;
  const chain = [parentId];
  for (const name of names.slice(0, -1)) {
    const child = await reader.get(q.childIdNamed, { parentId, key: nameKey(name) });
    if (child === undefined) return nowhere;
    chain.push((parentId = child.id));
  }
  const last = names.at(-1);
  const parent = (await reader.get(q.nodeById, { id: parentId })) ?? null;
  if (last === undefined) return { chain, node: parent, parent: null };
  const node = (await reader.get(q.childNamed, { parentId, key: nameKey(last) })) ?? null;
  if (node !== null) chain.push(node.id);
  return { chain, node, parent };
}

/** The same in one round trip. */
export async function descend(tree: Tree, from: From, names: readonly string[]): Promise<Steps> {
  const rows = await tree.sql.reader.all(q.descend, {
    rootId: from.rootId,
    keys: JSON.stringify(names.map(nameKey)),
  });
  if (rows.length < names.length) return nowhere;
  const chain = rows.map((row) => row.id);
  const node = rows[names.length] ?? null;
  return { chain, node, parent: names.length === 0 ? null : (rows[names.length - 1] ?? null) };
}

async function readable(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  row: NodeRow,
  chain: readonly string[],
  names: readonly string[],
): Promise<Located | null> {
  const permissions = await tree.access.decide(context.principal, chain);
  if (!(permissions & READ)) return null;
  return { node: present(row), chain, names, workspace, permissions, trashed: null };
}

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
  for (const [id, up] of climbed) {
    const root = up.at(-1);
    if (root === undefined || root.parent_id !== null) continue;
    const workspace = await tree.workspaceOfRoot(root.id);
    if (workspace === null) strays.set(id, up);
    else bases.set(id, { workspace, chain: idsDown(up), names: namesDown(up).slice(1), trash: null });
  }
  const tops = [...strays.values()].map((up) => up.at(-2)?.id ?? '').filter((id) => id !== '');
  if (tops.length === 0) return bases;
  const trash = await tree.sql.reader.all(v.trashOfMany, { nodeIds: tops });
  const byTop = new Map(trash.map((row) => [row.node_id, row]));
  for (const [id, up] of strays) {
    const row = byTop.get(up.at(-2)?.id ?? '');
    const base = row === undefined ? null : await trashedBase(tree, row, up.slice(0, -1));
    if (base !== null) bases.set(id, base);
  }
  return bases;
}

/** Rights in the trash are those of the place it was taken from; what is being purged is gone already. */
export async function trashedBase(
  tree: Tree,
  row: TrashRow,
  up: readonly q.ChainRow[],
): Promise<Base | null> {
  if (row.purging !== 0) return null;
  const workspace = await tree.workspaceOfRoot(row.root_id);
  if (workspace === null) return null;
  return {
    workspace,
    chain: [...chainOfTrash(row), ...idsDown(up)],
    names: [row.name, ...namesDown(up).slice(1)],
    trash: row,
  };
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
