import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { queries, thing } from './contract.schema.ts';
import type { SqlStore } from './contract.ts';

/** What every SQL driver promises of `snapshot`. */
export function snapshotCases(sql: () => SqlStore): void {
  const names = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);
  const insert = (name: string): Promise<number> =>
    sql().transaction((tx) => tx.run(queries.insert, thing(name)));

  test('a snapshot sees the moment of its beginning, and keeps nobody from writing', async () => {
    await insert('a');
    const seen = await sql().snapshot(async (reader) => {
      await insert('b');
      const first = names(await reader.all(queries.all, {}));
      await sql().transaction((tx) => tx.run(queries.clear, {}));
      return {
        first,
        later: names(await reader.all(queries.all, {})),
        b: await reader.get(queries.byName, { name: 'b' }),
      };
    });
    assert.deepEqual(seen, { first: ['a'], later: ['a'], b: undefined });
    assert.deepEqual(await sql().background.all(queries.all, {}), []);
  });

  test('a snapshot takes no statement that writes, passes errors on, and leaves nothing behind', async () => {
    await assert.rejects(
      sql().snapshot((reader) => reader.all(queries.insert, thing('c'))),
      (e) => isAppError(e, 'internal'),
    );
    const mine = new Error('mine');
    await assert.rejects(
      sql().snapshot(() => Promise.reject(mine)),
      (e) => e === mine,
    );
    await insert('d');
    assert.deepEqual(names(await sql().snapshot((reader) => reader.all(queries.all, {}))), ['d']);
    assert.deepEqual(names(await sql().background.all(queries.all, {})), ['d']);
  });
}
