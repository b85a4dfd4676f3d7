/**
 * Mounts: nodes of other homes that show beside what the root of a workspace holds (`WorkspaceRecord.mounted`). Only their names are made
 * here; rights, quota, trash, locks and journal are those of their home.
 */
import type { Context } from '../../kernel/context.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import type { Located } from './api.ts';
import type { Tree } from './core.ts';
import { nameKey, numberedName } from './names.ts';
import * as q from './queries.ts';
import { locateMany } from './locate.ts';

export function hasMounts(place: Pick<Located, 'workspace' | 'chain' | 'trashed'>): boolean {
  return place.workspace.mounted && place.chain.length === 1 && place.trashed === null;
}

/** What shows at the root of a workspace, with the names it shows under; in the order of ids, so that numbers stay where they are. */
export async function mountsOf(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
): Promise<readonly Located[]> {
  const ids = await tree.mountIds(context, workspace);
  if (ids.length === 0) return [];
  const located = (await locateMany(tree, context, [...ids].sort())).filter((one) => one.trashed === null);
  let taken: ReadonlySet<string> = new Set();
  for (;;) {
    const names = named(located, taken);
    const keys = [...names.values()].map(nameKey);
    const clashes = await tree.sql.reader.all(q.childrenNamed, { parentId: workspace.rootId, keys });
    if (clashes.length === 0)
      return located.map((one) => mountedAs(one, names.get(one.node.id) ?? one.node.name));
    taken = new Set([...taken, ...clashes.map((row) => row.name_key)]);
  }
}

/** The mount of a name, null if there is none. */
export async function mountNamed(
  tree: Tree,
  context: Context,
  workspace: WorkspaceRecord,
  name: string,
): Promise<Located | null> {
  const key = nameKey(name);
  const mounts = await mountsOf(tree, context, workspace);
  return mounts.find((mount) => nameKey(mount.node.name) === key) ?? null;
}

/** @param own keys of what the root itself holds: that keeps its name. */
function named(located: readonly Located[], own: ReadonlySet<string>): Map<string, string> {
  const taken = new Set(own);
  const names = new Map<string, string>();
  for (const { node, names: way, workspace } of located) {
    const name = way.length === 0 ? workspace.name.replaceAll('/', '-') : node.name;
    const free = taken.has(nameKey(name)) ? numberedName(name, node.kind === 'folder', taken) : name;
    taken.add(nameKey(free));
    names.set(node.id, free);
  }
  return names;
}

function mountedAs(located: Located, name: string): Located {
  return { ...located, node: { ...located.node, name }, mounted: true };
}
