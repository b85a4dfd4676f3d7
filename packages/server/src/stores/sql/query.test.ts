import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileDefined, inList, queriesOf } from './query.ts';

interface Tables {
  things: { id: string; n: number; parent: string };
}
const define = queriesOf<Tables>();

test('compiles named parameters once per dialect, constants kept', () => {
  const query = define<{ id: string; n: number }, { id: string }>((db, p) =>
    db.selectFrom('things').select('id').where('id', '=', p.id).where('parent', '=', 'x').limit(p.n),
  );
  assert.equal(
    query.compiled('sqlite').sql,
    'select "id" from "things" where "id" = ? and "parent" = ? limit ?',
  );
  assert.deepEqual(query.compiled('postgres').slots, [
    { name: 'id', list: false },
    { value: 'x' },
    { name: 'n', list: false },
  ]);
  assert.match(query.compiled('mysql').sql, /`id` = \?/);
  assert.equal(query.compiled('sqlite'), query.compiled('sqlite'));
});

test('a list is one placeholder on every dialect', () => {
  const query = define<{ ids: string[] }, { id: string }>((db, p, dialect) =>
    db
      .selectFrom('things')
      .select('id')
      .where(inList('id', p.ids, dialect)),
  );
  for (const dialect of ['sqlite', 'postgres', 'mysql'] as const) {
    assert.deepEqual(query.compiled(dialect).slots, [{ name: 'ids', list: true }]);
  }
});

test('inserts take parameters', () => {
  const query = define<{ id: string; n: number }>((db, p) =>
    db.insertInto('things').values({ id: p.id, n: p.n, parent: 'x' }),
  );
  assert.equal(query.compiled('sqlite').slots.length, 3);
});

test('compiles ahead of use, and stops when it is told to', async () => {
  let built = 0;
  const query = define<{ id: string }, { id: string }>((db, p) => {
    built += 1;
    return db.selectFrom('things').select('id').where('id', '=', p.id);
  });
  await compileDefined('sqlite', AbortSignal.abort());
  assert.equal(built, 0);
  await compileDefined('sqlite', new AbortController().signal);
  query.compiled('sqlite');
  assert.equal(built, 1);
});
