import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { isAppError } from '../../kernel/errors.ts';
import { testDialect } from '../../stores/sql/testing.ts';
import { newId } from '../../kernel/ids.ts';
import type { Query } from '../../stores/sql/query.ts';
import { READ } from '../access/api.ts';
import type { ListOptions, Located } from './api.ts';
import { pageQuery, type PageParameters } from './list-queries.ts';
import { keysOf } from './names.ts';
import * as lockQueries from './lock-queries.ts';
import * as queries from './queries.ts';
import { define } from './queries.ts';
import * as sizeQueries from './size-queries.ts';
import * as checkQueries from './check-queries.ts';
import * as versionQueries from './version-queries.ts';
import { openTree, type TestTree } from './testing.ts';
import { descend } from './resolve.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

let t: TestTree;
before(async () => {
  t = await openTree();
});
after(() => t.close());

async function folder(name: string, parentId = t.home.rootId): Promise<string> {
  return (await t.tree.createFolder(t.context, parentId, name)).node.id;
}

const base: ListOptions = { sort: 'name', order: 'asc', limit: 1000 };

async function pages(where: Located, options: ListOptions): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await t.tree.list(t.context, where, {
      ...options,
      ...(cursor === undefined ? {} : { cursor }),
    });
    names.push(...page.items.map((item) => item.node.name));
    if (page.next === null) return names;
    cursor = page.next;
  }
}

test('sorts as people do: numbers by value, case and accents aside, folders first', async () => {
  const id = await folder('sorted');
  const files = [
    'file 10',
    'File 2',
    'file 1',
    'Über',
    'uber',
    'zoë',
    'Zoe 2',
    'ångström',
    'a007',
    'a08',
    '!bang',
    'øre',
  ];
  for (const name of files) await t.put(id, name, 'x');
  await folder('zz folder', id);
  const where = await t.tree.locate(t.context, id);
  const order = [
    'zz folder',
    '!bang',
    'a007',
    'a08',
    'ångström',
    'file 1',
    'File 2',
    'file 10',
    'øre',
    'uber',
    'Über',
    'zoë',
    'Zoe 2',
  ];
  assert.deepEqual(await pages(where, base), order);
  assert.deepEqual(await pages(where, { ...base, order: 'desc' }), [
    'zz folder',
    ...order.slice(1).toReversed(),
  ]);
});

test('every page size walks the same list, ties included, in every order', async () => {
  const id = await folder('ties');
  for (let i = 0; i < 23; i++) await t.put(id, `f${i}`, 'x'.repeat(i % 3));
  for (let i = 0; i < 5; i++) await folder(`d${i}`, id);
  const where = await t.tree.locate(t.context, id);
  for (const sort of ['name', 'size', 'modified'] as const) {
    for (const order of ['asc', 'desc'] as const) {
      const whole = await pages(where, { ...base, sort, order });
      assert.equal(new Set(whole).size, 28);
      for (const limit of [1, 4, 5, 7, 28])
        assert.deepEqual(await pages(where, { sort, order, limit }), whole);
    }
  }
  assert.equal((await pages(where, { ...base, kind: 'folder', limit: 2 })).length, 5);
  assert.equal((await pages(where, { ...base, kind: 'file', limit: 2 })).length, 23);
});

test('filters by a part of the name, as written or not', async () => {
  const id = await folder('filter');
  for (const name of ['Résumé 2024.pdf', 'resume_b', '100%', 'invoice 12', 'INVOICE 120'])
    await t.put(id, name, 'x');
  const where = await t.tree.locate(t.context, id);
  const contains = (text: string) => pages(where, { ...base, contains: text, limit: 1 });
  assert.deepEqual(await contains('RESUME'), ['Résumé 2024.pdf', 'resume_b']);
  assert.deepEqual(await contains('e 12'), ['invoice 12', 'INVOICE 120']);
  assert.deepEqual(await contains('%'), ['100%']);
  assert.deepEqual(await contains('_'), ['resume_b']);
});

test('tells the total once, and not where something is hidden', async () => {
  const id = await folder('total');
  const ids = [await t.put(id, 'a', 'x'), await t.put(id, 'b', 'x'), await t.put(id, 'c', 'x')];
  const where = await t.tree.locate(t.context, id);
  const list = (options: Partial<ListOptions>) => t.tree.list(t.context, where, { ...base, ...options });
  assert.equal((await list({})).total, 3);
  const first = await list({ limit: 2 });
  assert.equal(first.total, 3);
  assert.equal((await list({ limit: 2, cursor: first.next ?? '' })).total, undefined);
  assert.equal((await list({ kind: 'file' })).total, undefined);
  t.denied.set(ids[0] ?? '', READ);
  const hidden = await list({});
  t.denied.clear();
  assert.deepEqual([hidden.items.length, hidden.total], [2, undefined]);
});

test('refuses cursors of other lists and made-up ones', async () => {
  const where = await t.tree.locate(t.context, t.home.rootId);
  const { next } = await t.tree.list(t.context, where, { ...base, limit: 1 });
  assert.ok(next);
  const strange = [
    Buffer.from('["list name asc  ",0]').toString('base64url'),
    'x',
    '',
    Buffer.from('{}').toString('base64url'),
  ];
  for (const cursor of strange) {
    await assert.rejects(t.tree.list(t.context, where, { ...base, cursor }), (error) =>
      isAppError(error, 'invalid_input'),
    );
  }
  const other = t.tree.list(t.context, where, { ...base, sort: 'size', cursor: next });
  await assert.rejects(other, (error) => isAppError(error, 'invalid_input'));
});

test('one round trip finds what stepping finds', async () => {
  const id = await folder('down');
  const sub = await folder('süb "x" \\', id);
  await t.put(sub, "f'", 'x');
  const inner = { ...t.deps } as Parameters<typeof descend>[0];
  for (const path of [[], ['down'], ['down', 'süb "x" \\', "f'"], ['down', 'no'], ['no', 'no', 'no']]) {
    const steps = await descend(inner, t.home, path);
    const { found, parent } = await t.tree.resolve(t.context, t.home, path);
    assert.equal(steps.node?.id, found?.node.id);
    assert.equal(steps.parent?.id, parent?.node.id);
    if (found !== null) assert.deepEqual(steps.chain, found.chain);
  }
});

test('walks and batches with what is hidden left out', async () => {
  const id = await folder('walk');
  const secret = await folder('secret', id);
  await t.put(secret, 'x', 'x');
  for (let i = 0; i < 3; i++) await t.put(await folder(`d${i}`, id), 'f', 'x');
  t.denied.set(secret, READ);
  const where = await t.tree.locate(t.context, id);
  const names: string[] = [];
  for await (const item of t.tree.walk(t.context, where, t.context.signal)) names.push(item.names.join('/'));
  const batches: number[] = [];
  for await (const batch of t.tree.children(t.context, where, t.context.signal)) batches.push(batch.length);
  t.denied.clear();
  assert.deepEqual(names, ['d0', 'd0/f', 'd1', 'd1/f', 'd2', 'd2/f']);
  assert.deepEqual(batches, [3]);
});

// The plans of the others: plans.test.ts.
if (testDialect() === 'sqlite')
  test('the whole of a large folder is read by pages of an index', async (context) => {
    const rows = Number(process.env['TREE_ROWS'] ?? 100_000);
    const id = await folder('large');
    await t.sql.transaction((tx) => tx.run(manyFiles, { parentId: id, rows }));
    const where = await t.tree.locate(t.context, id);
    for (const sort of ['name', 'size', 'modified'] as const) {
      for (const order of ['asc', 'desc'] as const) {
        for (const after of [false, true]) {
          const parameters = {
            parentId: id,
            kind: 1,
            key: sort === 'name' ? 'x' : 5,
            name: 'x',
            limit: 1001,
            pattern: '',
          };
          const plan = await t.sql.reader.all(explain(pageQuery(sort, order, after, false)), parameters);
          const text = plan.map((row) => row.detail).join('; ');
          const index = { name: 'nodes_by_name', size: 'nodes_by_size', modified: 'nodes_by_time' }[sort];
          assert.match(
            text,
            new RegExp(`USING INDEX ${index} \\(parent_id=\\? AND kind=\\?${after ? ' AND \\(' : '\\)'}`),
          );
          assert.doesNotMatch(text, /TEMP B-TREE/);
        }
        const cursor = await cursorAt(where, { ...base, sort, order }, 50);
        const start = performance.now();
        const spent = await statementsOf(t.sql, async () => {
          const page = await t.tree.list(t.context, where, { ...base, sort, order, cursor });
          assert.equal(page.items.length, 1000);
        });
        const ms = performance.now() - start;
        // Before, folders, files, position, journal.
        assert.ok(spent <= 5);
        context.diagnostic(`page 51 of ${rows} by ${sort} ${order}: ${ms.toFixed(1)} ms`);
      }
    }
  });

async function cursorAt(where: Located, options: ListOptions, page: number): Promise<string> {
  let cursor: string | null = null;
  for (let i = 0; i < page; i++) {
    cursor = (await t.tree.list(t.context, where, { ...options, ...(cursor === null ? {} : { cursor }) }))
      .next;
  }
  assert.ok(cursor);
  return cursor;
}

const manyFiles = define<{ parentId: string; rows: number }>((db, p) => {
  const statement = sql`insert into nodes (id, parent_id, name, name_key, sort_key, folded, kind, version_id, size, files, created_at, modified_at)
    with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${p.rows})
    select printf('10000000-0000-7000-8000-%012d', i), ${p.parentId}, 'file ' || i, 'file ' || i, 'file ' || length(i) || i, 'file ' || i, 1,
      printf('20000000-0000-7000-8000-%012d', i), i % 7, 0, 0, i % 100 from n`;
  return { compile: () => statement.compile(db) };
});

function explain(query: Query<PageParameters, unknown>): Query<PageParameters, { detail: string }> {
  return {
    compiled(dialect) {
      const compiled = query.compiled(dialect);
      return { ...compiled, sql: `explain query plan ${compiled.sql}` };
    },
  };
}

test('the keys of names are bounded and whole', () => {
  assert.ok(keysOf('1'.repeat(255)).sortKey.length <= 160);
  const { sortKey, folded } = keysOf('😀'.repeat(63) + '12');
  assert.ok(sortKey.isWellFormed() && (folded ?? '').isWellFormed());
  assert.ok(keysOf(`v${newId()}`).sortKey.length <= 160);
  const ordered = [
    'a',
    'a0',
    'a1',
    'a2',
    'a9',
    'a10',
    'a99',
    'a100',
    `a${'9'.repeat(10)}`,
    `a1${'0'.repeat(10)}`,
    `a1${'0'.repeat(11)}`,
  ];
  assert.deepEqual(
    ordered.toSorted((x, y) => (keysOf(x).sortKey < keysOf(y).sortKey ? -1 : 1)),
    ordered,
  );
});

test('every statement compiles for every dialect', () => {
  for (const module of [queries, lockQueries, versionQueries, sizeQueries, checkQueries]) {
    for (const query of Object.values(module)) {
      if (typeof query !== 'object' || !('compiled' in query)) continue;
      for (const dialect of ['sqlite', 'postgres', 'mysql'] as const) assert.ok(query.compiled(dialect).sql);
    }
  }
  for (const dialect of ['postgres', 'mysql'] as const)
    assert.ok(pageQuery('size', 'desc', true, true).compiled(dialect).sql);
});
