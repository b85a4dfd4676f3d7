import { sql, type RawBuilder } from 'kysely';
import type { Dialect } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { FollowerCursorsTable, JournalTable, JournalTables } from './tables.ts';

const define = queriesOf<JournalTables>();
type None = Record<string, never>;
type Page = { after: number; limit: number };
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
    origin: p.origin,
  };
  const next = sql<number>`(select coalesce(max(seq), 0) + 1 from journal)`;
  // Where it is stamped, `seq` is nullable; the table's type says what readers see.
  if (dialect === 'sqlite') return db.insertInto('journal').values({ ...row, seq: next });
  return db.insertInto('journal').values(row as JournalTable);
});

export const selectHead = define<None, { head: number | null; pending: number }>((db, _p, dialect) =>
  db
    .selectFrom('journal')
    .select((e) => [e.fn.max<number | null>('seq').as('head'), pending(dialect).as('pending')]),
);

/** Whether committed rows are there that have no position yet. */
function pending(dialect: Dialect): RawBuilder<number> {
  return dialect === 'sqlite'
    ? sql<number>`0`
    : sql<number>`exists (select 1 from journal where seq is null)`;
}

export const selectRows = define<Page, JournalTable>((db, p) =>
  db.selectFrom('journal').selectAll().where('seq', '>', p.after).orderBy('seq').limit(p.limit),
);

/** As `selectRows`, and by the same snapshot whether rows without a position are there; `id` is null where there is only that to say. */
export const selectRowsAndPending = define<Page, (JournalTable | { id: null }) & { pending: number }>(
  (db, p, dialect) => {
    const rows = db
      .selectFrom('journal')
      .selectAll()
      .where('seq', '>', p.after)
      .orderBy('seq')
      .limit(p.limit);
    return db
      .selectFrom(sql<{ pending: number }>`(select ${pending(dialect)} as pending)`.as('p'))
      .leftJoin(rows.as('j'), (on) => on.onTrue())
      .selectAll()
      .orderBy('seq');
  },
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

/** The next position; none where all is handled. */
export const selectNext = define<{ after: number }, { seq: number | null }>((db, p) =>
  db
    .selectFrom('journal')
    .select((eb) => eb.fn.min('seq').as('seq'))
    .where('seq', '>', p.after),
);

export const insertParked = define<{ follower: string; seq: number; error: string; at: number }>((db, p) =>
  db.insertInto('parked_rows').values({ follower: p.follower, seq: p.seq, error: p.error, parked_at: p.at }),
);

export const forgetParked = define<{ follower: string }>((db, p) =>
  db.deleteFrom('parked_rows').where('follower', '=', p.follower),
);

export const countParked = define<None, { follower: string; count: number }>((db) =>
  db
    .selectFrom('parked_rows')
    .select(['follower', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('follower'),
);
