import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import { read, readAt } from '../../clients/etcd/requests.ts';
import { KeyWatch, type KeyChange, type WatchTiming } from '../../clients/etcd/watch.ts';
import type { ConfigChange } from '../contract.ts';
import { isBelow } from '../rules.ts';
import { upwards, type ConfigKeys } from './keys.ts';
import type { Values } from './values.ts';

export interface WatchSource {
  readonly connection: EtcdConnection;
  readonly keys: ConfigKeys;
  readonly values: Values;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface WatchWish {
  readonly prefix: string;
  readonly after: number;
  readonly signal: AbortSignal;
  readonly timing?: Partial<WatchTiming>;
}

/** A consumer that lags further behind gets no more until it has caught up. */
const mostWaiting = 1_000;

/** The changes of a prefix as the contract wants them. */
export async function* watchConfig(source: WatchSource, wish: WatchWish): AsyncGenerator<ConfigChange, void> {
  const { connection, keys, values } = source;
  const over = AbortSignal.any([wish.signal, connection.closing]);
  if (over.aborted) return;
  const waiting: ConfigChange[] = [];
  let bell = Promise.withResolvers<void>();
  const onChanges = (changes: readonly KeyChange[]): void => {
    waiting.push(...values.changes(changes, wish.prefix));
    if (waiting.length > mostWaiting) watch.hold();
    bell.resolve();
  };
  const removedSince = (revision: number) => removedKeys(source, wish.prefix, revision);
  const plan = { range: keys.around(wish.prefix), after: wish.after, onChanges, removedSince };
  const timing = wish.timing === undefined ? {} : { timing: wish.timing };
  const watch = new KeyWatch(connection, { ...plan, ...timing }, source.clock, source.log);
  const onAbort = (): void => bell.resolve();
  over.addEventListener('abort', onAbort);
  try {
    while (!over.aborted) {
      bell = Promise.withResolvers<void>();
      for (let change = waiting.shift(); change !== undefined; change = waiting.shift()) {
        yield change;
        if (over.aborted) return;
      }
      watch.resume();
      await bell.promise;
    }
  } finally {
    over.removeEventListener('abort', onAbort);
    watch.stop();
  }
}

/**
 * Where etcd has compacted its own changes, the history tells: keys that were removed after `revision`, and keys that somebody removed
 * by hand, without a record. Keys that exist again may be among them.
 */
async function removedKeys(
  { connection, keys }: WatchSource,
  prefix: string,
  revision: number,
): Promise<readonly string[]> {
  const { responses } = await connection.call('KV.Txn', {
    success: [read(keys.allChanges(), { keys_only: true }), read(keys.allRemovals(), { keys_only: true })],
  });
  const removedAt = newest(keys, readAt(responses, 1));
  return [...newest(keys, readAt(responses, 0))].flatMap(([key, set]) => {
    if (!isBelow(key, prefix)) return [];
    const removed = Math.max(...upwards(key).map((above) => removedAt.get(above) ?? 0));
    return removed > revision || removed < set ? [keys.value(key)] : [];
  });
}

/** The newest record of each key. */
function newest(
  keys: ConfigKeys,
  found: readonly { readonly key: string; readonly created: number }[],
): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const { key, created } of found) {
    const name = keys.recordKey(key);
    result.set(name, Math.max(created, result.get(name) ?? 0));
  }
  return result;
}
