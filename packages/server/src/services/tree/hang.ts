/**
 * Hangs a node under another folder by the rules for taken names: what moves, restores and copies end with. Merging folders moves
 * members one by one, each with a row of the journal, in the same transaction.
 */
import { WRITE } from '../access/api.ts';
import { conflict } from './errors.ts';
import type { Changed, OnConflict } from './api.ts';
import { freeName, insertVersion, toTrash } from './changes.ts';
import type { Tree, Write } from './core.ts';
import * as entries from './journal-entries.ts';
import { childOf, hold, place, spotOf, type Live } from './live.ts';
import * as lock from './lock-queries.ts';
import { nameKey } from './names.ts';
import * as q from './queries.ts';
import { removeRows } from './remove.ts';
import { present, type NodeRow } from './rows.ts';
import { FILE, FOLDER } from './tables.ts';
import * as v from './version-queries.ts';

/** What is to be hung, and how it is told of. */
export interface Moving {
  readonly row: NodeRow;
  readonly as:
    /** Of a restored node `from` is its place in the trash, with the chain of the place before that. */
    | { readonly kind: 'node.moved' | 'node.restored'; readonly from: Live }
    /** A copy that hangs nowhere yet. */
    | { readonly kind: 'node.copied'; readonly source: Live };
  /** Whether its bytes are new to the workspace; of folders that has been charged already. */
  readonly charge: boolean;
}

const batchSize = 1000;

/** Rights, locks and quota for the place itself have been seen to; those of what is met there are seen to here. */
export async function hang(
  tree: Tree,
  w: Write,
  moving: Moving,
  target: Live,
  name: string,
  onConflict: OnConflict,
): Promise<Changed> {
  const row = await w.tx.get(q.childNamed, { parentId: target.row.id, key: nameKey(name) });
  // Itself: the name is only spelled another way.
  if (row === undefined || row.id === moving.row.id)
    return { node: present(await attach(tree, w, moving, target, name)), created: true };
  if (onConflict === 'keep_both') {
    const free = await freeName(w, target.row.id, name, moving.row.kind === FOLDER);
    return { node: present(await attach(tree, w, moving, target, free)), created: true };
  }
  const there = await hold(tree, w, childOf(target, row));
  refuseOwn(moving, there);
  if (onConflict === 'fail') throw conflict('exists', `"${name}" is there already`, { nodeId: row.id });
  if (row.kind === FILE && moving.row.kind === FILE) {
    return { node: present(await supersede(tree, w, moving, there)), created: false };
  }
  if (onConflict === 'replace') {
    if (row.kind !== FOLDER || moving.row.kind !== FOLDER) {
      throw conflict('kind', `"${name}" is there already and of another kind`, { nodeId: row.id });
    }
    await merge(tree, w, moving, there);
    return { node: present(there.row), created: false };
  }
  await tree.access.require(w.tx, w.context, there.chain, WRITE);
  await tree.locks.require(w.tx, w.context, there.chain, 'subtree');
  await toTrash(tree, w, there, 'kept');
  return { node: present(await attach(tree, w, moving, target, name)), created: false };
}

/** What is met may not be the thing itself, nor a folder that it lies in. */
function refuseOwn({ as }: Moving, there: Live): void {
  if (as.kind === 'node.restored') return;
  const own = as.kind === 'node.copied' ? as.source : as.from;
  if (own.chain.includes(there.row.id))
    throw conflict('into_itself', 'it would replace itself or a folder that it lies in');
}

async function attach(tree: Tree, w: Write, moving: Moving, target: Live, name: string): Promise<NodeRow> {
  const { row, as } = moving;
  if (moving.charge && row.kind === FILE) tree.quotas.charge(w, target.workspace, row.size);
  const placed = await place(w, row, target.row.id, name);
  if (as.kind === 'node.restored') await w.tx.run(v.deleteTrash, { ids: [row.id] });
  if (as.kind !== 'node.copied') await tree.locks.removeFor(w.tx, [row.id]);
  await tell(tree, w, moving, target, name);
  return placed;
}

async function tell(tree: Tree, w: Write, moving: Moving, target: Live, name: string): Promise<void> {
  const { row, as } = moving;
  const actorId = w.context.principal.userId;
  const to = { parentId: target.row.id, name, workspaceId: target.workspace.id };
  const entry =
    as.kind === 'node.copied'
      ? entries.copied(actorId, row, to, as.source.row.id)
      : entries.hung(as.kind, actorId, row, spotOf(as.from), to);
  await tree.journal.append(w.tx, entry);
}

/**
 * A file onto a file: the one there keeps its id, rules and history and takes the content as a new version, older versions and
 * properties of the other as well. Programs that save by renaming over the old file keep its history this way.
 */
async function supersede(tree: Tree, w: Write, moving: Moving, there: Live): Promise<NodeRow> {
  const { row, as } = moving;
  await tree.access.require(w.tx, w.context, there.chain, WRITE);
  await tree.locks.require(w.tx, w.context, there.chain, 'content');
  if (moving.charge) tree.quotas.charge(w, there.workspace, row.size - there.row.size);
  const facts = { size: row.size, sha256: row.sha256, modifiedAt: row.modified_at };
  const origin = { sourceId: as.kind === 'node.copied' ? as.source.row.id : row.id };
  const next = await insertVersion(tree, w, there, facts, origin, row.version_id);
  await tree.contents.share(w.tx, [{ from: row.version_id ?? '', to: next.version_id ?? '' }]);
  await w.tx.run(v.giveVersions, { from: row.id, to: there.row.id, except: row.version_id ?? '' });
  await w.tx.run(q.deleteAllProperties, { ids: [there.row.id] });
  await w.tx.run(q.giveProperties, { from: row.id, to: there.row.id });
  await dispose(tree, w, moving);
  return next;
}

async function merge(tree: Tree, w: Write, moving: Moving, into: Live): Promise<void> {
  await tree.access.require(w.tx, w.context, into.chain, WRITE);
  await tree.locks.require(w.tx, w.context, into.chain, 'members');
  const parentId = moving.row.id;
  // Nobody puts anything into it any more, or changes what is in it: it would be lost, or be told of with an old size.
  if (tree.sql.dialect !== 'sqlite') await w.tx.get(lock.nodeToChange, { id: parentId });
  for (;;) {
    const members = await w.tx.all(lock.childrenToChange, { parentId, limit: batchSize });
    if (members.length === 0) break;
    const met = await w.tx.all(q.childrenNamed, {
      parentId: into.row.id,
      keys: members.map((row) => row.name_key),
    });
    const taken = new Set(met.map((row) => row.name_key));
    const free = members.filter((row) => !taken.has(row.name_key)).map((row) => memberOf(moving, row));
    await w.tx.runMany(
      q.placeNode,
      free.map(({ row }) => ({
        id: row.id,
        parentId: into.row.id,
        name: row.name,
        nameKey: row.name_key,
        sortKey: row.sort_key,
        folded: row.folded,
      })),
    );
    if (free.length > 0)
      await tree.locks.removeFor(
        w.tx,
        free.map(({ row }) => row.id),
      );
    for (const member of free) await tell(tree, w, member, into, member.row.name);
    for (const row of members) if (taken.has(row.name_key)) await meet(tree, w, memberOf(moving, row), into);
  }
  await dispose(tree, w, moving);
}

/**
 * Of two of one name one is used up. A hidden member may travel along with its folder, rules and all, but not become part of something
 * that the caller may read.
 */
async function meet(tree: Tree, w: Write, member: Moving, into: Live): Promise<void> {
  const { as, row } = member;
  if (as.kind !== 'node.copied') await tree.access.require(w.tx, w.context, as.from.chain, WRITE);
  await hang(tree, w, member, into, row.name, 'replace');
}

function memberOf({ as }: Moving, row: NodeRow): Moving {
  return as.kind === 'node.copied'
    ? { row, as: { kind: as.kind, source: as.source }, charge: false }
    : { row, as: { kind: 'node.moved', from: childOf(as.from, row) }, charge: false };
}

/**
 * What lives on in something else goes: copies and files at once. A folder, empty by now, goes by way of the trash, because its row
 * has to stay until sizes are rolled up.
 */
async function dispose(tree: Tree, w: Write, { row, as }: Moving): Promise<void> {
  if (as.kind === 'node.copied') {
    await removeRows(tree, w.tx, [row]);
  } else if (row.kind === FILE) {
    await removeRows(tree, w.tx, [row]);
    if (as.kind === 'node.restored') await w.tx.run(v.deleteTrash, { ids: [row.id] });
    await tree.journal.append(w.tx, entries.absorbed(w.context.principal.userId, row, spotOf(as.from)));
  } else if (as.kind === 'node.moved') await toTrash(tree, w, as.from, 'merged');
  else await w.tx.run(v.markPurging, { ids: [row.id] });
}
