import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { FollowerCursorsTable, JournalTable, JournalTables } from './tables.ts';

const define = queriesOf<JournalTables>();
type None = Record<string, never>;
type NewRow = { [K in keyof Omit<JournalTable, 'seq'>]: JournalTable[K] };

/** SQLite has one writer, so the position is given here; elsewhere it is stamped after the commit (README). */
export const insertRow = define<NewRow>((db, p, dialect) => {
  const row = {
    id: p.id,
    at: p.at,
    kind: p.kind,
    actor_id: p.actor_id,
    node_id: p.node_id,
    parent_id: p.parent_id,
    workspace_id: p.workspace_id,
    before: p.before,
    after: p.after,
    bytes: p.bytes,
    files: p.files,
  };
  const next = sql<number>`(select coalesce(max(seq), 0) + 1 from journal)`;
  // Where it is stamped, `seq` is nullable; the table's type says what readers see.
  if (dialect === 'sqlite') return db.insertInto('journal').values({ ...row, seq: next });
  return db.insertInto('journal').values(row as JournalTable);
});

export const selectHead = define<None, { head: number | null }>((db) =>
  db.selectFrom('journal').select((e) => e.fn.max<number | null>('seq').as('head')),
);

export const selectRows = define<{ after: number; limit: number }, JournalTable>((db, p) =>
  db.selectFrom('journal').selectAll().where('seq', '>', p.after).orderBy('seq').limit(p.limit),
);

export const selectCursor = define<{ name: string }, FollowerCursorsTable>((db, p) =>
  db.selectFrom('follower_cursors').selectAll().where('name', '=', p.name),
);

export const selectCursors = define<None, FollowerCursorsTable>((db) =>
  db.selectFrom('follower_cursors').selectAll().orderBy('name'),
);

/** Leaves one that is there as it is. */
export const insertCursor = define<{ name: string; position: number; at: number }>((db, p, dialect) => {
  const insert = db
    .insertInto('follower_cursors')
    .values({ name: p.name, position: p.position, rebuilding: 0, error: null, updated_at: p.at });
  return dialect === 'mysql'
    ? insert.ignore()
    : insert.onConflict((clash) => clash.column('name').doNothing());
});

/** Compare-and-set: another runner, or a rebuild, may have moved it meanwhile. */
export const moveCursor = define<{ name: string; from: number; to: number; at: number }>((db, p) =>
  db
    .updateTable('follower_cursors')
    .set({ position: p.to, error: null, updated_at: p.at })
    .where('name', '=', p.name)
    .where('position', '=', p.from),
);

export const noteError = define<{ name: string; error: string; at: number }>((db, p) =>
  db.updateTable('follower_cursors').set({ error: p.error, updated_at: p.at }).where('name', '=', p.name),
);

export const askRebuild = define<{ name: string; at: number }>((db, p) =>
  db
    .updateTable('follower_cursors')
    .set({ rebuilding: 1, error: null, updated_at: p.at })
    .where('name', '=', p.name),
);

export const endRebuild = define<{ name: string; position: number; at: number }>((db, p) =>
  db
    .updateTable('follower_cursors')
    .set({ position: p.position, rebuilding: 0, error: null, updated_at: p.at })
    .where('name', '=', p.name),
);
