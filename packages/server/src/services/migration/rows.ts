/** Rows of any planned table, page by page in the order of their key, in one form on every database. */
import { sql } from 'kysely';
import { AppError } from '../../kernel/errors.ts';
import type { Query, SqlReader } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import { touchedColumns, type PlannedTable } from './plan.ts';

type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;
type Parameters = Record<string, Value>;

const pageSize = 1000;
const define = queriesOf<Record<string, Record<string, Value>>>();

interface PageQueries {
  readonly first: Query<Parameters, Row>;
  readonly next: Query<Parameters, Row>;
}

const pages = new Map<string, PageQueries>();

function pagesOf({ name, key }: PlannedTable): PageQueries {
  let queries = pages.get(name);
  if (queries !== undefined) return queries;
  const [first] = key;
  const build = (more: boolean): Query<Parameters, Row> =>
    define<Parameters, Row>((db, p) => {
      let query = db
        .selectFrom(name)
        .selectAll()
        .limit(sql<number>`${p['limit']}`);
      for (const column of key) query = query.orderBy(column);
      // Without the bracket rows that have no position yet would come first; the guard sees to it that there are none.
      if (name === 'journal') query = query.where(first, 'is not', null);
      if (!more) return query;
      if (key.length === 1) return query.where(first, '>', p[first] ?? null);
      // Not as a comparison of tuples: MariaDB and MySQL would read the whole index.
      return query
        .where(first, '>=', p[first] ?? null)
        .where((on) =>
          on.or(
            key.map((column, at) =>
              on.and([
                ...key.slice(0, at).map((before) => on(before, '=', p[before] ?? null)),
                on(column, '>', p[column] ?? null),
              ]),
            ),
          ),
        );
    });
  pages.set(name, (queries = { first: build(false), next: build(true) }));
  return queries;
}

/** Steps through a table. `current` is null at its end. The next page is fetched while this one is looked at. */
export class Rows {
  current: Row | null = null;
  readonly #reader: SqlReader;
  readonly #table: PlannedTable;
  #page: readonly Row[] = [];
  #at = -1;
  #next: Promise<readonly Row[]> | null;

  constructor(reader: SqlReader, table: PlannedTable) {
    this.#reader = reader;
    this.#table = table;
    this.#next = this.#fetch(null);
  }

  /** Awaits only where a page has to come. */
  advance(): Promise<void> | undefined {
    this.#at += 1;
    this.current = this.#page[this.#at] ?? null;
    return this.current === null && this.#next !== null ? this.#turn(this.#next) : undefined;
  }

  async #turn(next: Promise<readonly Row[]>): Promise<void> {
    const rows = await next;
    const last = rows.at(-1);
    this.#next = rows.length < pageSize || last === undefined ? null : this.#fetch(last);
    this.#page = this.#table.name === 'journal' ? rows.map(withoutOrdinal) : rows;
    this.#at = 0;
    this.current = this.#page[0] ?? null;
  }

  #fetch(last: Row | null): Promise<readonly Row[]> {
    const queries = pagesOf(this.#table);
    const after = Object.fromEntries(this.#table.key.map((column) => [column, last?.[column] ?? null]));
    const rows =
      last === null
        ? this.#reader.all(queries.first, { limit: pageSize })
        : this.#reader.all(queries.next, { ...after, limit: pageSize });
    // Told when its turn comes; nobody may be waiting yet.
    rows.catch(() => {});
    return rows;
  }
}

/** The order of insertion, which only PostgreSQL and MySQL keep; the position says the same once it is given. */
function withoutOrdinal({ ordinal: _ordinal, ...row }: Row): Row {
  return row;
}

/** By the key, as all databases order it. */
export function compareKeys(table: PlannedTable, a: Row, b: Row): number {
  for (const column of table.key) {
    const order = compareValues(a[column] ?? null, b[column] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

/** A row as text: equal rows give equal texts on every database. What is touched in passing is left out. */
export function lineOf(table: PlannedTable, row: Row): string {
  const touched = touchedColumns[table.name];
  const names = Object.keys(row).sort();
  const shown = touched === undefined ? names : names.filter((name) => !touched.includes(name));
  const values = shown.map((name) => {
    const value = row[name];
    if (value === null || typeof value === 'string' || typeof value === 'number') return value;
    throw new AppError('internal', `${table.name}.${name} holds something that cannot be copied`);
  });
  return JSON.stringify(values);
}
