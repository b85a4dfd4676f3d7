/** From the store URL to what the NATS client is told. */
import { readFileSync } from 'node:fs';
import type { Authenticator, NodeConnectionOptions } from '@nats-io/transport-node';
import { AppError } from '../../../kernel/errors.ts';
import { storeTls } from '../../../kernel/store-tls.ts';
import { wrongPath, type StoreUrl } from '../../../kernel/store-url.ts';
import { topicPattern } from '../rules.ts';

/** A server that says nothing for twice this long is given up: half-open connections are noticed within 6 s. */
const pingMs = 2_000;
const dialMs = 3_000;

/** What makes an authenticator of the text of a credentials file. */
export type ReadCredentials = (text: () => Uint8Array) => Authenticator;

/** @throws invalid_input for URL parts that make no sense and for files that can't be read */
export function natsOptions(url: StoreUrl, readCredentials: ReadCredentials): NodeConnectionOptions {
  if (url.hosts.length === 0) throw new AppError('invalid_input', 'expected nats://host:4222');
  return {
    servers: url.hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port ?? 4222}`),
    name: 'volvox',
    ...credentialsOf(url, readCredentials),
    tls: tlsOf(url),
    timeout: dialMs,
    pingInterval: pingMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    ignoreAuthErrorAbort: true, // else it closes for good after two refusals
    noAsyncTraces: true,
  };
}

/** What all topics begin with on the server, its dot included, so that clusters can share one. @throws invalid_input */
export function subjectPrefix(url: StoreUrl): string {
  const prefix = url.path.replace(/\/$/, '').replaceAll('/', '.') || 'volvox';
  if (!topicPattern.test(prefix)) throw wrongPath('what topics begin with, as in nats://host:4222/volvox');
  return `${prefix}.`;
}

function credentialsOf(url: StoreUrl, readCredentials: ReadCredentials): NodeConnectionOptions {
  const token = url.parameters.get('token');
  const file = url.parameters.get('credentials');
  if ([url.username, token, file].filter((given) => given != null).length > 1)
    throw new AppError('invalid_input', 'only one of user, token and credentials may be given');
  if (token !== undefined) return { token };
  if (url.username !== null) return { user: url.username, pass: url.password ?? '' };
  if (file === undefined) return {};
  let last = readCredentialsFile(file);
  // Read again for each connection, since credentials expire; an error here would end the client for good.
  const read = (): Uint8Array => {
    try {
      last = readFileSync(file);
    } catch {
      // What it had may still do.
    }
    return last;
  };
  return { authenticator: readCredentials(read) };
}

function readCredentialsFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AppError('invalid_input', `credentials: cannot read ${file}`, { cause: error });
  }
}

/** Without `tls` it is spoken only where the server insists. */
function tlsOf(url: StoreUrl): NodeConnectionOptions['tls'] {
  const tls = storeTls(url);
  if (tls === null) return null;
  const { ca, cert, key, rejectUnauthorized } = tls;
  return {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca: ca.toString() }),
    ...(cert === undefined || key === undefined ? {} : { cert: cert.toString(), key: key.toString() }),
  };
}
