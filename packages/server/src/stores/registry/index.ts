import type { Driver } from '../../kernel/service.ts';
import type { RegistryStore } from './contract.ts';
import { registryMemoryDriver } from './memory/driver.ts';

export const registryDrivers: readonly Driver<RegistryStore>[] = [registryMemoryDriver];
