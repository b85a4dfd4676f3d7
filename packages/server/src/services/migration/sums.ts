/** What proves later that a table is as it was: how many rows, and a hash over all of them. */
import { createHash } from 'node:crypto';
import type { SqlReader } from '../../stores/sql/contract.ts';
import type { PlannedTable } from './plan.ts';
import { lineOf, Rows, type Row } from './rows.ts';

export interface TableSum {
  readonly table: string;
  /** As it was then: of a later program's tables it may be another one. */
  readonly key: readonly string[];
  /** Those that there were; empty where there are no rows. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** As in `Comparison`: in the order of the key, what is touched in passing left out. */
  readonly sha256: string;
}

/** @param only of a table that may have got more columns since; absent: all */
export async function sumOf(
  reader: SqlReader,
  table: Pick<PlannedTable, 'name' | 'key'>,
  signal: AbortSignal,
  only?: readonly string[],
): Promise<TableSum> {
  const rows = new Rows(reader, table);
  const hash = createHash('sha256');
  let count = 0;
  let columns = only;
  for (await rows.advance(); rows.current !== null; await rows.advance()) {
    columns ??= Object.keys(rows.current);
    hash.update(`${lineOf(table, only === undefined ? rows.current : narrowed(rows.current, only))}\n`);
    count += 1;
    if (count % 1000 === 0) signal.throwIfAborted();
  }
  return {
    table: table.name,
    key: table.key,
    columns: columns ?? [],
    rows: count,
    sha256: hash.digest('hex'),
  };
}

function narrowed(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}
