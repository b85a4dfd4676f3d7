import type { Redis } from 'ioredis';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { StoreHealth } from '../../../kernel/service.ts';
import type { Json } from '../../config/contract.ts';
import type { CacheStore } from '../contract.ts';
import { maxValueBytes } from '../rules.ts';
import { Unsure } from './unsure.ts';

const batch = 1_000;
const amendMs = 1_000;
const closeMs = 1_000;
const longestTtlMs = 365 * 24 * 60 * 60 * 1_000;

/** The contract upon the client: a server that is away or slow is a cache that has forgotten everything, and costs nobody any time. */
export class RedisCache implements CacheStore {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #log: Logger;
  readonly #unsure = new Unsure();
  #amending = false;
  #timer: NodeJS.Timeout | null = null;
  #reachable = true;
  #closed = false;

  /** @param redis connected */
  constructor(redis: Redis, prefix: string, log: Logger) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#log = log;
    redis.on('ready', () => {
      this.#tell(true);
      void this.#amend();
    });
    redis.on('close', () => this.#tell(false));
    redis.on('end', () => this.#revive());
  }

  async get(key: string): Promise<Json | undefined> {
    if (this.#unsure.has(key)) return undefined;
    try {
      const json = await this.#redis.get(this.#prefix + key);
      return json === null || this.#unsure.has(key) ? undefined : JSON.parse(json);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async set(key: string, value: Json, ttlMs: number): Promise<void> {
    const json = JSON.stringify(value);
    if (!(ttlMs > 0) || Buffer.byteLength(json) > maxValueBytes) return this.delete(key);
    const ttl = Math.ceil(Math.min(ttlMs, longestTtlMs));
    try {
      await this.#redis.set(this.#prefix + key, json, 'PX', ttl);
    } catch (error) {
      this.#unsure.addKey(key);
      this.#failed(error);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await this.#redis.unlink(this.#prefix + key);
    } catch (error) {
      this.#unsure.addKey(key);
      this.#failed(error);
    }
  }

  async clear(prefix: string): Promise<void> {
    try {
      await this.#removeAll(prefix);
    } catch (error) {
      this.#unsure.addPrefix(prefix);
      this.#failed(error);
    }
  }

  async ping(): Promise<StoreHealth> {
    try {
      const info = await this.#redis.info('server');
      return { version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? null };
    } catch (error) {
      this.#failed(error);
      throw new AppError('unavailable', 'the cache is out of reach', { retryable: true });
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closeMs);
    this.#redis.once('end', resolve);
    const connected = this.#redis.stream?.destroyed === false;
    this.#redis.disconnect();
    if (connected) await ended;
    clearTimeout(timer);
  }

  /** In steps that the server does in a moment each. */
  async #removeAll(prefix: string): Promise<void> {
    const pattern = `${escapeGlob(this.#prefix + prefix)}*`;
    let cursor = '0';
    do {
      const [next, keys] = await this.#redis.scan(cursor, 'MATCH', pattern, 'COUNT', batch);
      if (keys.length > 0) await this.#redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  /**
   * The breaker: one call that had to wait ends the connection, and without one every call fails at once, in flight or new. The client
   * comes back by itself, outside of any request, when the server answers again.
   */
  #failed(error: unknown): void {
    const text = error instanceof Error ? error.message : '';
    if (this.#redis.status !== 'ready' || this.#closed) return;
    if (text === 'Command timed out') this.#redis.disconnect(true);
    else if (!this.#unsure.empty) this.#amendSoon();
  }

  /** Where the connection is fine and a write was refused all the same, as with a full memory. */
  #amendSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#amend();
    }, amendMs).unref();
  }

  async #amend(): Promise<void> {
    if (this.#amending || this.#unsure.empty || this.#closed) return;
    this.#amending = true;
    try {
      const list = this.#unsure.list();
      for (const prefix of list.prefixes) await this.#removeAll(prefix);
      if (list.keys.length > 0) await this.#redis.unlink(...list.keys.map((key) => this.#prefix + key));
      this.#unsure.settled(list);
    } catch (error) {
      this.#failed(error);
    }
    this.#amending = false;
    if (!this.#unsure.empty && this.#redis.status === 'ready' && !this.#closed) this.#amendSoon();
  }

  #tell(reachable: boolean): void {
    if (this.#closed || this.#reachable === reachable) return;
    this.#reachable = reachable;
    if (reachable) this.#log.info({}, 'the cache is back');
    else this.#log.warn({}, 'the cache is out of reach: going on without');
  }

  /** The client gives up where its connector throws; we don't. */
  #revive(): void {
    if (this.#closed) return;
    setTimeout(() => {
      if (!this.#closed && this.#redis.status === 'end') this.#redis.connect().catch(() => undefined);
    }, amendMs).unref();
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
