import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { queries, thing } from './contract.schema.ts';
import type { SqlStore } from './contract.ts';

/** What every SQL driver promises of values: as they went in, they come out, or there is an error. */
export function valueCases(sql: () => SqlStore): void {
  const roundTrip = async (n: number): Promise<number | undefined> => {
    await sql().transaction((tx) => tx.run(queries.insert, thing(`n${n}`, { n })));
    return (await sql().reader.get(queries.byName, { name: `n${n}` }))?.n;
  };

  test('keeps integers up to 2^53 exactly', async () => {
    for (const n of [0, -1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      assert.equal(await roundTrip(n), n);
  });

  test('refuses integers beyond 2^53 rather than round them, both ways', async () => {
    await assert.rejects(roundTrip(2 ** 53), (e) => isAppError(e, 'invalid_input'));
    await assert.rejects(roundTrip(NaN), (e) => isAppError(e, 'invalid_input'));
    await sql().transaction(async (tx) => {
      await tx.run(queries.insert, thing('big', { n: Number.MAX_SAFE_INTEGER }));
      await tx.run(queries.double, { name: 'big' });
    });
    await assert.rejects(sql().reader.get(queries.byName, { name: 'big' }), (e) => isAppError(e, 'internal'));
    await assert.rejects(sql().background.all(queries.byName, { name: 'big' }), (e) =>
      isAppError(e, 'internal'),
    );
  });

  test('divides integers as integers', async () => {
    await sql().transaction((tx) => tx.run(queries.insert, thing('d', { n: 7 })));
    assert.equal((await sql().reader.get(queries.divide, { name: 'd', by: 2 }))?.quotient, 3);
  });

  test('keeps times as they are, whatever the time zone', async () => {
    const at = Date.parse('2026-03-29T02:30:00.123Z'); // within the hour that central Europe skips
    assert.equal(await roundTrip(at), at);
  });

  test('compares names byte by byte: case, composition, trailing blanks', async () => {
    const names = ['a', 'A', '\u00e9', 'e\u0301', 'a ', '\u{1f600}', 'ss', '\u00df', ''];
    await sql().transaction((tx) =>
      tx.runMany(
        queries.insert,
        names.map((name) => thing(name)),
      ),
    );
    for (const name of names)
      assert.deepEqual(
        (await sql().reader.all(queries.byName, { name })).map((r) => r.name),
        [name],
      );
    const bytes = (s: string): Buffer => Buffer.from(s);
    const sorted = (await sql().reader.all(queries.all, {})).map((r) => r.name);
    assert.deepEqual(
      sorted,
      [...names].sort((x, y) => Buffer.compare(bytes(x), bytes(y))),
    );
  });

  test('keeps null, bytes and long text', async () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    const text = 'x\n"\'\\'.repeat(20_000);
    await sql().transaction((tx) => tx.runMany(queries.insert, [thing('v', { data, text }), thing('w')]));
    const row = await sql().reader.get(queries.byName, { name: 'v' });
    assert.deepEqual([...(row?.data ?? [])], [...data]);
    assert.equal(row?.text, text);
    assert.equal((await sql().reader.get(queries.byName, { name: 'w' }))?.data, null);
  });

  test('refuses a missing parameter', async () => {
    await assert.rejects(sql().reader.get(queries.byName, {} as { name: string }), (e) =>
      isAppError(e, 'internal'),
    );
  });
}
