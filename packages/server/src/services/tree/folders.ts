/** New folders. */
import { systemContext, type Context } from '../../kernel/context.ts';
import { READ, WRITE } from '../access/api.ts';
import { conflict } from './errors.ts';
import type { Beginning, Changed, OnConflict, TreeNode } from './api.ts';
import { insertFolder } from './changes.ts';
import type { Tree, Write } from './core.ts';
import * as lock from './lock-queries.ts';
import { childOf, liveFolder, maxDepth, refuse, tooDeep, type Live } from './live.ts';
import { checkName, keysOf, nameKey } from './names.ts';
import { makeRoom } from './put.ts';
import * as q from './queries.ts';
import { present, type NodeRow } from './rows.ts';
import { copyTemplate } from './template.ts';
import { FOLDER } from './tables.ts';
import { write } from './write.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';

export function createFolder(
  tree: Tree,
  context: Context,
  parentId: string,
  rawName: string,
  onConflict: OnConflict = 'fail',
): Promise<Changed> {
  return write(tree, context, async (w) => {
    const name = checkName(rawName);
    const parent = await liveFolder(tree, w, parentId);
    const row = await w.tx.get(q.childNamed, { parentId, key: nameKey(name) });
    await tree.access.require(w.tx, context, parent.chain, WRITE);
    if (row?.kind === FOLDER && onConflict === 'replace') {
      await tree.access.require(w.tx, context, [...parent.chain, row.id], READ);
      return { node: present(row), created: false };
    }
    await tree.locks.require(w.tx, context, parent.chain, 'members');
    const free =
      row === undefined ? name : await makeRoom(tree, w, parent, childOf(parent, row), onConflict, 'folder');
    return { node: present((await insertFolder(tree, w, parent, free)).row), created: row === undefined };
  });
}

export function ensureFolders(
  tree: Tree,
  context: Context,
  parentId: string,
  rawNames: readonly string[],
): Promise<TreeNode> {
  return write(tree, context, async (w) => {
    const names = rawNames.map(checkName);
    let folder = await liveFolder(tree, w, parentId);
    if (folder.chain.length + names.length > maxDepth) await refuse(tree, w, folder, tooDeep());
    let made = 0;
    for (const name of names) {
      const row =
        made > 0 ? undefined : await w.tx.get(q.childNamed, { parentId: folder.row.id, key: nameKey(name) });
      if (row !== undefined) folder = await enter(tree, w, folder, row);
      else {
        // What is made here has no rules and no locks of its own: asking once is enough.
        if (made++ === 0) {
          if (tree.sql.dialect !== 'sqlite' && folder.row.id !== parentId)
            folder = await liveFolder(tree, w, folder.row.id);
          await tree.access.require(w.tx, context, folder.chain, WRITE);
          await tree.locks.require(w.tx, context, folder.chain, 'members');
        }
        folder = await insertFolder(tree, w, folder, name);
      }
    }
    if (made === 0) await tree.access.require(w.tx, context, folder.chain, READ);
    return present(folder.row);
  });
}

async function enter(tree: Tree, w: Write, parent: Live, row: NodeRow): Promise<Live> {
  const child = childOf(parent, row);
  if (row.kind !== FOLDER)
    await refuse(tree, w, child, conflict('kind', `"${row.name}" on the way is a file`, { nodeId: row.id }));
  return child;
}

/** The root and the trash folder of a new workspace. */
export async function createRoot(
  tree: Tree,
  tx: SqlTransaction,
  root: {
    readonly rootId: string;
    readonly trashId: string;
    readonly name: string;
    readonly ownerId: string | null;
  },
  begin?: Beginning,
): Promise<void> {
  const now = tree.clock.now();
  const rows = [
    { id: root.rootId, name: root.name },
    { id: root.trashId, name: root.trashId },
  ].map(({ id, name }): NodeRow => {
    const keys = keysOf(name);
    const who = { created_by: root.ownerId, modified_by: root.ownerId };
    const what = { kind: FOLDER, version_id: null, size: 0, files: 0, sha256: null };
    return {
      id,
      parent_id: null,
      name,
      name_key: keys.nameKey,
      sort_key: keys.sortKey,
      folded: keys.folded,
      ...what,
      created_at: now,
      modified_at: now,
      ...who,
    };
  });
  await tx.runMany(q.insertNode, rows);
  await tx.run(q.insertRoot, { rootId: root.rootId, trashId: root.trashId });
  const [row] = rows;
  if (begin === undefined || row === undefined) return;
  const parent: Live = { row, chain: [row.id], names: [], workspace: begin.workspace };
  const w: Write = { tx, context: systemContext('root'), charges: [], usageRead: false };
  const { template } = begin;
  const taken =
    template === null ? new Set<string>() : await copyTemplate(tree, w, parent, root.ownerId, template);
  const names = new Map(begin.folders.map((name) => [nameKey(checkName(name)), name]));
  for (const [key, name] of names) if (!taken.has(key)) await insertFolder(tree, w, parent, name);
}

/** Both rows are held first: whoever puts something in shares the folder's row until the commit. */
export async function removeRoot(
  tree: Tree,
  tx: SqlTransaction,
  { rootId, trashId }: { readonly rootId: string; readonly trashId: string },
): Promise<void> {
  const ids = [rootId, trashId];
  for (const id of ids) {
    if (tree.sql.dialect !== 'sqlite') await tx.get(lock.nodeToChange, { id });
    const [member] = await tx.all(q.childrenAfter, { parentId: id, after: '', limit: 1 });
    if (member !== undefined) throw conflict('not_empty', 'something is still in it, or in its trash');
  }
  await tx.run(q.deleteAllProperties, { ids });
  await tree.locks.removeFor(tx, ids);
  await tx.run(q.deleteRoot, { rootId });
  await tx.run(q.deleteNodes, { ids });
}
