import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../kernel/errors.ts';

export const prefix = '/api/v1/uploads';
export const version = '1.0.0';
/** 5 TiB, the largest object of S3; chunks are far smaller. */
export const maximumSize = 5 * 2 ** 40;
export const extensions =
  'creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation';
export const offsetType = 'application/offset+octet-stream';

const digestBytes = { sha1: 20, sha256: 32, md5: 16 } as const;
export const algorithms = Object.keys(digestBytes).join(',');

export interface Checksum {
  readonly algorithm: keyof typeof digestBytes;
  /** hex */
  readonly digest: string;
}

/** @throws precondition_failed, answered 412 with the versions that are spoken */
export function checkVersion(headers: IncomingHttpHeaders): void {
  if (headers['tus-resumable'] !== version)
    throw new AppError('precondition_failed', `Tus-Resumable must be ${version}`);
}

/** A count of bytes. @returns null where the header is missing @throws invalid_input for anything but digits */
export function count(headers: IncomingHttpHeaders, name: string): number | null {
  const text = headers[name];
  if (text === undefined) return null;
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new AppError('invalid_input', `${name} is no count of bytes`);
  return value;
}

/** Upload-Length. @throws too_large over Tus-Max-Size */
export function uploadLength(headers: IncomingHttpHeaders): number | null {
  const text = headers['upload-length'];
  if (typeof text === 'string' && /^\d{17,}$/.test(text)) throw tooLarge();
  const length = count(headers, 'upload-length');
  if (length !== null && length > maximumSize) throw tooLarge();
  return length;
}

function tooLarge(): AppError {
  return new AppError('too_large', `an upload has at most ${maximumSize} bytes`);
}

/** Upload-Checksum: `sha1 <base64>`. @throws invalid_input for an unknown algorithm or a malformed digest */
export function uploadChecksum(headers: IncomingHttpHeaders): Checksum | undefined {
  const text = headers['upload-checksum'];
  if (text === undefined) return undefined;
  const [name = '', encoded = '', ...rest] = String(text).trim().split(' ');
  if (!Object.hasOwn(digestBytes, name))
    throw new AppError('invalid_input', `Upload-Checksum: the algorithms are ${algorithms}`);
  const algorithm = name as keyof typeof digestBytes; // just checked
  const digest = fromBase64(encoded);
  if (digest === null || digest.length !== digestBytes[algorithm] || rest.length > 0)
    throw new AppError('invalid_input', 'Upload-Checksum is malformed');
  return { algorithm, digest: digest.toString('hex') };
}

/** Upload-Metadata: `key base64,key base64`, a key alone being empty. @throws invalid_input */
export function uploadMetadata(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (text.trim() === '') return values;
  for (const pair of text.split(',')) {
    const [key = '', encoded = '', ...rest] = pair.trim().split(' ');
    const bytes = fromBase64(encoded);
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(key) || bytes === null || rest.length > 0)
      throw new AppError('invalid_input', 'Upload-Metadata is malformed: "key base64,key base64"');
    if (values.has(key)) throw new AppError('invalid_input', `Upload-Metadata names ${key} twice`);
    values.set(key, utf8(bytes, key));
  }
  return values;
}

function utf8(bytes: Buffer, key: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('invalid_input', `Upload-Metadata: ${key} is not UTF-8`, { cause });
  }
}

/** Node's own decoder forgives everything. */
function fromBase64(text: string): Buffer | null {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text)
    ? Buffer.from(text, 'base64')
    : null;
}
