import type { Clock } from '../../../kernel/clock.ts';
import { withFileLock } from '../../../kernel/durable-file.ts';
import { AppError } from '../../../kernel/errors.ts';
import { definePoint, reach } from '../../../kernel/fault-points.ts';
import type { StoreHealth } from '../../../kernel/service.ts';
import type { VaultStore } from '../contract.ts';
import { checkSecretName, checkSecretValue } from '../rules.ts';
import type { VaultContents, VaultFiles } from './files.ts';
import { newDataKey, type DataKey } from './keyring.ts';
import { sealSecret, unsealSecret } from './secrets.ts';

const keyAdded = definePoint('vault.rotate.key-added');
const resealed = definePoint('vault.rotate.resealed');

/**
 * Secrets in a file, each sealed with a data key of the keyring. Every call reads both files under the lock, so that other
 * processes, their rotation included, may work on them at the same time; secrets are asked for rarely.
 */
export class FileVault implements VaultStore {
  readonly #path: string;
  readonly #files: VaultFiles;
  readonly #clock: Clock;

  constructor(path: string, files: VaultFiles, clock: Clock) {
    this.#path = path;
    this.#files = files;
    this.#clock = clock;
  }

  async get(name: string): Promise<string | null> {
    checkSecretName(name);
    const contents = await this.#read();
    return contents.secrets.has(name) ? this.#open(contents, name) : null;
  }

  async put(name: string, value: string, options: { readonly createOnly?: boolean } = {}): Promise<void> {
    checkSecretName(name);
    checkSecretValue(name, value);
    await withFileLock(this.#path, async () => {
      const { keyring, secrets } = await this.#files.read();
      if (options.createOnly && secrets.has(name))
        throw new AppError('conflict', `the secret "${name}" exists already`);
      const sealed = sealSecret(currentKey(keyring.keys), name, value);
      await this.#files.writeSecrets(new Map(secrets).set(name, sealed));
    });
  }

  async delete(name: string): Promise<void> {
    checkSecretName(name);
    await withFileLock(this.#path, async () => {
      const left = new Map((await this.#files.read()).secrets);
      if (left.delete(name)) await this.#files.writeSecrets(left);
    });
  }

  async list(prefix: string): Promise<readonly string[]> {
    const { secrets } = await this.#read();
    return [...secrets.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  /** In an order in which the keyring always has the keys of all secrets, wherever it is cut off. */
  async rotate(): Promise<void> {
    await withFileLock(this.#path, async () => {
      const contents = await this.#files.read();
      const plain = [...contents.secrets.keys()].map((name) => [name, this.#open(contents, name)] as const);
      const key = newDataKey(this.#clock.now());
      const { keyring } = contents;
      await this.#files.writeKeyring({ ...keyring, keys: [...keyring.keys, key] });
      await reach(keyAdded);
      await this.#files.writeSecrets(
        new Map(plain.map(([name, value]) => [name, sealSecret(key, name, value)])),
      );
      await reach(resealed);
      await this.#files.writeKeyring({ ...keyring, keys: [key] });
    });
  }

  async ping(): Promise<StoreHealth> {
    await this.#read();
    return { version: null };
  }

  async close(): Promise<void> {}

  #read(): Promise<VaultContents> {
    return withFileLock(this.#path, () => this.#files.read());
  }

  #open({ keyring, secrets }: VaultContents, name: string): string {
    const secret = secrets.get(name);
    const key = keyring.keys.find((candidate) => candidate.id === secret?.key);
    const value = secret && key ? unsealSecret(key, name, secret) : null;
    if (value === null) throw this.#files.damaged(name);
    return value;
  }
}

function currentKey(keys: readonly DataKey[]): DataKey {
  const key = keys.at(-1);
  if (key === undefined) throw new AppError('corrupt', 'the keyring is empty');
  return key;
}
