import path from 'node:path';
import { parseProxyTrust } from '../gateways/http/trusted-proxies.ts';
import { AppError } from '../kernel/errors.ts';
import { parseStoreUrl, type StoreUrl } from '../kernel/store-url.ts';
import { variables } from './variables.ts';

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
  /** Milliseconds; null: by the kind of registry. */
  readonly drainWaitMs: number | null;
  readonly stores: Readonly<Record<StoreKind, StoreUrl>>;
  /** Stores whose URL was given; the others may be told by the vault of a cluster (recorded-stores.ts). */
  readonly given: ReadonlySet<StoreKind>;
}

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
    drainWaitMs: attempt('VOLVOX_DRAIN_WAIT', () => parseSeconds(get('VOLVOX_DRAIN_WAIT')), null),
    given: new Set(storeKinds.filter((kind) => flags[nameOf(kind)] || environment[nameOf(kind)])),
    vaultLogin: vaultLogin(get),
    stores: Object.fromEntries(
      storeKinds.map((kind) => {
        const name = nameOf(kind);
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

function vaultLogin(get: Lookup): Bootstrap['vaultLogin'] {
  return { token: get('VAULT_TOKEN'), roleId: get('VAULT_ROLE_ID'), secretId: get('VAULT_SECRET_ID') };
}

/** Whether it lies in the data folder, which then has to be locked. */
export function inDataFolder(url: StoreUrl): boolean {
  return ['file', 'sqlite'].includes(url.scheme);
}

/** The variable of a store's URL. */
export function nameOf(kind: StoreKind): string {
  return `VOLVOX_${kind.toUpperCase()}`;
}

function parseSeconds(text: string): number | null {
  if (text === '') return null;
  if (!/^\d{1,4}$/.test(text)) throw new AppError('invalid_input', `expected seconds, got "${text}"`);
  return Number(text) * 1000;
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
    throw new AppError(
      'invalid_input',
      `expected http(s)://host${text.includes('@') ? '' : `, got "${text}"`}`,
    );
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
