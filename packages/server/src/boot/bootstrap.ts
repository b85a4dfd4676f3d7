import path from 'node:path';
import { parseProxyTrust } from '../gateways/http/trusted-proxies.ts';
import { AppError } from '../kernel/errors.ts';
import { parseStoreUrl, type StoreUrl } from '../kernel/store-url.ts';

/** Kinds of store in the order in which they are opened. */
export const storeKinds = [
  'config',
  'vault',
  'registry',
  'broker',
  'cache',
  'sql',
  'documents',
  'blobs',
] as const;
export type StoreKind = (typeof storeKinds)[number];

/** What a node needs before it can read its configuration: from flags and environment, validated together. */
export interface Bootstrap {
  readonly data: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Public address without a closing slash; null: derived from the listener. */
  readonly url: string | null;
  readonly nodeName: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly trustProxy: readonly string[];
  readonly durability: 'full' | 'relaxed';
  readonly admin: { readonly login: string; readonly password: string } | null;
  readonly vaultKey: string | null;
  /** For a vault server: a token, or an AppRole to log in with; empty where none is given. */
  readonly vaultLogin: { readonly token: string; readonly roleId: string; readonly secretId: string };
  readonly stores: Readonly<Record<StoreKind, StoreUrl>>;
}

export interface Variable {
  readonly name: string;
  readonly flag: string;
  readonly default: string;
  readonly description: string;
  readonly secret?: boolean;
}

/** Every variable once: help, reference and validation come from here. */
export const variables: readonly Variable[] = [
  {
    name: 'VOLVOX_DATA',
    flag: '--data',
    default: './data',
    description: 'folder of the embedded stores; locked while a node runs',
  },
  {
    name: 'VOLVOX_LISTEN',
    flag: '--listen',
    default: '127.0.0.1:8080',
    description: 'address and port; port 0 takes a free one',
  },
  {
    name: 'VOLVOX_URL',
    flag: '--url',
    default: '',
    description: 'public address, where it differs from the listener',
  },
  {
    name: 'VOLVOX_NODE_NAME',
    flag: '--node-name',
    default: '',
    description: 'name of this node in status and logs; the host name if empty',
  },
  {
    name: 'VOLVOX_LOG_LEVEL',
    flag: '--log-level',
    default: 'info',
    description: 'debug, info, warn or error',
  },
  {
    name: 'VOLVOX_LOG_FORMAT',
    flag: '--log-format',
    default: '',
    description: 'json or text; text on a terminal, else json',
  },
  {
    name: 'VOLVOX_TLS_CERT',
    flag: '--tls-cert',
    default: '',
    description: 'PEM file with the certificate chain; with VOLVOX_TLS_KEY',
  },
  { name: 'VOLVOX_TLS_KEY', flag: '--tls-key', default: '', description: 'PEM file with its key' },
  {
    name: 'VOLVOX_TRUST_PROXY',
    flag: '--trust-proxy',
    default: '',
    description:
      'addresses or networks (CIDR, comma-separated) whose X-Forwarded-* headers are believed; "loopback" for 127.0.0.0/8 and ::1',
  },
  {
    name: 'VOLVOX_DURABILITY',
    flag: '--durability',
    default: 'full',
    description:
      'full: what was acknowledged survives a power cut; relaxed: no fsync, a power cut may lose the last seconds (kill -9 loses nothing)',
  },
  {
    name: 'VOLVOX_ADMIN_LOGIN',
    flag: '--admin-login',
    default: '',
    description: 'unattended set-up: login of the first administrator',
  },
  {
    name: 'VOLVOX_ADMIN_PASSWORD',
    flag: '',
    default: '',
    description: 'unattended set-up: the password (no flag, so that it shows in no process list)',
    secret: true,
  },
  {
    name: 'VOLVOX_VAULT_KEY',
    flag: '',
    default: '',
    description: 'key of the vault file; without it a keyring file beside the vault holds the key',
    secret: true,
  },
  {
    name: 'VAULT_TOKEN',
    flag: '',
    default: '',
    description: 'token for a vault server (vault:)',
    secret: true,
  },
  {
    name: 'VAULT_ROLE_ID',
    flag: '',
    default: '',
    description: 'AppRole to log in to a vault server with, where there is no VAULT_TOKEN',
    secret: true,
  },
  { name: 'VAULT_SECRET_ID', flag: '', default: '', description: 'its secret', secret: true },
  {
    name: 'VOLVOX_TOKEN',
    flag: '',
    default: '',
    description: 'access token of commands that ask another server (--server)',
    secret: true,
  },
  {
    name: 'VOLVOX_CONFIG',
    flag: '--config',
    default: 'file:<data>/config.json',
    description: 'configuration store',
  },
  {
    name: 'VOLVOX_VAULT',
    flag: '--vault',
    default: 'file:<data>/vault.json',
    description: 'store of secrets',
  },
  {
    name: 'VOLVOX_REGISTRY',
    flag: '--registry',
    default: 'memory:',
    description: 'which nodes live, leases',
  },
  { name: 'VOLVOX_BROKER', flag: '--broker', default: 'memory:', description: 'publish/subscribe' },
  { name: 'VOLVOX_CACHE', flag: '--cache', default: 'memory:?max=64MB', description: 'cache' },
  {
    name: 'VOLVOX_SQL',
    flag: '--sql',
    default: 'sqlite:<data>/volvox.db',
    description: 'tree, permissions, identity, journal',
  },
  {
    name: 'VOLVOX_DOCUMENTS',
    flag: '--documents',
    default: 'sqlite:<data>/documents.db',
    description: 'logs, search, activities',
  },
  { name: 'VOLVOX_BLOBS', flag: '--blobs', default: 'file:<data>/blobs', description: 'file contents' },
];

export type Environment = Readonly<Record<string, string | undefined>>;
type Lookup = (name: string) => string;

/** Says what a driver would refuse about its URL, without opening anything. @throws invalid_input */
export type CheckUrl = (kind: StoreKind, url: StoreUrl) => void;

/**
 * `flags` by variable name, stronger than the environment; an empty value is none.
 * @throws invalid_input with `details.faults`: every fault, not just the first
 */
export function readSettings(
  environment: Environment,
  flags: Environment,
  hostName: string,
  checkUrl: CheckUrl,
): Bootstrap {
  const faults: string[] = [];
  const attempt = <T>(what: string, read: () => T, fallback: T): T => {
    try {
      return read();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      faults.push(text.startsWith(what) ? text : `${what}: ${text}`);
      return fallback;
    }
  };
  for (const name of Object.keys(environment)) {
    if (/^VOLVOX_(?!TEST_)/.test(name) && !variables.some((v) => v.name === name))
      faults.push(`${name}: unknown variable`);
  }
  const get: Lookup = (name) =>
    flags[name] || environment[name] || (variables.find((v) => v.name === name)?.default ?? '');
  const data = path.resolve(get('VOLVOX_DATA'));
  const result: Bootstrap = {
    data,
    listen: attempt('VOLVOX_LISTEN', () => parseListen(get('VOLVOX_LISTEN')), { host: '127.0.0.1', port: 0 }),
    url: attempt('VOLVOX_URL', () => parsePublicUrl(get('VOLVOX_URL')), null),
    nodeName: attempt('VOLVOX_NODE_NAME', () => parseNodeName(get('VOLVOX_NODE_NAME') || hostName), 'node'),
    logLevel: attempt(
      'VOLVOX_LOG_LEVEL',
      () => oneOf(get('VOLVOX_LOG_LEVEL'), ['debug', 'info', 'warn', 'error'] as const),
      'info',
    ),
    logFormat: attempt(
      'VOLVOX_LOG_FORMAT',
      () =>
        oneOf(get('VOLVOX_LOG_FORMAT') || (process.stdout.isTTY ? 'text' : 'json'), [
          'json',
          'text',
        ] as const),
      'json',
    ),
    tls: attempt(
      'VOLVOX_TLS_CERT',
      () => pair(get, 'VOLVOX_TLS_CERT', 'VOLVOX_TLS_KEY', (cert, key) => ({ cert, key })),
      null,
    ),
    trustProxy: attempt('VOLVOX_TRUST_PROXY', () => parseTrust(get('VOLVOX_TRUST_PROXY')), []),
    durability: attempt(
      'VOLVOX_DURABILITY',
      () => oneOf(get('VOLVOX_DURABILITY'), ['full', 'relaxed'] as const),
      'full',
    ),
    admin: attempt(
      'VOLVOX_ADMIN_LOGIN',
      () =>
        pair(get, 'VOLVOX_ADMIN_LOGIN', 'VOLVOX_ADMIN_PASSWORD', (login, password) => ({ login, password })),
      null,
    ),
    vaultKey: get('VOLVOX_VAULT_KEY') || null,
    vaultLogin: {
      token: get('VAULT_TOKEN'),
      roleId: get('VAULT_ROLE_ID'),
      secretId: get('VAULT_SECRET_ID'),
    },
    stores: Object.fromEntries(
      storeKinds.map((kind) => {
        const name = `VOLVOX_${kind.toUpperCase()}`;
        const read = (): StoreUrl => {
          const url = parseStoreUrl(get(name).replace('<data>', () => escapePath(data)));
          checkUrl(kind, url);
          return url;
        };
        return [kind, attempt(name, read, parseStoreUrl('memory:'))];
      }),
    ) as Record<StoreKind, StoreUrl>,
  };
  if (faults.length > 0)
    throw new AppError('invalid_input', `wrong settings:\n  ${faults.join('\n  ')}`, { details: { faults } });
  return result;
}

/** What a path may hold and a URL would read otherwise. */
function escapePath(path: string): string {
  return path.replace(/[%?#]/g, encodeURIComponent);
}

function parseTrust(text: string): string[] {
  parseProxyTrust(text);
  return text
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s !== '');
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65535) throw new AppError('invalid_input', `expected address:port, got "${text}"`);
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, '') || '0.0.0.0', port };
}

function parsePublicUrl(text: string): string | null {
  if (text === '') return null;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new AppError('invalid_input', `expected http(s)://host, got "${text}"`);
  const url = new URL(text);
  if (url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new AppError('invalid_input', 'only scheme, host and port are allowed');
  return url.origin;
}

function parseNodeName(text: string): string {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(text))
    throw new AppError('invalid_input', `letters, digits, ".", "_" and "-" only, got "${text}"`);
  return text;
}

function oneOf<const T extends string>(text: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === text);
  if (found === undefined)
    throw new AppError('invalid_input', `expected one of ${allowed.join(', ')}, got "${text}"`);
  return found;
}

/** Two variables that make sense only together. */
function pair<T>(get: Lookup, first: string, second: string, make: (a: string, b: string) => T): T | null {
  const [a, b] = [get(first), get(second)];
  if (a === '' && b === '') return null;
  if (a === '' || b === '')
    throw new AppError(
      'invalid_input',
      `${first} and ${second} go together; ${a === '' ? first : second} is missing`,
    );
  return make(a, b);
}
