/** Takes rows out of the tables; telling the journal is the caller's. */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { Tree, Write } from './core.ts';
import * as lock from './lock-queries.ts';
import * as q from './queries.ts';
import type { NodeRow } from './rows.ts';
import { FILE } from './tables.ts';
import * as v from './version-queries.ts';

export const batchNodes = 500;

/** Removes some hundred nodes, children before their folder. `stack`: folders on the way, the deepest last; empty when all is gone. */
export async function removeBelow(tree: Tree, w: Write, stack: string[]): Promise<readonly NodeRow[]> {
  const gone: NodeRow[] = [];
  while (gone.length < batchNodes) {
    const id = stack.at(-1);
    if (id === undefined) break;
    // Who is putting something in, or writing a version, comes first; what it wrote is seen.
    if (tree.sql.dialect !== 'sqlite') await w.tx.get(lock.folderToRemove, { id });
    const members = await w.tx.all(lock.childrenToChange, { parentId: id, limit: batchNodes - gone.length });
    const files = members.filter((row) => row.kind === FILE);
    const folder = members.find((row) => row.kind !== FILE);
    if (files.length > 0) gone.push(...(await removeRows(tree, w.tx, files)));
    if (folder !== undefined) stack.push(folder.id);
    if (members.length > 0) continue;
    const row = await w.tx.get(q.nodeById, { id });
    if (row !== undefined) gone.push(...(await removeRows(tree, w.tx, [row])));
    stack.pop();
  }
  return gone;
}

/** Rows of nodes and all that hangs on them. Versions go before their chunks are released: a copy that holds them comes first. */
export async function removeRows(
  tree: Tree,
  tx: SqlTransaction,
  rows: readonly NodeRow[],
): Promise<readonly NodeRow[]> {
  const ids = rows.map((row) => row.id);
  const versions = await tx.all(v.versionIdsOfNodes, { nodeIds: ids });
  if (versions.length > 0) {
    const versionIds = versions.map((row) => row.id);
    await tx.run(v.deleteVersions, { ids: versionIds });
    await tree.contents.release(tx, versionIds);
  }
  await tx.run(q.deleteAllProperties, { ids });
  await tree.locks.removeFor(tx, ids);
  await tx.run(q.deleteNodes, { ids });
  return rows;
}
