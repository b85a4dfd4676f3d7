import { AppError } from '../../../kernel/errors.ts';
import type { Driver } from '../../../kernel/service.ts';
import { sharedMemory } from '../../../kernel/shared-memory.ts';
import type { VaultStore } from '../contract.ts';
import { checkSecretName, checkSecretValue } from '../rules.ts';

const secretsOf = sharedMemory(() => new Map<string, string>());

/** For tests: secrets lie in memory as they are, so there is no key and nothing for `rotate` to do. */
export const vaultMemoryDriver: Driver<VaultStore> = {
  scheme: 'memory',
  parameters: {},
  open: async (url) => storeOf(secretsOf(url.path)),
};

function storeOf(secrets: Map<string, string>): VaultStore {
  return {
    async get(name) {
      checkSecretName(name);
      return secrets.get(name) ?? null;
    },
    async put(name, value, options = {}) {
      checkSecretName(name);
      checkSecretValue(name, value);
      if (options.createOnly && secrets.has(name))
        throw new AppError('conflict', `the secret "${name}" exists already`);
      secrets.set(name, value);
    },
    async delete(name) {
      checkSecretName(name);
      secrets.delete(name);
    },
    list: async (prefix) => [...secrets.keys()].filter((name) => name.startsWith(prefix)).sort(),
    rotate: async () => {},
    ping: async () => ({ version: null }),
    close: async () => {},
  };
}
