/** Makes, hashes and compares secrets. Nothing here is ever logged. */
import { createHmac, createSecretKey, hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Of high-entropy secrets only: passwords go through argon2. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** 256 bits. */
export function newSessionSecret(): string {
  return randomBytes(32).toString('base64url');
}

const prefixes = { app_password: 'vvx_app_', access_token: 'vvx_pat_' } as const;
const shapes = {
  app_password: /^vvx_app_[A-Za-z0-9_-]{32}$/,
  access_token: /^vvx_pat_[A-Za-z0-9_-]{32}$/,
} as const;

/** 192 bits behind a prefix by which people and scanners know it. */
export function newTokenSecret(kind: keyof typeof prefixes): string {
  return prefixes[kind] + randomBytes(24).toString('base64url');
}

export function looksLike(kind: keyof typeof shapes, secret: string): boolean {
  return shapes[kind].test(secret);
}

export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(a)), Buffer.from(hashSecret(b)));
}

/**
 * A keyed hash for keys of a memory cache, under a key that dies with the process. Nested like HMAC, by one-shot hashes: a tenth of the
 * time of `createHmac`, and it is paid on every request.
 */
export function keyedHash(): (text: string) => string {
  const inner = randomBytes(32).toString('hex');
  const outer = randomBytes(32).toString('hex');
  return (text) => hash('sha256', outer + hash('sha256', inner + text, 'hex'), 'hex');
}

/** HMAC-SHA-256 under a key that all nodes share. */
export function sharedHmac(key: string): (text: string) => string {
  const keyObject = createSecretKey(key, 'utf8');
  return (text) => createHmac('sha256', keyObject).update(text).digest('base64url');
}
