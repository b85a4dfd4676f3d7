import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { migrations } from '../../boot/migrations.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { OpenedSql } from '../../stores/sql/contract.suite.ts';
import { openTestDatabase } from '../../stores/sql/testing.ts';
import { leftTables, plannedTables, touchedColumns } from './plan.ts';

interface Column {
  readonly tab: string;
  readonly col: string;
  readonly pk: number;
}

const define = queriesOf<Record<string, never>>();
const selectColumns = define<Record<string, never>, Column>((db) => ({
  compile: () =>
    sql
      .raw(
        `select s.name as tab, c.name as col, c.pk as pk from sqlite_schema s join pragma_table_info(s.name) c
           where s.type = 'table' and s.name not like 'sqlite%' order by s.name, c.pk, c.cid`,
      )
      .compile(db),
}));

let database: OpenedSql;
let columns: readonly Column[];
before(async () => {
  database = await openTestDatabase('sqlite', 'relaxed');
  await database.store.migrate(migrations);
  columns = await database.store.background.all(selectColumns, {});
});
after(() => database.remove());

const columnsOf = (name: string): readonly Column[] => columns.filter(({ tab }) => tab === name);

test('every table is either moved or left on purpose', () => {
  const there = new Set(columns.map(({ tab }) => tab));
  // SQLite gives positions at once.
  const planned = [...plannedTables.map(({ name }) => name), ...leftTables].filter(
    (n) => n !== 'journal_head',
  );
  assert.deepEqual(planned.toSorted(), [...there].toSorted());
});

test('tables are read by their primary keys', () => {
  for (const { name, key } of plannedTables) {
    const primary = columnsOf(name).filter(({ pk }) => pk > 0);
    assert.deepEqual(
      primary.map(({ col }) => col),
      [...key],
      name,
    );
  }
});

test('a guard that lets columns through names all the others', () => {
  for (const { name, key, guard } of plannedTables) {
    if (guard?.columns === undefined) continue;
    const free = [...key, ...(touchedColumns[name] ?? [])];
    const guarded = columnsOf(name)
      .map(({ col }) => col)
      .filter((col) => !free.includes(col));
    assert.deepEqual([...guard.columns].toSorted(), guarded.toSorted(), name);
  }
});
