import type { Redis } from 'ioredis';
import { AppError } from '../../../kernel/errors.ts';
import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import { tlsParameters } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { CacheStore } from '../contract.ts';
import { RedisCache } from './cache.ts';
import { redisOptions } from './options.ts';

const openMs = 5_000;

const parameters = {
  ...tlsParameters,
  prefix: 'what all keys begin with, so that clusters can share a server (default: volvox:)',
  sentinel: 'name of the master; the hosts are Sentinels then',
  sentinelPassword: 'password of the Sentinels, where they have one',
};

export const cacheRedisDriver: Driver<CacheStore> = { scheme: 'redis', parameters, open };
/** The same over TLS. */
export const cacheRedissDriver: Driver<CacheStore> = { scheme: 'rediss', parameters, open };

async function open(url: StoreUrl, deps: DriverDeps): Promise<CacheStore> {
  const options = redisOptions(url);
  const { Redis } = await import('ioredis');
  const redis = new Redis(options);
  const cause = lastError(redis);
  try {
    await connect(redis);
    await refuseCluster(redis);
  } catch (error) {
    redis.disconnect();
    throw translated(error, cause());
  }
  return new RedisCache(redis, url.parameters.get('prefix') ?? 'volvox:', deps.log);
}

/** Keeps the client's errors from ending the process, and the last for a better message than "closed". */
function lastError(redis: Redis): () => Error | null {
  let last: Error | null = null;
  redis.on('error', (error: Error) => (last = error));
  return () => last;
}

async function connect(redis: Redis): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer within 5 s')), openMs);
  try {
    await Promise.race([redis.connect(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Its keys lie on several servers, which this driver does not follow. @throws invalid_input */
async function refuseCluster(redis: Redis): Promise<void> {
  if (/^redis_mode:cluster/m.test(await redis.info('server')))
    throw new AppError('invalid_input', 'a Redis Cluster is not supported; a single server or Sentinel is');
}

/** Without the client's error as cause: it carries the command, and that the password. */
function translated(error: unknown, cause: Error | null): AppError {
  if (error instanceof AppError) return error;
  const text = cause?.message || (error instanceof Error ? error.message : '') || 'no connection';
  if (/^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/.test(text))
    return new AppError('unavailable', 'the server refuses the credentials');
  return new AppError('unavailable', text.replace('Command timed out', 'no answer'), { retryable: true });
}
