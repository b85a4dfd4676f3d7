import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import pg from 'pg';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { Migration } from '../contract.ts';
import { openTestDatabase } from '../testing.ts';
import { until } from '../../../testing/expectations.ts';

const skip = (await sharedServer('postgres')) === null ? 'no PostgreSQL on this machine' : false;
const step = (name: string, ...postgres: string[]): Migration => ({
  name,
  up: { sqlite: [], mysql: [], postgres },
});

describe('postgres: migrations', { skip }, () => {
  test('wait without an open transaction for a migrator, and take over when it is killed', async () => {
    const db = await openTestDatabase('postgres');
    const watcher = new pg.Client(db.url);
    await watcher.connect();
    const script = fileURLToPath(new URL('./migrate.child.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=source', script, db.url], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const holds =
      'select 1 from pg_stat_activity where datname = current_database() and query like $1 and state = $2';
    await until(async () => (await watcher.query(holds, ['%pg_sleep(100)%', 'active'])).rowCount === 1);
    let done = false;
    const waiting = db.store.migrate([step('1', 'create table one (n integer)')]).then(() => (done = true));
    await until(async () => (await watcher.query(holds, ['%pg_try_advisory_lock%', 'idle'])).rowCount === 1);
    const open = await watcher.query(
      'select query from pg_stat_activity where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()',
    );
    assert.deepEqual(
      open.rows.map((row: { query: string }) => row.query),
      ['select pg_sleep(100)'],
    );
    assert.equal(done, false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waiting;
    await watcher.end();
    await db.remove();
  });

  test('lose their connection, and so the lock, where they fall silent', async () => {
    const db = await openTestDatabase('postgres');
    await db.store.migrate([
      step(
        '1',
        `create table limits as select name, setting from pg_settings
           where name in ('idle_session_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout')`,
      ),
    ]);
    const client = new pg.Client(db.url);
    await client.connect();
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select * from limits order by name',
    );
    await client.end();
    assert.deepEqual(
      rows.filter((row) => row.name !== 'idle_session_timeout').map((row) => row.setting),
      ['60000', '0'],
    );
    // From PostgreSQL 14 on.
    assert.ok(rows.every((row) => row.name !== 'idle_session_timeout' || row.setting === '60000'));
    await db.remove();
  });

  test('roll a failed migration back as a whole', async () => {
    const db = await openTestDatabase('postgres');
    await assert.rejects(
      db.store.migrate([step('1', 'create table one (n integer)', 'create nonsense')]),
      /the migration 1 failed/,
    );
    await db.store.migrate([step('1', 'create table one (n integer)')]);
    await db.remove();
  });
});
