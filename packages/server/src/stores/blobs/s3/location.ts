/** Where the blobs lie, as the store's URL says it: server, bucket, and the names of the objects in it. */
import { AppError } from '../../../kernel/errors.ts';
import { storeTls, type StoreTls, tlsParameters } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';

export const s3Parameters = {
  endpoint: 'address of the S3 server (http://host:port), where it is not Amazon’s',
  publicEndpoint: 'its address as browsers reach it, for direct downloads (default: endpoint)',
  region: 'region of the bucket (default: AWS_REGION, or us-east-1 with an endpoint)',
  pathStyle: 'true: http://host/bucket, false: http://bucket.host (default: true with an endpoint)',
  ...tlsParameters,
} as const;

export interface Location {
  readonly bucket: string;
  readonly layout: Layout;
  readonly endpoint: URL | null;
  readonly publicEndpoint: URL | null;
  readonly region: string | null;
  readonly pathStyle: boolean;
  readonly tls: StoreTls | null;
  /** From the URL; null leaves it to the environment. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/** @throws invalid_input */
export function locationOf(url: StoreUrl): Location {
  const [bucket, more] = url.hosts;
  if (bucket === undefined || more !== undefined || bucket.port !== null)
    throw new AppError('invalid_input', `expected s3://bucket/prefix, not ${url.toString()}`);
  const endpoint = address(url, 'endpoint');
  const secure = endpoint === null || endpoint.protocol === 'https:';
  const tls = storeTls(url, secure);
  if ((tls !== null) !== secure)
    throw new AppError('invalid_input', 'tls contradicts the endpoint: write https:// or http:// there');
  return {
    bucket: bucket.host,
    layout: layoutOf(url.path),
    endpoint,
    publicEndpoint: address(url, 'publicEndpoint'),
    region: url.parameters.get('region') ?? null,
    pathStyle: flag(url, 'pathStyle', endpoint !== null),
    tls,
    credentials: credentialsOf(url),
  };
}

/**
 * An object is `<prefix>/<xy>/<key>`, where xy are the last two characters of the key, as in the folders of the file driver. The
 * tail of a UUIDv7 is random: Amazon spreads load by the heads of names, and a server that keeps objects in folders gets small ones.
 */
export interface Layout {
  /** Ends in a slash, or is empty. */
  readonly prefix: string;
  /** Stays in the bucket; not of the form of a blob. */
  readonly marker: string;
  objectOf(key: string): string;
  /** @returns null for an object that is none of ours */
  keyOf(object: string): string | null;
}

const blobObject = /^([a-z0-9-]{2})\/([a-z0-9-]{8,64})$/;

export function layoutOf(path: string): Layout {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  const segments = trimmed === '' ? [] : trimmed.split('/');
  if (segments.some((segment) => !/^[\w.-]+$/.test(segment) || /^\.+$/.test(segment)))
    throw new AppError('invalid_input', 'an S3 prefix is made of letters, digits, "_", "-", "." and "/"');
  const prefix = segments.map((segment) => `${segment}/`).join('');
  return {
    prefix,
    marker: `${prefix}.volvox`,
    objectOf: (key) => `${prefix}${key.slice(-2)}/${key}`,
    keyOf(object) {
      if (!object.startsWith(prefix)) return null;
      const [, folder = '', key = ''] = blobObject.exec(object.slice(prefix.length)) ?? [];
      return key !== '' && key.endsWith(folder) ? key : null;
    },
  };
}

function address(url: StoreUrl, name: string): URL | null {
  const text = url.parameters.get(name);
  if (text === undefined) return null;
  const parsed = URL.parse(text);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.search !== '')
    throw new AppError('invalid_input', `${name} must look like https://host:port`);
  return parsed;
}

function flag(url: StoreUrl, name: string, byDefault: boolean): boolean {
  const text = url.parameters.get(name) ?? String(byDefault);
  if (text === 'true' || text === 'false') return text === 'true';
  throw new AppError('invalid_input', `${name} must be true or false`);
}

function credentialsOf({ username, password }: StoreUrl): Location['credentials'] {
  if (username === null && password === null) return null;
  if (username === null || password === null)
    throw new AppError('invalid_input', 'an S3 URL names both the access key and its secret, or neither');
  return { accessKeyId: username, secretAccessKey: password };
}
