import type { Driver } from '../../kernel/service.ts';
import type { VaultStore } from './contract.ts';
import { vaultFileDriver, type VaultFileDeps } from './file/driver.ts';
import { vaultMemoryDriver } from './memory/driver.ts';
import { vaultServerDriver, type VaultServerDeps } from './vault/driver.ts';

export type VaultDeps = VaultFileDeps & VaultServerDeps;

export const vaultDrivers: readonly Driver<VaultStore, VaultDeps>[] = [
  vaultFileDriver,
  vaultMemoryDriver,
  vaultServerDriver,
];
