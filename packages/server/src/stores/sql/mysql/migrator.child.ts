import { migrationsOf } from './interrupted.ts';
import { openMysql } from './testing.ts';

/** Started by driver.test.ts: applies the first statement of a migration and is killed before the second. */
const store = await openMysql(process.argv[2] ?? '');
await store.migrate(migrationsOf(() => process.kill(process.pid, 'SIGKILL')));
