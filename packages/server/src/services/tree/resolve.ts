/** From paths to nodes, for reading. */
import type { Context } from '../../kernel/context.ts';
import { READ } from '../access/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { notFound } from './errors.ts';
import type { Above, Located, Resolution } from './api.ts';
import type { Tree } from './core.ts';
import { mountNamed } from './mounts.ts';
import { checkName, nameKey } from './names.ts';
import * as q from './queries.ts';
import { present, type NodeRow } from './rows.ts';
import { FOLDER } from './tables.ts';

export async function resolve(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  segments: readonly string[],
  above: Above = 'always',
): Promise<Resolution> {
  const names = segments.map(checkName);
  const rootPermissions = await tree.access.decide(context.principal, [workspace.rootId]);
  if (!(rootPermissions & READ)) throw notFound();
  const [first] = names;
  const mount =
    workspace.mounted && first !== undefined ? await mountNamed(tree, context, workspace, first) : null;
  if (mount !== null) return belowMount(tree, context, workspace, mount, names);
  return belowRoot(tree, context, workspace, names, above);
}

async function belowRoot(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  names: readonly string[],
  wanted: Above,
): Promise<Resolution> {
  const steps =
    tree.sql.dialect === 'sqlite'
      ? await stepDown(tree, workspace, names, wanted)
      : await descend(tree, workspace, names);
  const { chain, node } = steps;
  const found = node === null ? null : await readable(tree, context, workspace, node, chain, names);
  // What may not be read looks like a free name.
  const hidden = steps.parent === null && node !== null && found === null && names.length > 0;
  const parent = hidden ? await parentOf(tree, node) : steps.parent;
  const way = node === null ? chain : chain.slice(0, -1);
  const above =
    parent?.kind === FOLDER
      ? await readable(tree, context, workspace, parent, way, names.slice(0, -1))
      : null;
  return { found, parent: above, name: names.at(-1) ?? '' };
}

async function parentOf(tree: Tree, node: NodeRow): Promise<NodeRow | null> {
  return (await tree.sql.reader.get(q.nodeById, { id: node.parent_id ?? '' })) ?? null;
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
    const { found } = await belowRoot(tree, context, workspace, [], 'always');
    return { found: mount, parent: found, name: mount.node.name };
  }
  return fromFolder(tree, context, mount, below);
}

/** What lies below a folder by its names, whether or not what is above it may be read. */
export async function below(
  tree: Tree,
  context: Context,
  folder: Located,
  segments: readonly string[],
): Promise<Located | null> {
  return (await fromFolder(tree, context, folder, segments.map(checkName))).found;
}

async function fromFolder(
  tree: Tree,
  context: Context,
  folder: Located,
  below: readonly string[],
): Promise<Resolution> {
  const from = { rootId: folder.node.id };
  const { chain, node, parent } =
    tree.sql.dialect === 'sqlite'
      ? await stepDown(tree, from, below, 'always')
      : await descend(tree, from, below);
  const real = [...folder.chain, ...chain.slice(1)];
  const home = folder.workspace;
  const place = [...folder.names, ...below];
  const found = node === null ? null : await readable(tree, context, home, node, real, place);
  const name = below.at(-1) ?? '';
  if (parent === null || parent.kind !== FOLDER) return { found, parent: null, name };
  if (parent.id === folder.node.id) return { found, parent: folder, name };
  const above = node === null ? real : real.slice(0, -1);
  return { found, parent: await readable(tree, context, home, parent, above, place.slice(0, -1)), name };
}

/** Where to step down from. */
type From = Pick<WorkspaceRecord, 'rootId'>;

/** `chain`: down to the node, or to its parent where the node is missing. `parent`: only where it was wanted. */
interface Steps {
  readonly chain: readonly string[];
  readonly node: NodeRow | null;
  readonly parent: NodeRow | null;
}

const nowhere: Steps = { chain: [], node: null, parent: null };

/** One prepared look-up a level: on SQLite a statement costs microseconds. */
async function stepDown(tree: Tree, from: From, names: readonly string[], wanted: Above): Promise<Steps> {
  const { reader } = tree.sql;
  let parentId = from.rootId;
  const chain = [parentId];
  for (const name of names.slice(0, -1)) {
    const child = await reader.get(q.childIdNamed, { parentId, key: nameKey(name) });
    if (child === undefined) return nowhere;
    chain.push((parentId = child.id));
  }
  const last = names.at(-1);
  const node =
    last === undefined
      ? await reader.get(q.nodeById, { id: parentId })
      : await reader.get(q.childNamed, { parentId, key: nameKey(last) });
  const above = last !== undefined && (node === undefined || wanted === 'always');
  const parent = above ? await reader.get(q.nodeById, { id: parentId }) : undefined;
  if (last !== undefined && node !== undefined) chain.push(node.id);
  return { chain, node: node ?? null, parent: parent ?? null };
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
