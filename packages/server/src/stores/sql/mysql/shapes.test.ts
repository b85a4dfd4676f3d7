import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inList, queriesOf } from '../query.ts';
import { shape, shapes } from './shapes.ts';

interface Tables {
  things: { id: string; n: number };
}
const define = queriesOf<Tables>();
const byIds = define<{ n: number; ids: readonly string[] }, { id: string }>((db, p, dialect) =>
  db
    .selectFrom('things')
    .select('id')
    .where('n', '=', p.n)
    .where(inList('id', p.ids, dialect))
    .where('n', '<', p.n),
).compiled('mysql');
const insert = define<{ id: string; n: number }>((db, p) =>
  db.insertInto('things').values({ id: p.id, n: p.n }),
).compiled('mysql');

test('a list has as many placeholders as the next power of two, filled up with its last', () => {
  const five = shape(byIds, [1, ['a', 'b', 'c', 'd', 'e'], 2]);
  assert.match(five.sql, /`n` = \? and `id` in \(\?,\?,\?,\?,\?,\?,\?,\?\) and `n` < \?$/);
  assert.deepEqual(five.values, [1, 'a', 'b', 'c', 'd', 'e', 'e', 'e', 'e', 2]);
  assert.equal(shape(byIds, [1, ['a', 'b', 'c', 'd', 'e', 'f'], 2]).sql, five.sql);
});

test('an empty list finds nothing', () => {
  const none = shape(byIds, [1, [], 2]);
  assert.match(none.sql, /in \(\?\)/);
  assert.deepEqual(none.values, [1, null, 2]);
});

test('rows of an insert go together, in few different texts', () => {
  const rows = Array.from({ length: 300 }, (_, i) => [`id${i}`, i]);
  const texts = [...shapes(insert, rows)];
  assert.deepEqual(
    texts.map((text) => text.values.length / 2),
    [128, 128, 32, 8, 4],
  );
  assert.deepEqual(
    texts.flatMap((text) => text.values),
    rows.flat(),
  );
});

test('rows that are large together are parted', () => {
  const big = 'x'.repeat(2 ** 20);
  const texts = [
    ...shapes(
      insert,
      Array.from({ length: 4 }, (_, i) => [big, i]),
    ),
  ];
  assert.equal(texts.length, 4);
});

test('an insert that says what to do with each clash goes row by row', () => {
  const upsert = define<{ id: string; n: number }>((db, p) =>
    db.insertInto('things').values({ id: p.id, n: p.n }).onDuplicateKeyUpdate({ n: p.n }),
  ).compiled('mysql');
  const texts = [...shapes(upsert, [['a', 1, 1], ['b', 2, 2]])]; // prettier-ignore
  assert.equal(texts.length, 2);
});
