/** Statements of the roll-up. */
import { sql } from 'kysely';
import { inList } from '../../stores/sql/query.ts';
import { define } from './queries.ts';
import type { FolderRow } from './size-fold.ts';
import { FOLDER } from './tables.ts';

export const nothing: Record<string, never> = {};

export const position = define<Record<string, never>, { position: number }>((db) =>
  db.selectFrom('size_rollup').select('position').where('id', '=', 1),
);

/** Compare and set: of two who roll up the same rows, one does. */
export const movePosition = define<{ from: number; to: number }>((db, p) =>
  db.updateTable('size_rollup').set({ position: p.to }).where('id', '=', 1).where('position', '=', p.from),
);

export const addToFolder = define<{ id: string; bytes: number; files: number; changedAt: number }>((db, p) =>
  db
    .updateTable('nodes')
    .set({
      size: sql<number>`size + ${p.bytes}`,
      files: sql<number>`files + ${p.files}`,
      modified_at: sql<number>`case when modified_at < ${p.changedAt} then ${p.changedAt} else modified_at end`,
    })
    .where('id', '=', p.id)
    .where('kind', '=', FOLDER),
);

/** Folders and all above them, each with the position that their sizes are as of. */
export const ancestry = define<{ ids: readonly string[] }, FolderRow & { position: number }>(
  (db, p, dialect) =>
    db
      .withRecursive('up(id, parent_id, size, files)', (q) =>
        q
          .selectFrom('nodes')
          .select(['id', 'parent_id', 'size', 'files'])
          .where(inList('id', p.ids, dialect))
          .union(
            q
              .selectFrom('up')
              .innerJoin('nodes as n', 'n.id', 'up.parent_id')
              .select(['n.id', 'n.parent_id', 'n.size', 'n.files']),
          ),
      )
      .selectFrom('up')
      .innerJoin('size_rollup as r', (join) => join.on('r.id', '=', 1))
      .select(['up.id', 'up.parent_id', 'up.size', 'up.files', 'r.position']),
);
