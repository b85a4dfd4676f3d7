import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { queries, thing } from './contract.schema.ts';
import type { GuardedTable, SqlStore } from './contract.ts';

const all = ['insert', 'update', 'delete'] as const;
const readOnly = (error: unknown): boolean => isAppError(error, 'read_only');

/** What every SQL driver promises of `guard`. */
export function guardCases(sql: () => SqlStore, other: () => Promise<SqlStore>): void {
  const insert = (name: string): Promise<number> =>
    sql().transaction((tx) => tx.run(queries.insert, thing(name)));
  const setNumber = (n: number): Promise<number> =>
    sql().transaction((tx) => tx.run(queries.setNumber, { name: 'a', n }));

  test('a guarded table can be read, and changed by nobody, until the guard is lifted', async () => {
    const things: GuardedTable[] = [{ name: 'things', changes: all }];
    await insert('a');
    const second = await other();
    // Twice: a guard that was cut off is begun again.
    await second.guard(things);
    await second.guard(things);
    await assert.rejects(insert('b'), readOnly);
    await assert.rejects(setNumber(2), readOnly);
    await assert.rejects(
      sql().transaction((tx) => tx.run(queries.clear, {})),
      readOnly,
    );
    assert.deepEqual(
      (await sql().reader.all(queries.all, {})).map((row) => row.name),
      ['a'],
    );
    await second.unguard(things);
    await second.unguard(things);
    await insert('b');
    assert.equal(await setNumber(2), 1);
  });

  test('a guard of some columns and changes lets the others through', async () => {
    const things: GuardedTable[] = [
      { name: 'things', changes: ['update', 'delete'], columns: ['name', 'text'] },
    ];
    await sql().guard(things);
    await insert('a');
    assert.equal(await setNumber(7), 1);
    await assert.rejects(
      sql().transaction((tx) => tx.run(queries.clear, {})),
      readOnly,
    );
    await sql().unguard(things);
  });

  test('a guard waits for the transaction that is changing its table', async () => {
    const things: GuardedTable[] = [{ name: 'things', changes: all }];
    const second = await other();
    const inside = Promise.withResolvers<void>();
    const work = sql().transaction(async (tx) => {
      await tx.run(queries.insert, thing('a'));
      inside.resolve();
      for (let i = 0; i < 200; i++) await tx.get(queries.byName, { name: 'a' });
    });
    await inside.promise;
    await second.guard(things);
    const seen = await second.reader.all(queries.all, {});
    await work;
    assert.equal(seen.length, 1, 'what is acknowledged later was there when the guard held');
    await second.unguard(things);
  });
}
