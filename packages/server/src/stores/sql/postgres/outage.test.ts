/** What happens to callers when the server or the way to it fails. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { isAppError } from '../../../kernel/errors.ts';
import { faultProxy, startServer, type FaultProxy, type OwnServer } from '../../../testing/servers/index.ts';
import { postgres as recipe } from '../../../testing/servers/postgres.ts';
import { migrations, queries, thing } from '../contract.schema.ts';
import type { SqlStore } from '../contract.ts';
import { openUrl } from '../testing.ts';
import type { TestDatabase } from '../contract.schema.ts';
import { createPostgresDatabase } from './testing.ts';
import { eventually } from '../../../testing/expectations.ts';

const skip = recipe.find() === null ? 'no PostgreSQL on this machine' : false;
const isUnavailable = (e: unknown): boolean => isAppError(e, 'unavailable');

describe('postgres: outages', { skip }, () => {
  let server: OwnServer;
  let database: TestDatabase;
  let direct: SqlStore;
  let proxy: FaultProxy;
  let sql: SqlStore;

  before(async () => {
    server = await startServer('postgres');
    const created = await createPostgresDatabase(server.url);
    assert.ok(created);
    database = created;
    direct = await openUrl(database.url);
    await direct.migrate(migrations);
    proxy = await faultProxy(Number(new URL(database.url).port));
    sql = await openUrl(`${withPort(database.url, proxy.port)}?pool=4`);
  });

  after(async () => {
    await sql.close();
    await direct.close();
    await proxy.close();
    await server.stop();
  });

  const insert = (name: string): Promise<number> =>
    sql.transaction((tx) => tx.run(queries.insert, thing(name)));
  const isThere = async (name: string): Promise<boolean> =>
    (await direct.reader.get(queries.byName, { name })) !== undefined;

  test('runs a transaction again whose connection broke before the commit', async () => {
    let tries = 0;
    await sql.transaction(async (tx) => {
      await tx.run(queries.insert, thing('cut'));
      if (++tries === 1) {
        proxy.cut();
        proxy.heal();
      }
      await tx.get(queries.byName, { name: 'cut' });
    });
    assert.equal(tries, 2);
    assert.ok(await isThere('cut'));
  });

  test('never runs a transaction again whose connection broke during the commit, and says that its outcome is unknown', async () => {
    await slowCommits(database.url);
    let tries = 0;
    const work = sql.transaction(async (tx) => {
      tries++;
      await tx.run(queries.insert, thing('unknown'));
      setTimeout(() => proxy.cut(), 300);
    });
    await assert.rejects(
      work,
      (e) => isAppError(e, 'unavailable') && e.details['outcome'] === 'unknown' && !e.retryable,
    );
    assert.equal(tries, 1);
    proxy.heal();
    await eventually(() => sql.ping());
  });

  test('fails at once while the server refuses, and serves again by itself when it is back', async () => {
    await eventually(() => sql.ping());
    proxy.cut();
    await assert.rejects(insert('x'), isUnavailable);
    const started = performance.now();
    for (let i = 0; i < 50; i++) {
      await assert.rejects(insert('x'), isUnavailable);
      await assert.rejects(sql.reader.get(queries.byName, { name: 'x' }), isUnavailable);
    }
    assert.ok(performance.now() - started < 30_000, 'a hundred calls, none of which waits for a time-out');
    await assert.rejects(sql.ping(), isUnavailable);
    proxy.heal();
    await eventually(() => insert('back'));
  });

  test('gives up soon on a server that is silent, then fails at once, and heals', async () => {
    await eventually(() => sql.ping());
    proxy.blackhole();
    const started = performance.now();
    const results = await Promise.allSettled([
      insert('silent'),
      sql.reader.get(queries.byName, { name: 'x' }),
      sql.reader.get(queries.byName, { name: 'y' }),
      ...Array.from({ length: 10 }, (_, i) => insert(`queued${i}`)),
    ]);
    assert.ok(results.every((r) => r.status === 'rejected' && isUnavailable(r.reason)));
    assert.ok(performance.now() - started < 6000, `${performance.now() - started} ms`);
    const known = performance.now();
    await assert.rejects(sql.reader.get(queries.byName, { name: 'x' }), isUnavailable);
    assert.ok(performance.now() - known < 1_500);
    proxy.heal();
    await eventually(() => insert('healed'));
  });

  test('gives up on a frozen server alike, and goes on when it thaws', async () => {
    await eventually(() => sql.ping());
    server.freeze();
    try {
      await assert.rejects(sql.reader.get(queries.byName, { name: 'x' }), isUnavailable);
    } finally {
      server.thaw();
    }
    await eventually(() => insert('thawed'));
  });

  test('finishes a transaction that began before the server was killed and started again', async () => {
    await eventually(() => sql.ping());
    let tries = 0;
    await sql.transaction(async (tx) => {
      await tx.run(queries.insert, thing('killed'));
      if (++tries > 1) return;
      await server.kill();
      await eventually(() => startAgain(server));
    });
    assert.equal(tries, 2);
    await eventually(() => direct.ping());
    assert.ok(await isThere('killed'));
    assert.ok(await isThere('healed'));
  });

  test('leaves a server that became a replica, and takes it again when it writes', async () => {
    await eventually(() => sql.ping());
    const admin = new pg.Client(server.url);
    await admin.connect();
    const setReadOnly = async (value: 'on' | 'off'): Promise<void> => {
      await admin.query('set default_transaction_read_only = off');
      await admin.query(`alter system set default_transaction_read_only = ${value}`);
      await admin.query('select pg_reload_conf()');
    };
    await setReadOnly('on');
    await eventually(() => assert.rejects(insert('replica'), isUnavailable));
    await eventually(() => assert.rejects(sql.ping(), /takes no writes: it is a replica/));
    await setReadOnly('off');
    await admin.end();
    await eventually(() => insert('primary'));
  });

  test('does not lose a slow statement to the search for a silent server', async () => {
    await eventually(() => sql.ping());
    const slow = await openUrl(withPort(database.url, proxy.port));
    proxy.delay(1500);
    const found = slow.reader.get(queries.byName, { name: 'healed' });
    assert.equal((await found)?.name, 'healed');
    proxy.delay(0);
    await slow.close();
  });
});

/** Its port may be somebody's for a moment meanwhile. */
async function startAgain(server: OwnServer): Promise<void> {
  await server.start().catch(async (error: unknown) => {
    await server.kill();
    throw error;
  });
}

/** From now on the commit of an insert takes a while: long enough to be cut in two. */
async function slowCommits(url: string): Promise<void> {
  const sql = await openUrl(url);
  await sql.migrate([
    ...migrations,
    {
      name: '20260102-slow-commits',
      up: {
        sqlite: [],
        mysql: [],
        postgres: [
          `create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$`,
          `create constraint trigger slow after insert on things deferrable initially deferred for each row
            when (new.name = 'unknown') execute function slow()`,
        ],
      },
    },
  ]);
  await sql.close();
}

function withPort(text: string, port: number): string {
  const url = new URL(text);
  url.port = String(port);
  return url.href;
}
