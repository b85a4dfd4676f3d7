/** Statements that bring a row to the target, or take it away, for any planned table. */
import { sql, type Expression, type SqlBool } from 'kysely';
import type { Query } from '../../stores/sql/contract.ts';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { PlannedTable } from './plan.ts';

type Value = string | number | null;
type Parameters = Record<string, Value>;
type Tables = Record<string, Record<string, Value>>;

const define = queriesOf<Tables>();
const cache = new Map<string, Query<Parameters, unknown>>();

function cached(name: string, make: () => Query<Parameters, unknown>): Query<Parameters, unknown> {
  let query = cache.get(name);
  if (query === undefined) cache.set(name, (query = make()));
  return query;
}

/** Leaves a row that is there as it is, also one that is in the way by another unique key; changes it where others refer to it. */
export function insertInto(table: PlannedTable, columns: readonly string[]): Query<Parameters, unknown> {
  return cached(`insert ${table.name} ${columns.join()}`, () =>
    define<Parameters>((db, p, dialect) => {
      const values = Object.fromEntries(columns.map((column) => [column, p[column] ?? null]));
      const insert = db.insertInto(table.name).values(values);
      const others =
        table.referred === undefined ? [] : columns.filter((c) => !table.key.some((k) => k === c));
      if (dialect === 'mysql') {
        const set = others.length === 0 ? [table.key[0]] : others;
        return insert.onDuplicateKeyUpdate(
          Object.fromEntries(
            set.map((c) => [
              c,
              others.length === 0 ? sql<Value>`${sql.ref(c)}` : sql<Value>`values(${sql.ref(c)})`,
            ]),
          ),
        );
      }
      if (others.length === 0) return insert.onConflict((clash) => clash.doNothing());
      return insert.onConflict((clash) =>
        clash
          .columns([...table.key])
          .doUpdateSet(Object.fromEntries(others.map((c) => [c, sql<Value>`${sql.ref(`excluded.${c}`)}`]))),
      );
    }),
  );
}

/** Spares a row that others refer to. */
export function deleteFrom(table: PlannedTable): Query<Parameters, unknown> {
  return cached(`delete ${table.name}`, () =>
    define<Parameters>((db, p) => {
      const [first] = table.key;
      let query = db.deleteFrom(table.name).where(first, '=', p[first] ?? null);
      for (const column of table.key.slice(1)) query = query.where(column, '=', p[column] ?? null);
      if (table.referred === undefined) return query;
      const { by, column } = table.referred;
      const free: Expression<SqlBool> = sql<SqlBool>`not exists (select 1 from ${sql.table(by)}
        where ${sql.ref(`${by}.${column}`)} = ${sql.ref(`${table.name}.${first}`)})`;
      return query.where(free);
    }),
  );
}

const ids = new Map<string, Query<{ ids: readonly string[] }, { id: string }>>();

/** Which of these are there. */
export function presentIn(table: string): Query<{ ids: readonly string[] }, { id: string }> {
  let query = ids.get(table);
  if (query === undefined) {
    query = define<{ ids: readonly string[] }, { id: string }>((db, p, dialect) =>
      db
        .selectFrom(table)
        .select(sql<string>`id`.as('id'))
        .where(inList('id', p.ids, dialect)),
    );
    ids.set(table, query);
  }
  return query;
}

const counts = new Map<string, Query<Record<string, never>, { rows: number }>>();

export function countOf(table: string): Query<Record<string, never>, { rows: number }> {
  let query = counts.get(table);
  if (query === undefined) {
    query = define<Record<string, never>, { rows: number }>((db) =>
      db.selectFrom(table).select((e) => e.fn.countAll<number>().as('rows')),
    );
    counts.set(table, query);
  }
  return query;
}

/** After rows came with numbers of their own, PostgreSQL goes on behind them. MySQL does so by itself. */
export const continueOrdinals = define<Record<string, never>, unknown>((db) =>
  db.selectNoFrom(
    sql<number>`setval(pg_get_serial_sequence('journal', 'ordinal'), (select coalesce(max(ordinal), 0) + 1 from journal), false)`.as(
      'next',
    ),
  ),
);
