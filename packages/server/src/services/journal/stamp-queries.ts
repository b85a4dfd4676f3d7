/** Statements that give positions to committed rows, on the databases where the insert can't (README). */
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { JournalTables } from './tables.ts';

const define = queriesOf<JournalTables>();
type None = Record<string, never>;

/** Rows of one transaction. In the text of the statements, so that planners know that it is few. */
export const batch = 1000;

/** One at a time from here to the end of the transaction; each statement after it sees what the one before had stamped. */
export const lockHead = define<None>((db) =>
  db.selectFrom('journal_head').select('id').where('id', '=', 1).forUpdate(),
);

/** PostgreSQL: the oldest rows without a position, in the order of their insertion. */
export const stampRows = define<None>((db) => ({
  compile: () =>
    sql`update journal set seq = numbered.seq from (
        select ordinal, (select coalesce(max(seq), 0) from journal) + row_number() over (order by ordinal) as seq
        from (select ordinal from journal where seq is null order by ordinal limit ${sql.lit(batch)}) as oldest
      ) as numbered where journal.ordinal = numbered.ordinal`.compile(db),
}));

/**
 * MySQL: the same in two steps. Read in the statement that changes them, rows of transactions that are still open would be waited for.
 * For the same reason the rows are found by their key however few there are (`force index`). `ordinals`: JSON.
 */
export const selectUnstamped = define<None, { ordinal: number; head: number }>((db) => ({
  compile: () =>
    sql`select ordinal, (select coalesce(max(seq), 0) from journal) as head
      from journal where seq is null order by ordinal limit ${sql.lit(batch)}`.compile(db),
}));

export const stampOrdinals = define<{ ordinals: string; head: number }>((db, p) => ({
  compile: () =>
    sql`update json_table(${p.ordinals}, '$[*]' columns (position for ordinality, ordinal bigint path '$')) as numbered
      straight_join journal force index (primary) on journal.ordinal = numbered.ordinal
      set journal.seq = ${p.head} + numbered.position`.compile(db),
}));
