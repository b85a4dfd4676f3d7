/** From the store URL to what the Redis client is told. */
import type { RedisOptions } from 'ioredis';
import { AppError } from '../../../kernel/errors.ts';
import { storeTls } from '../../../kernel/store-tls.ts';
import { wrongPath, type StoreUrl } from '../../../kernel/store-url.ts';

/** A cache that takes longer than this is worth no more waiting. */
const commandMs = 500;

/** @throws invalid_input for URL parts that make no sense and for files that can't be read */
export function redisOptions(url: StoreUrl): RedisOptions {
  const tls = storeTls(url, url.scheme === 'rediss');
  if (url.scheme === 'rediss' && tls === null)
    throw new AppError('invalid_input', 'rediss: with tls=false contradict one another');
  return {
    ...serversOf(url, tls !== null),
    db: databaseOf(url),
    ...(url.username ? { username: url.username } : {}),
    ...(url.password === null ? {} : { password: url.password }),
    ...(tls === null ? {} : { tls: { ...tls } }),
    connectionName: 'volvox',
    lazyConnect: true,
    connectTimeout: 3_000,
    disconnectTimeout: 200,
    commandTimeout: commandMs,
    // What can't be asked now is a miss: no queue, no repetition.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 2_000) * (0.5 + Math.random() / 2),
    // After a fail-over the old master refuses writes; the name may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

function serversOf(url: StoreUrl, tls: boolean): RedisOptions {
  const [first, ...more] = url.hosts;
  if (first === undefined) throw new AppError('invalid_input', `expected ${url.scheme}://host:6379/0`);
  const name = url.parameters.get('sentinel');
  const sentinelPassword = url.parameters.get('sentinelPassword');
  if (name === undefined) {
    if (more.length > 0)
      throw new AppError('invalid_input', 'several hosts are Sentinels: add sentinel=<name of the master>');
    if (sentinelPassword !== undefined)
      throw new AppError('invalid_input', 'sentinelPassword given without sentinel');
    return { host: first.host, port: first.port ?? 6379 };
  }
  const tlsToSentinel = storeTls(url, tls);
  return {
    name,
    sentinels: url.hosts.map(({ host, port }) => ({ host, port: port ?? 26379 })),
    sentinelCommandTimeout: commandMs,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tlsToSentinel === null ? {} : { sentinelTLS: { ...tlsToSentinel }, enableTLSForSentinelMode: true }),
  };
}

function databaseOf(url: StoreUrl): number {
  const text = url.path.replace(/\/$/, '') || '0';
  if (!/^\d{1,5}$/.test(text)) throw wrongPath('the number of a database, as in redis://host:6379/0');
  return Number(text);
}
