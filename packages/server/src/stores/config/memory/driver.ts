import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import { sharedMemory } from '../../../kernel/shared-memory.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { ConfigStore } from '../contract.ts';
import { StateConfigStore, type ConfigBacking } from '../state-store.ts';
import { emptyState } from '../state.ts';

interface Memory {
  state: typeof emptyState;
  readonly listeners: Set<() => void>;
}

const memoryOf = sharedMemory<Memory>(() => ({ state: emptyState, listeners: new Set() }));

export const configMemoryDriver: Driver<ConfigStore> = {
  scheme: 'memory',
  parameters: {},
  open: async (url: StoreUrl, deps: DriverDeps) =>
    new StateConfigStore(backingOf(memoryOf(url.path)), deps.clock),
};

function backingOf(memory: Memory): ConfigBacking {
  return {
    read: async () => memory.state,
    known: () => memory.state,
    update: async (change) => {
      const before = memory.state;
      memory.state = change(before);
      if (memory.state !== before) for (const listener of [...memory.listeners]) listener();
      return memory.state;
    },
    subscribe: (listener) => {
      memory.listeners.add(listener);
      return () => void memory.listeners.delete(listener);
    },
    ping: async () => ({ version: null }),
    close: async () => {},
  };
}
