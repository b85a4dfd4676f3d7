/** Files: new ones and new versions. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { reach } from '../../kernel/fault-points.ts';
import { WRITE } from '../access/api.ts';
import type { StoredContent } from '../contents/api.ts';
import { conflict } from './errors.ts';
import type { Changed, TreeService } from './api.ts';
import { freeName, insertFile, insertVersion, toTrash, type ContentFacts } from './changes.ts';
import type { Tree, Write } from './core.ts';
import { afterPutCommit, beforePutCommit } from './faults.ts';
import { childOf, hold, live, liveFolder, refuse, type Live } from './live.ts';
import { checkName, nameKey } from './names.ts';
import * as q from './queries.ts';
import { present, type NodeRow } from './rows.ts';
import { FILE } from './tables.ts';
import { write } from './write.ts';

export type PutTarget = Parameters<TreeService['putFile']>[1];
export type PutOptions = NonNullable<Parameters<TreeService['putFile']>[3]>;

export async function putFile(
  tree: Tree,
  context: Context,
  target: PutTarget,
  content: StoredContent,
  options: PutOptions = {},
): Promise<Changed> {
  // Once the work is done only the database knows whether it was committed: then nothing is discarded here, but by the collector.
  let done = false;
  let changed: Changed;
  try {
    changed = await write(tree, context, async (w) => {
      done = false;
      const result = await put(tree, w, target, content, options);
      const fault = reach(beforePutCommit);
      if (fault !== undefined) await fault;
      done = true;
      return result;
    });
  } catch (error) {
    if (!done) await tree.contents.discard(content);
    throw error;
  }
  const fault = reach(afterPutCommit);
  if (fault !== undefined) await fault;
  return changed;
}

async function put(
  tree: Tree,
  w: Write,
  target: PutTarget,
  content: StoredContent,
  options: PutOptions,
): Promise<Changed> {
  const facts = {
    size: content.size,
    sha256: content.sha256,
    modifiedAt: checkTime(options.modifiedAt) ?? tree.clock.now(),
  };
  const spot =
    'nodeId' in target
      ? await existing(tree, w, target.nodeId)
      : await named(tree, w, target.parentId, target.name);
  const changed = await putAt(tree, w, spot, facts, options);
  await tree.contents.attach(w.tx, changed.row.version_id ?? '', content);
  const node = present(changed.row);
  if (options.extra !== undefined) await options.extra(w.tx, node);
  return { node, created: changed.created };
}

/** @throws invalid_input */
export function checkTime(ms: number | undefined): number | undefined {
  if (ms !== undefined && !Number.isSafeInteger(ms))
    throw new AppError('invalid_input', 'a time is a whole number of milliseconds');
  return ms;
}

/** Where the file goes: onto what is there, or into a folder. */
type PutSpot =
  { readonly there: Live } | { readonly there: Live | null; readonly parent: Live; readonly name: string };

async function existing(tree: Tree, w: Write, nodeId: string): Promise<PutSpot> {
  const there = await live(tree, w.tx, nodeId);
  if (there.row.kind !== FILE) await refuse(tree, w, there, conflict('kind', 'a folder has no content'));
  return { there };
}

async function named(tree: Tree, w: Write, parentId: string, rawName: string): Promise<PutSpot> {
  const name = checkName(rawName);
  const parent = await liveFolder(tree, w, parentId);
  const row = await w.tx.get(q.childNamed, { parentId, key: nameKey(name) });
  return { there: row === undefined ? null : childOf(parent, row), parent, name };
}

type Put = { readonly row: NodeRow; readonly created: boolean };

async function putAt(
  tree: Tree,
  w: Write,
  spot: PutSpot,
  facts: ContentFacts,
  options: PutOptions,
): Promise<Put> {
  const { there } = spot;
  const onConflict = 'parent' in spot ? (options.onConflict ?? 'fail') : 'replace';
  const replaces = there?.row.kind === FILE && (onConflict === 'replace' || onConflict === 'overwrite');
  if (there !== null && (replaces || !('parent' in spot))) {
    return { row: await replace(tree, w, await hold(tree, w, there), facts, options), created: false };
  }
  if (!('parent' in spot)) throw conflict('kind', 'a folder has no content');
  const { parent } = spot;
  await tree.access.require(w.tx, w.context, parent.chain, WRITE);
  options.precondition?.(there === null ? null : present(there.row));
  await tree.locks.require(w.tx, w.context, parent.chain, 'members');
  const name = there === null ? spot.name : await makeRoom(tree, w, parent, there, onConflict, 'file');
  tree.quotas.charge(w, parent.workspace, facts.size);
  return { row: await insertFile(tree, w, parent, name, facts), created: there === null };
}

async function replace(
  tree: Tree,
  w: Write,
  there: Live,
  facts: ContentFacts,
  options: PutOptions,
): Promise<NodeRow> {
  await tree.access.require(w.tx, w.context, there.chain, WRITE);
  options.precondition?.(present(there.row));
  await tree.locks.require(w.tx, w.context, there.chain, 'content');
  tree.quotas.charge(w, there.workspace, facts.size - there.row.size);
  return insertVersion(tree, w, there, facts);
}

/** For something new where the name is taken: the thing there goes to the trash, or the new one gets a number. @returns the name */
export async function makeRoom(
  tree: Tree,
  w: Write,
  parent: Live,
  there: Live,
  onConflict: PutOptions['onConflict'],
  kind: 'file' | 'folder',
): Promise<string> {
  const { name } = there.row;
  if (onConflict === 'keep_both') return freeName(w, parent.row.id, name, kind === 'folder');
  if (onConflict !== 'overwrite') {
    const reason = onConflict === 'replace' ? 'kind' : 'exists';
    throw conflict(reason, `"${name}" is there already`, { nodeId: there.row.id });
  }
  await tree.access.require(w.tx, w.context, there.chain, WRITE);
  await tree.locks.require(w.tx, w.context, there.chain, 'subtree');
  await toTrash(tree, w, await hold(tree, w, there), 'kept');
  return name;
}
