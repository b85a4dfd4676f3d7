import type { Driver } from '../../kernel/service.ts';
import type { ConfigStore } from './contract.ts';
import { configEtcdDriver } from './etcd/driver.ts';
import { configFileDriver } from './file/driver.ts';
import { configMemoryDriver } from './memory/driver.ts';

export const configDrivers: readonly Driver<ConfigStore>[] = [
  configFileDriver,
  configMemoryDriver,
  configEtcdDriver,
];
