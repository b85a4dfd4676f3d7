/** Secrets and settings: few and small, so they are simply made equal. Where stores are (`stores/…`) each side knows for itself. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../kernel/errors.ts';
import type { ConfigEntry, ConfigStore } from '../../stores/config/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { MovedStores, SharedStores } from './api.ts';

const own = (name: string): boolean => !name.startsWith('stores/');

export async function secretNames(vault: VaultStore): Promise<readonly string[]> {
  return (await vault.list('')).filter(own);
}

export async function settingEntries(config: ConfigStore): Promise<readonly ConfigEntry[]> {
  return (await config.list('')).entries.filter((entry) => own(entry.key));
}

/** Of the stores that both sides do not share. @returns how many there are */
export async function copySmall(
  source: MovedStores,
  target: MovedStores,
  shared: SharedStores,
): Promise<{ readonly secrets: number; readonly settings: number }> {
  return {
    secrets: shared.has('vault') ? 0 : await copySecrets(source.vault, target.vault),
    settings: shared.has('config') ? 0 : await copySettings(source.config, target.config),
  };
}

/** @throws corrupt naming the first that is not equal */
export async function compareSmall(
  source: MovedStores,
  target: MovedStores,
  shared: SharedStores,
): Promise<void> {
  if (!shared.has('vault')) await compareSecrets(source.vault, target.vault);
  if (!shared.has('config')) await compareSettings(source.config, target.config);
}

/** Secrets that came or changed meanwhile; none is taken away. */
export async function addSecrets(source: VaultStore, target: VaultStore): Promise<number> {
  for (const name of await secretNames(source)) {
    const value = await source.get(name);
    if (value !== null && (await target.get(name)) !== value) await target.put(name, value);
  }
  return (await secretNames(target)).length;
}

async function copySecrets(source: VaultStore, target: VaultStore): Promise<number> {
  await addSecrets(source, target);
  const names = await secretNames(source);
  for (const name of await secretNames(target)) if (!names.includes(name)) await target.delete(name);
  return names.length;
}

async function compareSecrets(source: VaultStore, target: VaultStore): Promise<void> {
  const names = await secretNames(source);
  if (!isDeepStrictEqual(names, await secretNames(target)))
    throw new AppError('corrupt', 'the secrets are not the same on both sides');
  for (const name of names) {
    if ((await source.get(name)) !== (await target.get(name)))
      throw new AppError('corrupt', `the secret ${name} is not the same on both sides`);
  }
}

async function copySettings(source: ConfigStore, target: ConfigStore): Promise<number> {
  const entries = await settingEntries(source);
  const there = new Map((await settingEntries(target)).map((entry) => [entry.key, entry.value]));
  for (const { key, value } of entries) {
    if (!there.has(key) || !isDeepStrictEqual(there.get(key), value))
      await target.set(key, value, { actor: 'migration' });
    there.delete(key);
  }
  for (const key of there.keys()) await target.delete(key, { actor: 'migration' });
  return entries.length;
}

/** Of all settings, in the order of their names. */
export async function sumOfSettings(config: ConfigStore): Promise<string> {
  const entries = (await settingEntries(config)).map(({ key, value }) => [key, value]);
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}

async function compareSettings(source: ConfigStore, target: ConfigStore): Promise<void> {
  const [ours, theirs] = [await settingEntries(source), await settingEntries(target)];
  for (const [index, { key, value }] of ours.entries()) {
    const other = theirs[index];
    if (other?.key !== key || !isDeepStrictEqual(other.value, value))
      throw new AppError('corrupt', `the setting ${key} is not the same on both sides`);
  }
  if (theirs.length > ours.length)
    throw new AppError('corrupt', 'the settings are not the same on both sides');
}
