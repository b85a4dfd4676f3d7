import { after, test } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { SqlStore } from '../contract.ts';
import { sqlContract, type OpenedSql } from '../contract.suite.ts';
import { createDatabase, openMysql, type TestDatabase } from './testing.ts';

const server = await sharedServer('mariadb');
const databases: TestDatabase[] = [];

async function open(): Promise<OpenedSql> {
  const database = await createDatabase(server?.url ?? '');
  databases.push(database);
  const stores: SqlStore[] = [];
  const again = async (): Promise<SqlStore> => {
    const store = await openMysql(database.url);
    stores.push(store);
    return store;
  };
  return {
    store: await again(),
    url: database.url,
    again,
    remove: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await database.drop();
    },
  };
}

if (server === null) test('sql: mysql', { skip: 'no MariaDB here' }, () => {});
else sqlContract('mysql', open, { shared: true });

/** Of tests that failed before they could. */
after(() => Promise.all(databases.map((database) => database.drop())));
