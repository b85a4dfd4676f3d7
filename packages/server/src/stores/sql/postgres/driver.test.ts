import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { isAppError } from '../../../kernel/errors.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { OpenedSql } from '../contract.suite.ts';
import { migrations, queries, thing } from '../contract.schema.ts';
import type { Migration, SqlStore } from '../contract.ts';
import { openTestDatabase, openUrl } from '../testing.ts';

const skip = (await sharedServer('postgres')) === null ? 'no PostgreSQL on this machine' : false;

describe('postgres: driver', { skip }, () => {
  let db: OpenedSql;
  let sql: SqlStore;

  before(async () => {
    db = await openTestDatabase('postgres');
    sql = db.store;
    await sql.migrate(migrations);
  });
  after(() => db.remove());

  test('runs both of two transactions that deadlock', async () => {
    await sql.transaction((tx) =>
      tx.runMany(queries.insert, [thing('left', { n: 0 }), thing('right', { n: 0 })]),
    );
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let tries = 0;
    const cross = (first: string, second: string, mine: 0 | 1): Promise<void> =>
      sql.transaction(async (tx) => {
        tries++;
        const one = await tx.get(queries.lock, { name: first });
        met[mine].resolve();
        await met[mine === 0 ? 1 : 0].promise;
        const two = await tx.get(queries.lock, { name: second });
        await tx.run(queries.setNumber, { name: first, n: (one?.n ?? NaN) + 1 });
        await tx.run(queries.setNumber, { name: second, n: (two?.n ?? NaN) + 1 });
      });
    await Promise.all([cross('left', 'right', 0), cross('right', 'left', 1)]);
    assert.equal(tries, 3);
    const rows = await sql.reader.all(queries.byNames, { names: ['left', 'right'] });
    assert.deepEqual(
      rows.map((row) => row.n),
      [2, 2],
    );
  });

  test('lets transactions read by the reader although all that are allowed hold a connection', async () => {
    const small = await openUrl(`${db.url}?pool=2`);
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        small.transaction(async (tx) => {
          await tx.run(queries.insert, thing(`p${i}`));
          await small.reader.get(queries.byName, { name: `p${i}` });
        }),
      ),
    );
    await small.close();
  });

  test('goes on after another node has changed the columns of a table', async () => {
    const node = await openUrl(db.url);
    await node.reader.all(queries.all, {});
    await node.transaction((tx) => tx.all(queries.all, {}));
    const step: Migration = {
      name: '20260103-column',
      up: { sqlite: [], mysql: [], postgres: ['alter table things add column more text'] },
    };
    await sql.migrate([...migrations, step]);
    await node.reader.all(queries.all, {});
    await node.transaction((tx) => tx.all(queries.all, {}));
    await node.close();
  });

  test('refuses text that no database takes', async () => {
    await assert.rejects(sql.reader.all(queries.byName, { name: 'a\0b' }), (e) =>
      isAppError(e, 'invalid_input'),
    );
  });

  test('takes the host that writes, wherever it stands', async () => {
    const refusing = createServer().listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    const address = refusing.address();
    assert.ok(typeof address === 'object' && address !== null);
    refusing.close();
    const { host } = new URL(db.url);
    const node = await openUrl(db.url.replace(host, `127.0.0.1:${address.port},${host}`));
    await node.ping();
    await node.close();
  });
});

describe('postgres: errors of opening', { skip }, () => {
  const secret = 'correct-horse';

  test('say what is wrong, and never the password', async () => {
    const server = new URL((await sharedServer('postgres'))?.url ?? '');
    const good = `postgres://postgres:${secret}@${server.host}`;
    const cases: readonly [url: string, code: 'unavailable' | 'invalid_input', text: RegExp][] = [
      [`${good}/no_such_database`, 'unavailable', /does not exist: create it first/],
      [`postgres://nobody:${secret}@${server.host}/postgres`, 'unavailable', /refuses this user or password/],
      [`postgres://postgres:${secret}@127.0.0.1:1/postgres`, 'unavailable', /ECONNREFUSED/],
      [`postgres://postgres:${secret}@no-such-host.invalid/postgres`, 'unavailable', /cannot be reached/],
      [`${good}/postgres?tls=true`, 'unavailable', /SSL/],
      [`${good}/postgres?pool=none`, 'invalid_input', /pool must be a number/],
      [`postgres://${server.host}/postgres`, 'invalid_input', /expected postgres:/],
      [good, 'invalid_input', /expected postgres:/],
    ];
    for (const [url, code, text] of cases) {
      await assert.rejects(openUrl(url), (error) => {
        assert.ok(isAppError(error, code), inspect(error));
        assert.match(error.message, text);
        assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(secret), url);
        return true;
      });
    }
  });

  test('a store shows no password either', async () => {
    const server = new URL((await sharedServer('postgres'))?.url ?? '');
    const store = await openUrl(`postgres://postgres:${secret}@${server.host}/postgres`);
    assert.ok(!inspect(store, { depth: 20, showHidden: true }).includes(secret));
    await store.close();
  });
});
