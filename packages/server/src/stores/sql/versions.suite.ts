import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { isAppError } from '../../kernel/errors.ts';
import { migrations, queries, thing, type OpenedSql, type SqlCaps } from './contract.schema.ts';
import type { Migration, SqlStore } from './contract.ts';
import { queriesOf } from './query.ts';
import { findTooNew } from './schema-version.ts';

const expand = step('20270101-expand', 'alter table things add column more text');
const contract: Migration = {
  ...step('20270102-contract', 'create table other (n integer)'),
  needs: '1.4.0',
};

/** What is promised to nodes of two versions on one database (contract.ts, `Migration.needs`). */
export function versionCases(open: () => Promise<OpenedSql>, caps: SqlCaps): void {
  test('lets a program start on what a newer one has only expanded', async () => {
    const db = await open();
    await db.store.migrate([...migrations, expand]);
    await db.store.migrate(migrations, '1.2.0');
    await db.store.migrate(migrations);
    assert.equal(await findTooNew(db.store.reader, migrations, '1.2.0'), null);
    await works(db.store);
    await db.remove();
  });

  test('refuses a schema that needs a later version, and names the first such migration', async () => {
    const db = await open();
    const later: Migration = { ...step('20270103-later', 'create table later (n integer)'), needs: '9.0.0' };
    await db.store.migrate([...migrations, expand, contract, later]);
    for (const version of ['1.3.9', '1.2', '0.9.99', undefined])
      await assert.rejects(db.store.migrate(migrations, version), isRefusal);
    const found = await findTooNew(db.store.reader, migrations, '1.3.9');
    assert.ok(isRefusal(found));
    assert.match(found.message, /this is 1\.3\.9/);
    await db.remove();
  });

  test('lets the version before the newest one live with its contract step', async () => {
    const db = await open();
    await db.store.migrate([...migrations, contract], '1.5.0');
    for (const version of ['1.4.0', '1.4.0-rc.1', '1.10.0', '2.0.0']) {
      await db.store.migrate(migrations, version);
      assert.equal(await findTooNew(db.store.reader, migrations, version), null);
    }
    await db.remove();
  });

  test('marks migrations in a table that an older version made', async () => {
    const db = await open();
    await db.store.migrate(migrations);
    await db.store.transaction((tx) => tx.run(forgetMarks, {}));
    await Promise.all([db.store.migrate([...migrations, contract]), db.store.migrate(migrations, '1.4.0')]);
    await assert.rejects(db.store.migrate(migrations, '1.3.0'), isRefusal);
    await db.remove();
  });

  if (caps.shared)
    test('goes on while another node expands the schema under it', async () => {
      const db = await open();
      await db.store.migrate(migrations);
      const newer = await db.again();
      // Every connection that there may be has its statements prepared.
      await Promise.all(Array.from({ length: 8 }, () => works(db.store)));
      let done = false;
      const load = Array.from({ length: 8 }, async () => {
        while (!done) await works(db.store);
      });
      await newer.migrate([...migrations, expand]).finally(() => (done = true));
      await Promise.all(load);
      await Promise.all(Array.from({ length: 8 }, () => works(db.store)));
      await works(newer);
      await db.remove();
    });
}

function step(name: string, ...statements: string[]): Migration {
  return { name, up: { sqlite: statements, postgres: statements, mysql: statements } };
}

const forgetMarks = queriesOf<Record<never, never>>()<Record<string, never>>((db) => ({
  compile: () => sql`alter table schema_migrations drop column needs`.compile(db),
}));

function isRefusal(error: unknown): error is Error {
  return (
    isAppError(error, 'unsupported') &&
    error.message.includes(contract.name) &&
    error.message.includes('1.4.0') &&
    !error.message.includes(expand.name)
  );
}

let count = 0;

/** By every way to the database, with statements that take all columns. */
async function works(store: SqlStore): Promise<void> {
  const name = `row ${(count += 1)}`;
  await store.transaction(async (tx) => {
    await tx.run(queries.insert, thing(name));
    assert.equal((await tx.get(queries.lock, { name }))?.name, name);
    await tx.runMany(queries.insert, [thing(`${name}a`), thing(`${name}b`)]);
    assert.equal((await tx.all(queries.byNames, { names: [name, `${name}a`] })).length, 2);
  });
  assert.equal((await store.reader.get(queries.byName, { name }))?.n, 1);
  assert.equal((await store.background.get(queries.byName, { name }))?.parent, null);
}
