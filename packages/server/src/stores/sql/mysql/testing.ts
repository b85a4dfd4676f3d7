import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { SqlStore } from '../contract.ts';
import { mysqlDriver } from './driver.ts';

export interface TestDatabase {
  /** Of the database, not of the server. */
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of its own on a server, for one test. */
export async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `volvox_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(serverUrl, `create database ${name}`);
  return {
    url: serverUrl.replace(/\/[^/?]*(\?.*)?$/, `/${name}$1`),
    drop: () => asAdmin(serverUrl, `drop database if exists ${name}`),
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
