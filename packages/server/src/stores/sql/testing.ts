/** Fresh databases for tests, on the engine that VOLVOX_TEST_SQL_DIALECT names (sqlite if not set). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { countSql } from '../../testing/counted-sql.ts';
import type { Dialect, Migration, SqlStore } from './contract.ts';
import type { OpenedSql, TestDatabase } from './contract.schema.ts';
import { sqlDrivers } from './index.ts';
import { createMysqlDatabase } from './mysql/testing.ts';
import { createPostgresDatabase } from './postgres/testing.ts';

/** null where the server cannot be had. */
const databases: Readonly<Record<Dialect, () => Promise<TestDatabase | null>>> = {
  sqlite: createSqliteDatabase,
  postgres: createPostgresDatabase,
  mysql: createMysqlDatabase,
};

export function testDialect(): Dialect {
  const name = process.env['VOLVOX_TEST_SQL_DIALECT'] ?? 'sqlite';
  const found = Object.keys(databases).find((dialect) => dialect === name);
  if (found === undefined) throw new Error(`VOLVOX_TEST_SQL_DIALECT: there is no ${name}`);
  return found as Dialect;
}

/** A migrated store in a database of its own, for the tests of services; `statementsOf` counts it. `close` removes the database. */
export async function openTestSql(
  migrations: readonly Migration[],
): Promise<{ readonly sql: SqlStore; readonly close: () => Promise<void> }> {
  const { store, remove } = await openTestDatabase(testDialect(), 'relaxed');
  await store.migrate(migrations);
  countSql(store);
  return { sql: store, close: remove };
}

/** For the contract suite and the drivers' own tests. @throws where the server cannot be had */
export async function openTestDatabase(
  dialect: Dialect,
  durability: 'full' | 'relaxed' = 'full',
): Promise<OpenedSql> {
  const database = await databases[dialect]();
  if (database === null) throw new Error(`no ${dialect} server on this machine`);
  const stores: SqlStore[] = [];
  const again = async (): Promise<SqlStore> => {
    const store = await openUrl(database.url, durability);
    stores.push(store);
    return store;
  };
  const remove = async (): Promise<void> => {
    await Promise.all(stores.map((store) => store.close()));
    await database.remove();
  };
  return { store: await again(), url: database.url, again, remove };
}

export async function openUrl(text: string, durability: 'full' | 'relaxed' = 'full'): Promise<SqlStore> {
  const url = parseStoreUrl(text);
  const driver = sqlDrivers.find((d) => d.scheme === url.scheme);
  if (driver === undefined) throw new Error(`no driver for ${url.toString()}`);
  return driver.open(url, { log: silentLogger, clock: systemClock, durability });
}

async function createSqliteDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'volvox-sql-'));
  return {
    url: `sqlite:${join(folder, 'test.db')}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
