import type { Driver } from '../../kernel/service.ts';
import type { RegistryStore } from './contract.ts';
import { registryEtcdDriver } from './etcd/driver.ts';
import { registryMemoryDriver } from './memory/driver.ts';

export const registryDrivers: readonly Driver<RegistryStore>[] = [registryMemoryDriver, registryEtcdDriver];
