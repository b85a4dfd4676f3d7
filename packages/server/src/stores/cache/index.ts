import type { Driver } from '../../kernel/service.ts';
import type { CacheStore } from './contract.ts';
import { cacheMemoryDriver } from './memory/driver.ts';
import { cacheRedisDriver, cacheRedissDriver } from './redis/driver.ts';

export const cacheDrivers: readonly Driver<CacheStore>[] = [
  cacheMemoryDriver,
  cacheRedisDriver,
  cacheRedissDriver,
];
