import { openUrl } from '../testing.ts';

/** Started by migrate.test.ts: holds the lock of migrations in the middle of a long step until it is killed. */
const sql = await openUrl(process.argv[2] ?? '');
process.stdout.write('begun\n');
await sql.migrate([
  {
    name: '1',
    up: { sqlite: [], mysql: [], postgres: ['create table one (n integer)', 'select pg_sleep(100)'] },
  },
]);
