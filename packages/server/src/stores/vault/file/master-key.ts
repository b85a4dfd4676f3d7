import { randomBytes, scrypt } from 'node:crypto';
import { AppError } from '../../../kernel/errors.ts';
import { keyBytes } from './cipher.ts';

/** How the keyring is protected: written into it, so that the same VOLVOX_VAULT_KEY opens it again. */
export type Protection =
  | { readonly kind: 'none' }
  | { readonly kind: 'key' }
  | { readonly kind: 'passphrase'; readonly salt: string; readonly cost: number };

/** About 64 MiB and a few tenths of a second, once per start. */
const defaultCost = 2 ** 16;

/** VOLVOX_VAULT_KEY: 32 bytes in base64 are the key itself; any other text is a passphrase, stretched by scrypt. */
export class MasterKey {
  readonly #text: string;
  readonly #key: Buffer | null;
  readonly #derived = new Map<string, Promise<Buffer>>();

  /** @throws invalid_input for a passphrase that is too short to protect anything */
  constructor(text: string) {
    this.#text = text;
    this.#key = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url') : null;
    if (this.#key === null && [...text].length < 12) {
      throw new AppError(
        'invalid_input',
        'VOLVOX_VAULT_KEY is too short: 12 characters at least, or 32 bytes in base64',
      );
    }
  }

  newProtection(): Protection {
    if (this.#key !== null) return { kind: 'key' };
    return { kind: 'passphrase', salt: randomBytes(16).toString('base64'), cost: defaultCost };
  }

  /** The key for this protection; null if it was made with a key of the other sort. */
  async keyFor(protection: Protection): Promise<Buffer | null> {
    if (protection.kind === 'key') return this.#key;
    if (protection.kind === 'none' || this.#key !== null) return null;
    const id = `${protection.cost} ${protection.salt}`;
    const derived = this.#derived.get(id) ?? derive(this.#text, protection.salt, protection.cost);
    this.#derived.set(id, derived);
    return derived;
  }

  /** Keeps the key out of logs and inspection. */
  toJSON(): string {
    return '[secret]';
  }
}

function derive(passphrase: string, salt: string, cost: number): Promise<Buffer> {
  const options = { N: cost, r: 8, p: 2, maxmem: 256 * cost * 8 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), keyBytes, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
