import type { Driver } from '../../kernel/service.ts';
import type { SqlStore } from './contract.ts';
import { mysqlDriver } from './mysql/driver.ts';
import { postgresDriver } from './postgres/driver.ts';
import { sqliteDriver } from './sqlite/driver.ts';

/** Every driver of the SQL store. */
export const sqlDrivers: readonly Driver<SqlStore>[] = [sqliteDriver, mysqlDriver, postgresDriver];
