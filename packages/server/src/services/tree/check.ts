/** Proves the tree against itself: places, versions, sizes, journal. Reads in the background, page by page, while others write. */
import { setTimeout } from 'node:timers/promises';
import { isAppError } from '../../kernel/errors.ts';
import type { CheckFinding } from '../contents/api.ts';
import {
  pathsUp,
  nodePage,
  suspiciousFolders,
  trueTotals,
  versionPage,
  type CheckedNode,
} from './check-queries.ts';
import type { Tree } from './core.ts';
import { keysOf } from './names.ts';
import * as q from './queries.ts';
import type { VersionRow } from './rows.ts';
import { addToFolder } from './size-queries.ts';
import type { Totals } from './sizes.ts';
import { FILE, FOLDER } from './tables.ts';
import * as v from './version-queries.ts';

type Options = { readonly repair: boolean };

const pageNodes = 1000;
const pageVersions = 500;
/** How often a folder that others write into is looked at, and how long to wait between: two seconds in all. */
const looks = 40;
const lookAgainMs = 50;
const never = new AbortController().signal;

export async function* check(tree: Tree, options: Options): AsyncGenerator<CheckFinding> {
  yield* checkDatabase(tree);
  // What is not rolled up counts as well: it only takes longer where nothing may be changed.
  await tree.sizes.rollUp(never).catch(unlessReadOnly);
  yield* checkNodes(tree, options);
  yield* checkVersions(tree, options);
  yield* checkJournal(tree);
}

function unlessReadOnly(error: unknown): void {
  if (!isAppError(error, 'read_only')) throw error;
}

/** The engine's own check first: on a damaged file the rest may stumble. */
async function* checkDatabase(tree: Tree): AsyncGenerator<CheckFinding> {
  for (const detail of await tree.sql.verify())
    yield { kind: 'database', id: tree.sql.dialect, detail, repairable: false };
}

async function* checkNodes(tree: Tree, options: Options): AsyncGenerator<CheckFinding> {
  const drifted = new Set<string>();
  for (let after = ''; ;) {
    const rows = await tree.sql.background.all(nodePage, { after, limit: pageNodes });
    for (const row of rows) {
      for (const finding of placeFaults(row)) yield finding;
      if (hasWrongKeys(row)) yield await repairKeys(tree, row, options);
      if (row.kind === FILE) yield* versionFaults(row);
    }
    const folders = rows.filter((row) => row.kind === FOLDER).map((row) => row.id);
    if (folders.length > 0) {
      yield* checkCycles(tree, folders);
      yield* checkSizes(tree, folders, drifted, options);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageNodes) return;
    after = last.id;
  }
}

function placeFaults(row: CheckedNode): CheckFinding[] {
  const fault = (detail: string): CheckFinding[] => [
    { kind: 'broken_tree', id: row.id, detail, repairable: false },
  ];
  if (row.parent_id === null) return row.anchor === null ? fault('hangs nowhere') : [];
  if (row.parent_kind === null) return fault('the folder it hangs in is missing');
  if (row.parent_kind === FILE) return fault('hangs in a file');
  if (row.parent_trash !== null && row.trash_row === null)
    return fault('lies in the trash, which does not know of it');
  if (row.parent_trash === null && row.trash_row !== null)
    return fault('is not in the trash, which thinks so');
  return [];
}

function hasWrongKeys(row: CheckedNode): boolean {
  const { nameKey, sortKey, folded } = keysOf(row.name);
  return nameKey !== row.name_key || sortKey !== row.sort_key || folded !== row.folded;
}

async function repairKeys(tree: Tree, { id, name }: CheckedNode, options: Options): Promise<CheckFinding> {
  const keys = keysOf(name);
  if (options.repair) await tree.sql.transaction((tx) => tx.run(q.setKeys, { id, name, ...keys }));
  return { kind: 'broken_tree', id, detail: 'has a wrong sort key', repairable: true };
}

function* versionFaults(row: CheckedNode): Generator<CheckFinding> {
  const fault = (detail: string): CheckFinding => ({
    kind: 'broken_version',
    id: row.id,
    detail,
    repairable: false,
  });
  if (row.version_node === null) yield fault('its current version is missing');
  else if (row.version_node !== row.id) yield fault('its current version belongs to another file');
  else if (row.version_size !== row.size)
    yield fault(`has ${row.size} bytes, its current version ${row.version_size}`);
}

async function* checkCycles(tree: Tree, ids: readonly string[]): AsyncGenerator<CheckFinding> {
  const rows = await tree.sql.background.all(pathsUp, { ids });
  for (const [origin, path] of Map.groupBy(rows, (row) => row.origin)) {
    const on = new Set(path.map((row) => row.id));
    if (path.every((row) => row.parent_id !== null && on.has(row.parent_id))) {
      yield { kind: 'broken_tree', id: origin, detail: 'hangs in a cycle of folders', repairable: false };
    }
  }
}

/** A folder that differs from its members is either wrong itself, or a member is; and then those above may be, too. */
async function* checkSizes(
  tree: Tree,
  ids: readonly string[],
  seen: Set<string>,
  options: Options,
): AsyncGenerator<CheckFinding> {
  for (const { id } of await tree.sql.background.all(suspiciousFolders, { ids })) {
    const up = await tree.sql.reader.all(q.climb, { id });
    if (await isBeingPurged(tree, up)) continue;
    for (const folder of up) {
      if (seen.has(folder.id)) continue;
      const drift = await driftOf(tree, folder.id);
      if (drift === null) continue;
      seen.add(folder.id);
      if (options.repair)
        await tree.sql.transaction((tx) => tx.run(addToFolder, { id: folder.id, ...drift, changedAt: 0 }));
      const detail = `differs from what is below by ${drift.bytes} bytes and ${drift.files} files`;
      yield { kind: 'size_drift', id: folder.id, detail, repairable: true };
    }
  }
}

/** Batches of a purge change the trash folder only. */
async function isBeingPurged(tree: Tree, up: readonly q.ChainRow[]): Promise<boolean> {
  const trash = await tree.sql.reader.get(v.trashOf, { nodeId: up.at(-2)?.id ?? '' });
  return trash?.purging === 1;
}

/**
 * What is missing in a folder's total. The two sides are read one after the other, so they are compared only if the journal did not move
 * meanwhile; a folder that is never left alone is not judged this time.
 */
async function driftOf(tree: Tree, id: string): Promise<Totals | null> {
  for (let look = 0; look < looks; look++) {
    const head = await tree.journal.head();
    const stored = await tree.sizes.folder(id);
    const real = await tree.sql.background.get(trueTotals, { id });
    if (real === undefined) return null;
    const drift = { bytes: real.bytes - stored.bytes, files: real.files - stored.files };
    if (drift.bytes === 0 && drift.files === 0) return null;
    if ((await tree.journal.head()) === head) return drift;
    await setTimeout(lookAgainMs);
  }
  return null;
}

async function* checkVersions(tree: Tree, options: Options): AsyncGenerator<CheckFinding> {
  for (let after = ''; ;) {
    const rows = await tree.sql.background.all(versionPage, { after, limit: pageVersions });
    for (const row of rows) {
      if (row.node === null) yield await repairOrphan(tree, row, options);
      else {
        const chunks = await tree.contents.chunksOf(row.id);
        const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
        const gone =
          size !== row.size && (await tree.sql.reader.get(v.versionById, { id: row.id })) === undefined;
        if (size !== row.size && !gone) {
          const detail = `has ${row.size} bytes, its chunks ${size}`;
          yield { kind: 'broken_version', id: row.id, detail, repairable: false };
        }
      }
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageVersions) return;
    after = last.id;
  }
}

async function repairOrphan(tree: Tree, row: VersionRow, options: Options): Promise<CheckFinding> {
  if (options.repair) {
    await tree.sql.transaction(async (tx) => {
      await tree.contents.release(tx, [row.id]);
      await tx.run(v.deleteVersions, { ids: [row.id] });
    });
  }
  return { kind: 'broken_version', id: row.id, detail: 'belongs to no file', repairable: true };
}

async function* checkJournal(tree: Tree): AsyncGenerator<CheckFinding> {
  let last: number | null = null;
  for (;;) {
    const rows = await tree.journal.read(last ?? 0, pageNodes);
    for (const row of rows) {
      if (last !== null && row.seq !== last + 1) {
        const detail = `after position ${last} comes ${row.seq}`;
        yield { kind: 'broken_journal', id: row.id, detail, repairable: false };
      }
      last = row.seq;
    }
    if (rows.length < pageNodes) return;
  }
}
