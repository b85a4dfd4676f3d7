import { readFile, stat } from 'node:fs/promises';
import { fileError, writeFileDurably } from '../../../kernel/durable-file.ts';
import { AppError } from '../../../kernel/errors.ts';
import { damagedFile } from '../../../kernel/json-file.ts';
import type { DriverDeps } from '../../../kernel/service.ts';
import { newDataKey, parseKeyring, renderKeyring, type Keyring } from './keyring.ts';
import type { MasterKey } from './master-key.ts';
import { parseSecrets, renderSecrets, type Secrets } from './secrets.ts';

export interface VaultContents {
  readonly keyring: Keyring;
  readonly secrets: Secrets;
}

/** The two files of a vault. Every method runs under the lock of the vault file. */
export class VaultFiles {
  readonly #path: string;
  readonly #keyringPath: string;
  readonly #master: MasterKey | null;
  readonly #deps: DriverDeps;

  constructor(path: string, keyringPath: string, master: MasterKey | null, deps: DriverDeps) {
    this.#path = path;
    this.#keyringPath = keyringPath;
    this.#master = master;
    this.#deps = deps;
  }

  /** Makes a keyring where there is neither keyring nor secret, protects one that was not, and checks that all fits together. */
  async prepare(): Promise<void> {
    const text = await readText(this.#keyringPath);
    if (text === null) {
      const secrets = await this.#readSecrets();
      if (secrets.size > 0) {
        throw new AppError(
          'corrupt',
          `${this.#keyringPath} is missing, without which ${this.#path} cannot be read: restore it from a backup`,
        );
      }
      const protection = this.#master?.newProtection() ?? { kind: 'none' as const };
      await this.writeKeyring({ protection, keys: [newDataKey(this.#deps.clock.now())] });
      return;
    }
    const { keyring } = await this.read();
    if (keyring.protection.kind === 'none' && this.#master !== null) {
      await this.writeKeyring({ ...keyring, protection: this.#master.newProtection() });
      this.#deps.log.info({}, 'the vault keyring is now protected by VOLVOX_VAULT_KEY');
    }
  }

  /** @throws corrupt, unauthenticated, forbidden if others may read an unprotected keyring */
  async read(): Promise<VaultContents> {
    const text = await readText(this.#keyringPath);
    if (text === null)
      throw new AppError('corrupt', `${this.#keyringPath} is missing: restore it from a backup`);
    const keyring = await parseKeyring(this.#keyringPath, text, this.#master);
    if (keyring.protection.kind === 'none') await this.#checkPrivate();
    const secrets = await this.#readSecrets();
    const known = new Set(keyring.keys.map((key) => key.id));
    for (const [name, secret] of secrets) {
      if (!known.has(secret.key)) {
        throw new AppError(
          'unauthenticated',
          `${this.#keyringPath} is not the keyring of ${this.#path}: it lacks the key of "${name}"`,
        );
      }
    }
    return { keyring, secrets };
  }

  async writeKeyring(keyring: Keyring): Promise<void> {
    await writeFileDurably(this.#keyringPath, await renderKeyring(keyring, this.#master), { mode: 0o600 });
  }

  async writeSecrets(secrets: Secrets): Promise<void> {
    await writeFileDurably(this.#path, renderSecrets(secrets), { mode: 0o600 });
  }

  /** For a secret that does not open though its key is there. */
  damaged(name: string): AppError {
    return damagedFile(this.#path, `the secret "${name}" does not open with its key`);
  }

  async #readSecrets(): Promise<Secrets> {
    const text = await readText(this.#path);
    return text === null ? new Map() : parseSecrets(this.#path, text);
  }

  async #checkPrivate(): Promise<void> {
    if (process.platform === 'win32') return;
    const mode = (await stat(this.#keyringPath)).mode & 0o777;
    if ((mode & 0o077) === 0) return;
    throw new AppError(
      'forbidden',
      `others may read the keyring ${this.#keyringPath} (mode ${mode.toString(8)}): chmod 600 it, or set VOLVOX_VAULT_KEY`,
    );
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw fileError(error, `cannot read ${path}`);
  }
}
