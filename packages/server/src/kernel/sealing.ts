/** Keyed hashes as names of what is kept, sealed JSON as its contents: a copy of the database opens nothing. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

export class Sealing {
  readonly #nameKey: Buffer;
  readonly #contentKey: Buffer;
  /** For signing cookies. */
  readonly cookieKey: string;

  /** @param secret 256 random bits that all nodes share @param purpose keeps different uses of it apart */
  constructor(secret: string, purpose: string) {
    const derive = (use: string): Buffer =>
      Buffer.from(hkdfSync('sha256', secret, '', `volvox ${purpose} ${use}`, 32));
    this.#nameKey = derive('names');
    this.#contentKey = derive('contents');
    this.cookieKey = derive('cookies').toString('base64url');
  }

  /** @param kind keeps names of different kinds apart @returns 64 hex digits */
  name(kind: string, id: string): string {
    return createHmac('sha256', this.#nameKey).update(`${kind}\0${id}`).digest('hex');
  }

  /** @param name what the contents belong to: they open under no other */
  seal(name: string, contents: object): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#contentKey, iv).setAAD(Buffer.from(name));
    const text = Buffer.concat([cipher.update(JSON.stringify(contents), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
  }

  /** Null where it was sealed under another key or name, or was changed. */
  open(name: string, sealed: string): Record<string, unknown> | null {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const iv = bytes.subarray(0, ivBytes);
      const decipher = createDecipheriv('aes-256-gcm', this.#contentKey, iv)
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
      const contents: unknown = JSON.parse(text.toString('utf8'));
      return typeof contents === 'object' && contents !== null ? { ...contents } : null;
    } catch {
      return null;
    }
  }
}
