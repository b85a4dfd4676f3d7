/**
 * Rows that are held until the commit, where writers run side by side (README of the services); on SQLite, where they are asked at all, plain look-ups. On PostgreSQL who
 * wants a row for himself may wait for ever behind others who share it one after another: both take an advisory lock of the same name
 * first, whose queue is fair.
 */
import { sql, type RawBuilder } from 'kysely';
import { inList } from '../../stores/sql/query.ts';
import { define } from './queries.ts';
import type { NodeRow } from './rows.ts';

const own = sql.raw('pg_advisory_xact_lock');
const shared = sql.raw('pg_advisory_xact_lock_shared');

function gate(lock: RawBuilder<unknown>, id: string): RawBuilder<unknown> {
  return sql`with gate as materialized (select ${lock}(hashtextextended(${id}, 0)))`;
}

/**
 * A folder that something is put into, against moves and removal. On PostgreSQL sizes may still be rolled up meanwhile, which changes no
 * key. MariaDB knows only the older form.
 */
export const lockShared = define<{ id: string }, { id: string }>((db, p, dialect) => {
  if (dialect === 'postgres') {
    const statement = sql`${gate(shared, p.id)}
      select nodes.id from nodes, gate where nodes.id = ${p.id} for key share of nodes`;
    return { compile: () => statement.compile(db) };
  }
  const query = db.selectFrom('nodes').select('id').where('id', '=', p.id);
  return dialect === 'mysql' ? query.modifyEnd(sql`lock in share mode`) : query;
});

/** The row as it is. */
export const nodeToChange = define<{ id: string }, NodeRow>((db, p, dialect) => {
  if (dialect === 'postgres') {
    const statement = sql`${gate(own, p.id)}
      select nodes.* from nodes, gate where nodes.id = ${p.id} for update of nodes`;
    return { compile: () => statement.compile(db) };
  }
  const query = db.selectFrom('nodes').selectAll().where('id', '=', p.id);
  return dialect === 'mysql' ? query.forUpdate() : query;
});

/** Roots, in the order of ids. */
export const rootsToHold = define<{ ids: readonly string[] }, { id: string }>((db, p, dialect) => {
  if (dialect === 'postgres') {
    const statement = sql`with gate as materialized (select pg_advisory_xact_lock(hashtextextended(root.id, 0))
        from (select nodes.id from nodes where ${inList('nodes.id', p.ids, dialect)} order by nodes.id) as root)
      select nodes.id from nodes, (select count(*) from gate) as gates where ${inList('nodes.id', p.ids, dialect)}
      order by nodes.id for update of nodes`;
    return { compile: () => statement.compile(db) };
  }
  return db
    .selectFrom('nodes')
    .select('id')
    .where(inList('id', p.ids, dialect))
    .orderBy('id')
    .forUpdate();
});

/** A folder that is being removed: nobody comes in any more, so those who are in it come to an end. */
export const folderToRemove = define<{ id: string }, { id: string }>((db, p) =>
  db.selectFrom('nodes').select('id').where('id', '=', p.id).forUpdate(),
);

/** A page of members, all of them held. */
export const childrenToChange = define<{ parentId: string; limit: number }, NodeRow>((db, p, dialect) => {
  const query = db
    .selectFrom('nodes')
    .selectAll()
    .where('parent_id', '=', p.parentId)
    .orderBy('name_key')
    .limit(p.limit);
  return dialect === 'sqlite' ? query : query.forUpdate();
});
