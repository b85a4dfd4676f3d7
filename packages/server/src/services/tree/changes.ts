/** Changes that several verbs are made of: a new file, a new version, into the trash. Each writes its row of the journal. */
import { newId, newIdAfter } from '../../kernel/ids.ts';
import type { Tree, Write } from './core.ts';
import * as entries from './journal-entries.ts';
import { childOf, place, spotOf, type Live } from './live.ts';
import { keysOf, nameKey, numberedName, numberedRange } from './names.ts';
import * as q from './queries.ts';
import type { NodeRow } from './rows.ts';
import { FILE, FOLDER } from './tables.ts';
import * as v from './version-queries.ts';

export interface ContentFacts {
  readonly size: number;
  readonly sha256: string | null;
  readonly modifiedAt: number;
}

export async function insertFile(
  tree: Tree,
  w: Write,
  parent: Live,
  name: string,
  content: ContentFacts,
): Promise<NodeRow> {
  const now = tree.clock.now();
  const actorId = w.context.principal.userId;
  const keys = keysOf(name);
  const row: NodeRow = {
    id: newId(),
    parent_id: parent.row.id,
    name,
    name_key: keys.nameKey,
    sort_key: keys.sortKey,
    folded: keys.folded,
    kind: FILE,
    version_id: newId(),
    size: content.size,
    files: 0,
    sha256: content.sha256,
    created_at: now,
    modified_at: content.modifiedAt,
    created_by: actorId,
    modified_by: actorId,
  };
  await w.tx.run(q.insertNode, row);
  await w.tx.run(v.insertVersion, {
    id: row.version_id ?? '',
    node_id: row.id,
    size: row.size,
    sha256: row.sha256,
    created_at: now,
    created_by: actorId,
  });
  await tree.journal.append(w.tx, entries.created(actorId, row, spotOf(childOf(parent, row))));
  return row;
}

export async function insertFolder(tree: Tree, w: Write, parent: Live, name: string): Promise<Live> {
  const now = tree.clock.now();
  const actorId = w.context.principal.userId;
  const keys = keysOf(name);
  const row: NodeRow = {
    id: newId(),
    parent_id: parent.row.id,
    name,
    name_key: keys.nameKey,
    sort_key: keys.sortKey,
    folded: keys.folded,
    kind: FOLDER,
    version_id: null,
    size: 0,
    files: 0,
    sha256: null,
    created_at: now,
    modified_at: now,
    created_by: actorId,
    modified_by: actorId,
  };
  await w.tx.run(q.insertNode, row);
  const folder = childOf(parent, row);
  await tree.journal.append(w.tx, entries.created(actorId, row, spotOf(folder)));
  return folder;
}

/** Makes a version and points the file at it; the caller links its chunks. */
export async function insertVersion(
  tree: Tree,
  w: Write,
  file: Live,
  content: ContentFacts,
  origin: { readonly [key: string]: string } = {},
  /** Another version that is to be an earlier one of the file. */
  absorbed: string | null = null,
): Promise<NodeRow> {
  const actorId = w.context.principal.userId;
  const { row } = file;
  const next: NodeRow = {
    ...row,
    // Versions are listed and thinned out in the order of their ids.
    version_id: newIdAfter(row.version_id, absorbed),
    size: content.size,
    sha256: content.sha256,
    modified_at: content.modifiedAt,
    modified_by: actorId,
  };
  const versionId = next.version_id ?? '';
  const { size, sha256, modifiedAt } = content;
  await w.tx.run(q.setContent, { id: row.id, versionId, size, sha256, modifiedAt, modifiedBy: actorId });
  await w.tx.run(v.insertVersion, {
    id: versionId,
    node_id: row.id,
    size,
    sha256,
    created_at: tree.clock.now(),
    created_by: actorId,
  });
  const { parentId, workspaceId } = spotOf(file);
  const before = { versionId: row.version_id, size: row.size };
  await tree.journal.append(
    w.tx,
    entries.updated(actorId, { parentId, workspaceId }, row.id, before, { versionId, size, ...origin }),
  );
  return next;
}

/**
 * `kept`: to be found there. `purging`: on its way out for good. `merged`: so too, because what it was lives on in what it met.
 */
export async function toTrash(
  tree: Tree,
  w: Write,
  node: Live,
  how: 'kept' | 'purging' | 'merged',
): Promise<void> {
  const from = spotOf(node);
  const { trashId, id: workspaceId } = node.workspace;
  const actorId = w.context.principal.userId;
  const { id } = node.row;
  await w.tx.run(v.insertTrash, {
    node_id: id,
    root_id: node.workspace.rootId,
    parent_id: from.parentId,
    name: from.name,
    deleted_at: tree.clock.now(),
    deleted_by: actorId,
    from_path: `/${[node.workspace.slug, ...node.names].join('/')}`,
    chain: JSON.stringify(node.chain.slice(0, -1)),
    purging: how === 'kept' ? 0 : 1,
  });
  await place(w, node.row, trashId, id);
  await tree.locks.removeFor(w.tx, [id]);
  const to = { parentId: trashId, name: id, workspaceId };
  const extra = how === 'kept' ? {} : { [how]: true };
  await tree.journal.append(w.tx, entries.hung('node.trashed', actorId, node.row, from, to, extra));
}

/** `name`, or the next free `name (2)`. */
export async function freeName(w: Write, parentId: string, name: string, folder: boolean): Promise<string> {
  const rows = await w.tx.all(q.keysBetween, { parentId, ...numberedRange(nameKey(name), folder) });
  return numberedName(name, folder, new Set(rows.map((row) => row.name_key)));
}
