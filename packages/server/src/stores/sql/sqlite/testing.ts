import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import type { Migration, SqlStore } from '../contract.ts';
import { openSqlite } from './driver.ts';

/** A migrated SQLite store in a folder of its own, for the tests of services. `close` removes the folder. */
export async function openTestSql(
  migrations: readonly Migration[],
): Promise<{ readonly sql: SqlStore; readonly close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'volvox-sql-'));
  const sql = await openSqlite(
    { file: join(folder, 'test.db') },
    { log: silentLogger, clock: systemClock, durability: 'relaxed' },
  );
  await sql.migrate(migrations);
  return {
    sql,
    close: async () => {
      await sql.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
