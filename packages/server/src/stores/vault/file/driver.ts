import { dirname } from 'node:path';
import { filePathOf, makeFolder, removeLeftovers, withFileLock } from '../../../kernel/durable-file.ts';
import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { VaultStore } from '../contract.ts';
import { VaultFiles } from './files.ts';
import { MasterKey } from './master-key.ts';
import { FileVault } from './store.ts';

export interface VaultFileDeps extends DriverDeps {
  /** VOLVOX_VAULT_KEY. Without it the keyring lies beside the vault as it is. */
  readonly vaultKey?: string;
}

export const vaultFileDriver: Driver<VaultStore, VaultFileDeps> = {
  scheme: 'file',
  parameters: { keyring: 'path of the keyring file (default: beside the vault, ending in .keyring)' },
  async open(url, deps) {
    const path = filePathOf(url);
    const keyring = url.parameters.get('keyring');
    const keyringPath =
      keyring === undefined
        ? path.replace(/(\.json)?$/, '.keyring')
        : filePathOf(parseStoreUrl(`file:${encodeURI(keyring)}`));
    const master = deps.vaultKey === undefined ? null : new MasterKey(deps.vaultKey);
    const files = new VaultFiles(path, keyringPath, master, deps);
    await makeFolder(dirname(path));
    await makeFolder(dirname(keyringPath));
    await withFileLock(path, async () => {
      await removeLeftovers(path);
      await removeLeftovers(keyringPath);
      await files.prepare();
    });
    return new FileVault(path, files, deps.clock);
  },
};
