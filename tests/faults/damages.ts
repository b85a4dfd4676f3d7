/** Kinds of damage that the check must find, each done to nodes of its own, so that many fit into one data folder. */
import type { Database } from 'better-sqlite3';
import { addOrphan, chunkOf, cutBlob, flipBlob, removeBlob, withDatabase } from '../harness/blob-files.ts';

/** Folders end in `/`; `chunky` and `stray` have two versions. */
export const nodes = {
  kept: 'kept',
  keyed: 'keyed',
  missing: 'missing',
  hashed: 'hashed',
  short: 'short',
  longer: 'longer',
  chunky: 'chunky',
  stray: 'stray',
  folder: 'folder/',
  drifted: 'folder/drifted/',
  inner: 'folder/drifted/inner',
  lost: 'lost/',
  cycle: 'cycle/',
} as const;
export type Ids = Readonly<Record<keyof typeof nodes, string>>;

export interface Finding {
  readonly kind: string;
  readonly id: string;
  readonly repairable: boolean;
}

/** @returns what the check has to say about it */
export type Damage = (folder: string, ids: Ids) => Finding | Promise<Finding>;

const mends = (kind: string, id: string): Finding => ({ kind, id, repairable: true });
const stays = (kind: string, id: string): Finding => ({ kind, id, repairable: false });

function edit(folder: string, work: (database: Database) => void): void {
  withDatabase(folder, (database) => {
    database.pragma('foreign_keys = off');
    work(database);
  });
}

const run = (folder: string, sql: string, ...values: readonly unknown[]): void =>
  edit(folder, (database) => void database.prepare(sql).run(...values));

const text = (folder: string, sql: string, ...values: readonly unknown[]): string =>
  withDatabase(folder, (database) =>
    String(
      database
        .prepare(sql)
        .pluck()
        .get(...values),
    ),
  );

const firstVersion = 'select id from versions where node_id = ? order by id limit 1';

export const mendable: Readonly<Record<string, Damage>> = {
  'a blob that nothing knows': (folder, { kept }) =>
    mends('orphan_blob', addOrphan(folder, chunkOf(folder, kept))),

  /** With its version, so that this is the only fault. */
  'a chunk that no version refers to': (folder, { chunky }) => {
    const version = text(folder, firstVersion, chunky);
    const chunk = text(folder, 'select chunk_id from version_chunks where version_id = ?', version);
    run(folder, 'delete from version_chunks where version_id = ?', version);
    run(folder, 'delete from versions where id = ?', version);
    return mends('orphan_chunk', chunk);
  },

  'a version that belongs to no file': (folder, { stray }) => {
    const version = text(folder, firstVersion, stray);
    run(folder, "update versions set node_id = 'nobody' where id = ?", version);
    return mends('broken_version', version);
  },

  'a wrong sort key': (folder, { keyed }) => {
    run(folder, "update nodes set sort_key = 'zzz' where id = ?", keyed);
    return mends('broken_tree', keyed);
  },

  'a folder with a wrong size': (folder, { drifted }) => {
    run(folder, 'update nodes set size = size + 1000 where id = ?', drifted);
    return mends('size_drift', drifted);
  },
};

export const beyondRepair: Readonly<Record<string, Damage>> = {
  'a missing blob': async (folder, { missing }) => {
    const chunk = chunkOf(folder, missing);
    await removeBlob(folder, chunk);
    return stays('missing_blob', chunk);
  },

  'a blob that was cut off': async (folder, { short }) => {
    const chunk = chunkOf(folder, short);
    await cutBlob(folder, chunk, 3);
    return stays('wrong_size', chunk);
  },

  'a blob with a wrong hash': async (folder, { hashed }) => {
    const chunk = chunkOf(folder, hashed);
    await flipBlob(folder, chunk);
    return stays('wrong_hash', chunk);
  },

  /** With the folder above, so that this is the only fault. */
  'a file of another size than its version': (folder, { longer }) => {
    run(folder, 'update nodes set size = size + 5 where id = ?', longer);
    run(
      folder,
      'update nodes set size = size + 5 where id = (select parent_id from nodes where id = ?)',
      longer,
    );
    return stays('broken_version', longer);
  },

  'a folder whose parent is gone': (folder, { lost }) => {
    run(folder, "update nodes set parent_id = 'nowhere' where id = ?", lost);
    return stays('broken_tree', lost);
  },

  'a folder that hangs in itself': (folder, { cycle }) => {
    run(folder, 'update nodes set parent_id = id where id = ?', cycle);
    return stays('broken_tree', cycle);
  },

  'a gap in the journal': (folder) => {
    const seq = Number(text(folder, 'select max(seq) / 2 from journal'));
    run(folder, 'delete from journal where seq = ?', seq);
    return stays('broken_journal', text(folder, 'select id from journal where seq = ?', seq + 1));
  },
};
