import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { isAppError } from '../../../kernel/errors.ts';
import { faultProxy, sharedServer, startServer } from '../../../testing/servers/index.ts';
import { migrations, queries, thing, type TestDatabase } from '../contract.schema.ts';
import type { SqlStore } from '../contract.ts';
import { queriesOf } from '../query.ts';
import { migrationsOf } from './interrupted.ts';
import { asAdmin, createMysqlDatabase, openMysql } from './testing.ts';
import { eventually } from '../../../testing/expectations.ts';

const shared = await sharedServer('mariadb');
const define = queriesOf<Record<string, never>>();

async function freshDatabase(): Promise<TestDatabase> {
  const database = await createMysqlDatabase();
  assert.ok(database !== null);
  return database;
}

describe('mysql', { skip: shared === null ? 'no MariaDB here' : false }, () => {
  let database: TestDatabase;
  let store: SqlStore;
  before(async () => {
    database = await freshDatabase();
    store = await openMysql(database.url);
    await store.migrate(migrations);
  });
  after(async () => {
    await store.close();
    await database.remove();
  });

  test('runs the whole of a transaction again that lost a deadlock', async () => {
    await store.transaction((tx) => tx.runMany(queries.insert, [thing('a'), thing('b')]));
    let runs = 0;
    let holding = 0;
    const both = Promise.withResolvers<void>();
    const cross = (first: string, second: string): Promise<void> =>
      store.transaction(async (tx) => {
        runs++;
        await tx.run(queries.double, { name: first });
        if (++holding === 2) both.resolve();
        await both.promise;
        await tx.run(queries.double, { name: second });
      });
    await Promise.all([cross('a', 'b'), cross('b', 'a')]);
    assert.equal(runs, 3);
    const rows = await store.reader.all(queries.all, {});
    assert.deepEqual(
      rows.map((row) => row.n),
      [4, 4],
    );
  });

  test('has a session as the statements expect it', async () => {
    const session = define<Record<string, never>, Record<string, string | number>>((db) => ({
      compile: () =>
        sql`select @@session.tx_isolation as isolation, @@session.time_zone as zone, @@session.autocommit as auto,
          @@session.innodb_lock_wait_timeout < 30 as bounded, @@session.sql_mode like '%STRICT_ALL_TABLES%' as strict,
          @@session.collation_connection as collation, 'a' = 'a ' collate utf8mb4_nopad_bin as padded`.compile(
          db,
        ),
    }));
    const row = await store.transaction((tx) => tx.get(session, {}));
    assert.deepEqual(
      { ...row },
      {
        isolation: 'READ-COMMITTED',
        zone: '+00:00',
        auto: 1,
        bounded: 1,
        strict: 1,
        collation: 'utf8mb4_bin',
        padded: 0,
      },
    );
  });

  test('says what is wrong with an address, and never shows the password', async () => {
    const url = new URL(database.url);
    const wrong = [
      Object.assign(new URL(url), { password: 'hunter2' }),
      Object.assign(new URL(url), { password: 'hunter2', port: '1' }),
      Object.assign(new URL(url), { password: 'hunter2', pathname: '/nowhere' }),
    ];
    for (const { href } of wrong) {
      await assert.rejects(openMysql(href), (error) => {
        assert.ok(isAppError(error, 'unavailable'));
        assert.match(error.message, /mysql:\/\/root:\*\*\*@127\.0\.0\.1/);
        assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /hunter2/);
        return true;
      });
    }
    for (const href of ['mysql://root@127.0.0.1:3306', 'mysql:volvox', 'mysql://127.0.0.1/volvox'])
      await assert.rejects(openMysql(href), (error) => isAppError(error, 'invalid_input'));
  });

  test('takes the next host where the first does not answer', async () => {
    const several = database.url.replace('@', '@127.0.0.1:1,');
    const second = await openMysql(several);
    assert.notEqual((await second.ping()).version, null);
    await second.close();
  });
});

describe('mysql: interrupted migrations', { skip: shared === null ? 'no MariaDB here' : false }, () => {
  test('go on where the migrator was killed, also where it could not note its last step', async () => {
    const database = await freshDatabase();
    const script = fileURLToPath(new URL(`./migrator.child${extname(import.meta.url)}`, import.meta.url));
    const options = process.execArgv.filter((a) => a.startsWith('--conditions'));
    const child = spawn(process.execPath, [...options, script, database.url], { stdio: 'ignore' });
    const [, signal] = (await once(child, 'exit')) as [unknown, string];
    assert.equal(signal, 'SIGKILL');
    const name = new URL(database.url).pathname.slice(1);
    await asAdmin(shared?.url ?? '', `create table ${name}.two (n int)`);
    const store = await openMysql(database.url);
    await store.migrate(migrationsOf(() => {}));
    await store.migrate(migrationsOf(() => {}));
    const tables = define<Record<string, never>, { count: number }>((db) => ({
      compile: () =>
        sql`select count(*) as count from information_schema.tables where table_schema = database()`.compile(
          db,
        ),
    }));
    assert.equal((await store.reader.get(tables, {}))?.count, 4);
    await store.close();
    await database.remove();
  });
});

describe('mysql: sleepers', { skip: shared === null ? 'no MariaDB here' : false }, () => {
  test('lose their transaction, and so its locks', async () => {
    const database = await freshDatabase();
    const store = await openMysql(database.url);
    await store.migrate(migrations);
    await store.transaction((tx) => tx.run(queries.insert, thing('held')));
    const limit = define<Record<string, never>, { seconds: number }>((db) => ({
      compile: () => sql`select @@session.idle_write_transaction_timeout as seconds`.compile(db),
    }));
    const shorter = define<Record<string, never>>((db) => ({
      compile: () => sql`set session idle_write_transaction_timeout = 1`.compile(db),
    }));
    const asleep = store.transaction(async (tx) => {
      const { seconds } = (await tx.get(limit, {})) ?? { seconds: 0 };
      assert.ok(seconds > 30 && seconds < 60, `${seconds} s`);
      await tx.run(shorter, {});
      await tx.run(queries.clear, {});
      await setTimeout(3_000);
      await tx.run(queries.insert, thing('late'));
    });
    await assert.rejects(asleep, (error) => isAppError(error, 'unavailable'));
    assert.equal((await store.reader.all(queries.all, {})).length, 1);
    await store.close();
    await database.remove();
  });
});

describe('mysql: migrators', { skip: shared === null ? 'no MariaDB here' : false }, () => {
  test('lose their connection, and so the lock, where they fall silent', async () => {
    const database = await freshDatabase();
    const store = await openMysql(database.url);
    const note = 'create table limits as select @@session.wait_timeout as seconds';
    await store.migrate([{ name: '1', up: { sqlite: [], postgres: [], mysql: [note] } }]);
    const limits = define<Record<string, never>, { seconds: number; others: number }>((db) => ({
      compile: () => sql`select seconds, @@session.wait_timeout as others from limits`.compile(db),
    }));
    const row = await store.reader.get(limits, {});
    assert.equal(row?.seconds, 60);
    assert.ok(row.others > 60, 'connections of the pool may idle');
    await store.close();
    await database.remove();
  });
});

describe('mysql: an outage', { skip: shared === null ? 'no MariaDB here' : false }, () => {
  test('of a killed server fails what runs, and heals by itself with nothing half done', async () => {
    const server = await startServer('mariadb');
    const store = await openMysql(server.url);
    try {
      await store.migrate(migrations);
      await store.transaction((tx) => tx.run(queries.insert, thing('kept')));
      let killed = false;
      const work = store.transaction(async (tx) => {
        await tx.run(queries.insert, thing('lost'));
        if (!killed) await server.kill();
        killed = true;
        await tx.run(queries.insert, thing('lost too'));
      });
      await assert.rejects(work, (e) => isAppError(e, 'unavailable'));
      await assert.rejects(store.reader.all(queries.all, {}), (e) => isAppError(e, 'unavailable'));
      await server.start();
      const rows = await eventually(() => store.reader.all(queries.all, {}));
      assert.deepEqual(
        rows.map((row) => row.name),
        ['kept'],
      );
      await store.transaction((tx) => tx.run(queries.insert, thing('again')));
    } finally {
      await store.close();
      await server.stop();
    }
  });

  test('without a word ends within seconds, and so does what waited', async () => {
    const port = Number(new URL(shared?.url ?? '').port);
    const proxy = await faultProxy(port);
    const database = await freshDatabase();
    const store = await openMysql(database.url.replace(`:${port}/`, `:${proxy.port}/`));
    try {
      await store.migrate(migrations);
      proxy.blackhole();
      const began = performance.now();
      await assert.rejects(store.reader.all(queries.all, {}), (e) => isAppError(e, 'unavailable'));
      await assert.rejects(store.ping());
      assert.ok(performance.now() - began < 15_000);
      proxy.heal();
      assert.deepEqual(await eventually(() => store.reader.all(queries.all, {})), []);
      await store.transaction((tx) => tx.run(queries.insert, thing('again')));
    } finally {
      await store.close();
      await proxy.close();
      await database.remove();
    }
  });
});
