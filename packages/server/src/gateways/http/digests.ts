import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../kernel/errors.ts';

/** The SHA-256 a client states for the body it sends: `X-Content-SHA256` (hex) or RFC 9530 digests. @returns hex */
export function statedSha256(headers: IncomingHttpHeaders): string | null {
  const hex = headers['x-content-sha256'];
  if (hex !== undefined) {
    if (typeof hex !== 'string' || !/^[0-9a-f]{64}$/i.test(hex))
      throw new AppError('invalid_input', 'X-Content-SHA256 is not 64 hexadecimal digits');
    return hex.toLowerCase();
  }
  return (
    ofField(headers['content-digest'], 'Content-Digest') ?? ofField(headers['repr-digest'], 'Repr-Digest')
  );
}

/** Other algorithms of the field are ignored, as RFC 9530 allows. */
function ofField(value: string | string[] | undefined, name: string): string | null {
  if (value === undefined) return null;
  const match = /(?:^|,)\s*sha-256=([^,;]*)/.exec(String(value));
  if (match === null) return null;
  const encoded = /^:([A-Za-z0-9+/]{43}=):$/.exec(match[1]?.trim() ?? '');
  if (encoded?.[1] === undefined) throw new AppError('invalid_input', `the sha-256 of ${name} is malformed`);
  return Buffer.from(encoded[1], 'base64').toString('hex');
}

export function reprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}
