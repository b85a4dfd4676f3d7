/** Secrets that must be read again (TOTP), sealed with AES-256-GCM under a key from the vault; bound to whose they are. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '../../../kernel/errors.ts';

export class Sealed {
  readonly #key: Buffer;

  /** @param secret of all nodes, with at least 256 random bits */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'volvox totp 1', 32));
  }

  /** `1.<nonce><text><tag>` in base64url. */
  seal(text: string, owner: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(owner));
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `1.${Buffer.concat(sealed).toString('base64url')}`;
  }

  /** @throws corrupt if it was sealed under another key, for another owner, or was changed */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed.slice(2), 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12), {
        authTagLength: 16,
      });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-16));
      return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new AppError('corrupt', 'a sealed secret does not open with the key of this vault', {
        cause: error,
      });
    }
  }
}
