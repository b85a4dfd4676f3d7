import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { TestDatabase } from '../contract.schema.ts';
import type { SqlStore } from '../contract.ts';
import { mysqlDriver } from './driver.ts';

/** A fresh database on the server at `url` (the shared one if not given); null where there is no server. */
export async function createMysqlDatabase(url?: string): Promise<TestDatabase | null> {
  const serverUrl = url ?? (await sharedServer('mariadb'))?.url;
  if (serverUrl === undefined) return null;
  const name = `volvox_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(serverUrl, `create database ${name}`);
  return {
    url: serverUrl.replace(/\/[^/?]*(\?.*)?$/, `/${name}$1`),
    remove: () => asAdmin(serverUrl, `drop database if exists ${name}`),
  };
}

export async function asAdmin(serverUrl: string, sql: string): Promise<void> {
  const url = parseStoreUrl(serverUrl);
  const [address] = url.hosts;
  const connection = await createConnection({
    host: address?.host ?? '',
    port: address?.port ?? 3306,
    user: url.username ?? '',
    password: url.password ?? '',
  });
  await connection.query(sql);
  await connection.end();
}

export function openMysql(url: string): Promise<SqlStore> {
  const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  return mysqlDriver.open(parseStoreUrl(url), deps);
}
