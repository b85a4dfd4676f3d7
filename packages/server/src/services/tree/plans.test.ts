/** No statement of a request may read a whole table: asked of the servers themselves, on a tree of some size (SQLite's: list.test.ts). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { newId } from '../../kernel/ids.ts';
import type { Query, SqlParameters } from '../../stores/sql/contract.ts';
import { testDialect } from '../../stores/sql/testing.ts';
import * as contentQueries from '../contents/queries.ts';
import { pageQuery } from './list-queries.ts';
import * as q from './queries.ts';
import * as s from './size-queries.ts';
import { openTree, type TestTree } from './testing.ts';
import * as v from './version-queries.ts';

type Compiles = Pick<Query<SqlParameters, unknown>, 'compiled'>;

const rows = 20_000;
const parent = 'f0000000-0000-7000-8000-000000000001';
const ids = Array.from(
  { length: 5 },
  (_, i) => `10000000-0000-7000-8000-${String(i * 100).padStart(12, '0')}`,
);
const [id = ''] = ids;
const page = { parentId: parent, kind: 1, key: 5, name: 'x', limit: 100, pattern: '%x%' };

const cases: Readonly<Record<string, readonly [Compiles, SqlParameters]>> = {
  childNamed: [q.childNamed, { parentId: parent, key: 'file 7' }],
  childrenNamed: [q.childrenNamed, { parentId: parent, keys: ['file 7', 'file 8'] }],
  childrenAfter: [q.childrenAfter, { parentId: parent, after: 'file 5', limit: 10 }],
  nodesByIds: [q.nodesByIds, { ids }],
  climb: [q.climb, { id }],
  climbMany: [q.climbMany, { ids }],
  descend: [q.descend, { rootId: parent, keys: '["file 7"]' }],
  ancestry: [s.ancestry, { ids }],
  versionIds: [v.versionIdsOfNodes, { nodeIds: ids }],
  notCurrent: [v.notCurrent, { ids }],
  versionsHeld: [v.versionsHeld, { ids }],
  deleteNodes: [q.deleteNodes, { ids }],
  deleteProperties: [q.deleteAllProperties, { ids }],
  deleteVersions: [v.deleteVersions, { ids }],
  keep: [contentQueries.keep, { ids }],
  releaseChunks: [contentQueries.releaseChunks, { versionIds: ids, now: 1 }],
  unlink: [contentQueries.unlink, { versionIds: ids }],
  copyLinks: [contentQueries.copyLinks, { pairs: JSON.stringify([{ from: id, to: newId() }]) }],
  keepReferenced: [contentQueries.keepReferenced, { ids }],
  byName: [pageQuery('name', 'asc', true, false), { ...page, key: 'x' }],
  bySize: [pageQuery('size', 'desc', true, false), page],
  byTime: [pageQuery('modified', 'desc', true, false), page],
};

/** Those of SQLite: list.test.ts. */
const onNetworked = (body: () => void): void => {
  if (testDialect() !== 'sqlite') describe('plans', body);
};

onNetworked(() => {
  let t: TestTree;
  before(async () => {
    t = await openTree();
    for (const text of Object.values(fill)) await t.sql.transaction((tx) => tx.run(raw(text), {}));
    for (const table of Object.keys(fill))
      await t.sql.transaction((tx) => tx.run(raw(`analyze ${analysed(table)}`), {}));
  });
  after(() => t.close());

  for (const [name, [query, parameters]] of Object.entries(cases))
    test(`${name} uses an index`, async () => {
      const plan = await t.sql.transaction((tx) => tx.all(explain(query), parameters));
      const text = plan.map((row) => JSON.stringify(row)).join('\n');
      for (const table of Object.keys(fill))
        assert.doesNotMatch(
          text,
          new RegExp(`Seq Scan on ${table}\\b|"table":"${table}","type":"(ALL|index)"`),
          text,
        );
    });
});

const uuid = (first: number): string =>
  testDialect() === 'mysql'
    ? `concat('${first}0000000-0000-7000-8000-', lpad(i, 12, '0'))`
    : `concat('${first}0000000-0000-7000-8000-', lpad(i::text, 12, '0'))`;
const numbers = `with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${rows})`;
const fill: Readonly<Record<string, string>> = {
  nodes: `insert into nodes (id, parent_id, name, name_key, sort_key, kind, version_id, size, files, created_at, modified_at)
    ${numbers} select ${uuid(1)}, '${parent}', concat('file ', i), concat('file ', i), concat('file ', i), 1, ${uuid(1)}, i % 7, 0, 0, i % 100 from n`,
  versions: `insert into versions (id, node_id, size, created_at) ${numbers} select ${uuid(1)}, ${uuid(1)}, 1, 0 from n`,
  chunks: `insert into chunks (id, size, sha256, created_at) ${numbers} select ${uuid(1)}, 1, '', 0 from n`,
  version_chunks: `insert into version_chunks (version_id, position, chunk_id) ${numbers} select ${uuid(1)}, 0, ${uuid(1)} from n`,
  node_properties: `insert into node_properties (node_id, name, value) ${numbers} select ${uuid(1)}, 'a', 'b' from n`,
};

const analysed = (table: string): string => (testDialect() === 'mysql' ? `table ${table}` : table);

function raw(text: string): Query<Record<string, never>, unknown> {
  return q.define<Record<string, never>>((db) => ({ compile: () => sql.raw(text).compile(db) }));
}

function explain(query: Compiles): Query<SqlParameters, Record<string, unknown>> {
  return {
    compiled(dialect) {
      const compiled = query.compiled(dialect);
      return { ...compiled, sql: `explain ${compiled.sql}` };
    },
  };
}
