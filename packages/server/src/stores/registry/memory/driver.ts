import { AppError } from '../../../kernel/errors.ts';
import type { Driver } from '../../../kernel/service.ts';
import { sharedMemory } from '../../../kernel/shared-memory.ts';
import type { RegistryStore } from '../contract.ts';
import { emptyCluster } from './cluster.ts';
import { MemoryRegistry } from './store.ts';

const clusterOf = sharedMemory(emptyCluster);

export const registryMemoryDriver: Driver<RegistryStore> = {
  scheme: 'memory',
  parameters: { ttl: 'seconds until a node that no longer answers is dropped (default 10)' },
  async open(url, deps) {
    const ttl = url.parameters.get('ttl') ?? '10';
    if (!/^\d{1,4}(\.\d{1,3})?$/.test(ttl) || Number(ttl) === 0) {
      throw new AppError('invalid_input', `ttl is not a number of seconds in ${url.toString()}`);
    }
    return new MemoryRegistry(clusterOf(url.path), Number(ttl) * 1000, deps);
  },
};
