/** From a store URL to what the client wants. The password goes as an option, never into a string that an error could quote. */
import type { MongoClientOptions } from 'mongodb';
import { AppError } from '../../../kernel/errors.ts';
import { storeTls, tlsParameters } from '../../../kernel/store-tls.ts';
import { wrongPath, type StoreUrl } from '../../../kernel/store-url.ts';

/** Handed to the client as they are. */
const passed = {
  appName: 'how connections are called in the server’s log (default volvox)',
  authMechanism: 'SCRAM-SHA-256, SCRAM-SHA-1, PLAIN or MONGODB-X509',
  authSource: 'database that knows the user (default: the one of the URL)',
  directConnection: 'true: talk to the named host only, whatever its replica set',
  loadBalanced: 'true: the host is a load balancer',
  maxIdleTimeMS: 'close connections that were idle for so long',
  maxPoolSize: 'connections per server and node (default 20)',
  minPoolSize: 'connections kept open (default 0)',
  readPreference:
    'primary (default), or primaryPreferred and the like: what was just written may then be missing',
  replicaSet: 'name of the replica set',
  retryReads: 'false: do not repeat a read after a network error',
  retryWrites: 'false: do not repeat a write after a network error',
} as const;

export const parameters: Readonly<Record<string, string>> = {
  ...tlsParameters,
  ...passed,
  w: 'majority, and nothing less: an acknowledged write outlasts its server',
};

export interface Target {
  readonly connection: string;
  readonly options: MongoClientOptions;
  readonly database: string;
  /** For messages: `h1:27017, h2:27017`. */
  readonly hosts: string;
}

/** For a primary, and for a connection of the pool to be free. */
const waitMs = 5_000;
/** The longest that a single answer may take while the server is known to live: more than its own limits, `wtimeoutMS` and `bounded`. */
const socketMs = 8_000;
/**
 * A server that is silent for the sum of both is given up by the monitor, which also ends what waits for it; then it is asked anew, of the
 * next primary. The monitor's connections are its own, so that a slow query is no silence. Half a second is the least that the client takes.
 */
const monitored = { heartbeatFrequencyMS: 500, connectTimeoutMS: 3_000 } as const;

/** @throws invalid_input */
export function targetOf(url: StoreUrl, durability: 'full' | 'relaxed'): Target {
  if (url.hosts.length === 0)
    throw new AppError('invalid_input', `expected ${url.scheme}://host/database, not ${url.toString()}`);
  const database = url.path === '' ? 'volvox' : url.path;
  if (!/^[^/\\. "$*<>:|?@\0]{1,63}$/.test(database))
    throw wrongPath('the name of a MongoDB database, as in mongodb://host:27017/volvox');
  if ((url.parameters.get('w') ?? 'majority') !== 'majority')
    throw new AppError('invalid_input', 'w must be majority: less loses what was acknowledged');
  const hosts = url.hosts.map(({ host, port }) => hostOf(url.scheme, host, port));
  const query = [...url.parameters].filter(([name]) => Object.hasOwn(passed, name));
  const text = new URLSearchParams(query).toString();
  return {
    connection: `${url.scheme}://${hosts.join(',')}/${encodeURIComponent(database)}${text === '' ? '' : `?${text}`}`,
    options: { ...fixed(url, durability), ...credentialsOf(url), ...tlsOf(url) },
    database,
    hosts: hosts.join(', '),
  };
}

function hostOf(scheme: string, host: string, port: number | null): string {
  const name = host.includes(':') ? `[${host}]` : host;
  if (scheme === 'mongodb') return `${name}:${port ?? 27017}`;
  if (port === null) return name;
  throw new AppError('invalid_input', `${scheme}: takes no port: DNS names the servers`);
}

function fixed(url: StoreUrl, durability: 'full' | 'relaxed'): MongoClientOptions {
  const journal = durability === 'full' ? { journal: true } : {};
  return {
    ...(url.parameters.has('appName') ? {} : { appName: 'volvox' }),
    ...(url.parameters.has('maxPoolSize') ? {} : { maxPoolSize: 20 }),
    writeConcern: { w: 'majority', wtimeoutMS: socketMs - 1_000, ...journal },
    readConcern: { level: 'majority' },
    serverSelectionTimeoutMS: waitMs,
    waitQueueTimeoutMS: waitMs,
    socketTimeoutMS: socketMs,
    ...monitored,
    ignoreUndefined: true,
  };
}

function credentialsOf({ username, password }: StoreUrl): MongoClientOptions {
  if (username === null) return {};
  return { auth: { username, ...(password === null ? {} : { password }) } };
}

/** DNS entries of `mongodb+srv:` stand for servers that speak TLS. */
function tlsOf(url: StoreUrl): MongoClientOptions {
  const tls = storeTls(url, url.scheme === 'mongodb+srv');
  return tls === null ? { tls: false } : { tls: true, ...tls };
}
