import type { IRequestOp } from 'etcd3';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import {
  noneAfter,
  oneKey,
  put,
  rangeOf,
  read,
  readAt,
  remove,
  foundIn,
  unchanged,
  type Found,
  type KeyRange,
} from '../../clients/etcd/requests.ts';
import type { ConfigChange, ConfigEntry, ConfigRecord, ConfigStore, Json } from '../contract.ts';
import { checkConfigKey, checkConfigPrefix, encodeConfigValue } from '../rules.ts';
import { ConfigKeys, upwards } from './keys.ts';
import { encodeChange, encodeRemoval, historyOf, keptChanges, keptRemovals } from './records.ts';
import { Values } from './values.ts';
import { watchConfig } from './watch.ts';

interface WriteOptions {
  readonly expectedRevision?: number;
  readonly actor?: string;
}

const newestFirst = { sort_order: 'Descend', sort_target: 'Create' } as const;
const removalTries = 10;
/** etcd takes 128 operations in a transaction. */
const prunedAtOnce = 100;

/**
 * Configuration in etcd: revisions are etcd's own. Each change writes value, history and head in one transaction, under an id of its
 * own, so that a call that is sent twice changes once.
 */
export class EtcdConfigStore implements ConfigStore {
  readonly #connection: EtcdConnection;
  readonly #keys: ConfigKeys;
  readonly #values: Values;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(connection: EtcdConnection, { clock, log }: DriverDeps) {
    this.#connection = connection;
    this.#keys = new ConfigKeys(connection.prefix);
    this.#values = new Values(connection, this.#keys, log);
    this.#clock = clock;
    this.#log = log;
  }

  async get(key: string): Promise<ConfigEntry | null> {
    checkConfigKey(key);
    const response = await this.#connection.call('KV.Range', rangeOf(oneKey(this.#keys.value(key))));
    const [found] = foundIn(response);
    return found === undefined ? null : this.#values.entry(key, found);
  }

  async list(prefix: string): Promise<{ entries: readonly ConfigEntry[]; revision: number }> {
    checkConfigPrefix(prefix);
    const { found, revision } = await this.#read(this.#keys.around(prefix));
    return { entries: await this.#values.entries(found, prefix), revision };
  }

  async set(key: string, value: Json, options: WriteOptions = {}): Promise<number> {
    checkConfigKey(key);
    const json = encodeConfigValue(key, value);
    const at = this.#keys.value(key);
    const id = newId();
    const change = this.#keys.change(key, id);
    const { expectedRevision } = options;
    const answer = await this.#connection.call('KV.Txn', {
      compare: [
        unchanged(change, 0),
        ...(expectedRevision === undefined ? [] : [unchanged(at, expectedRevision)]),
      ],
      success: [
        read(this.#keys.changes(key), { count_only: true }),
        put(at, json),
        put(change, encodeChange(this.#stamp(options), json)),
        put(this.#keys.head, id),
      ],
      failure: [read(oneKey(change), { keys_only: true }), read(oneKey(at), { keys_only: true })],
    });
    if (answer.succeeded) {
      const kept = Number(answer.responses[0]?.response_range.count ?? 0);
      if (kept >= 2 * keptChanges) await this.#prune(this.#keys.changes(key), keptChanges);
      return Number(answer.header.revision);
    }
    const [done] = readAt(answer.responses, 0);
    if (done !== undefined) return done.created;
    throw mismatch(key, readAt(answer.responses, 1)[0]?.revision ?? 0, expectedRevision);
  }

  async delete(key: string, options: WriteOptions = {}): Promise<number> {
    checkConfigKey(key);
    const id = newId();
    for (let attempt = 1; attempt <= removalTries; attempt++) {
      const { found, revision, readAtRevision } = await this.#read(this.#keys.around(key), true);
      const present = found.find((one) => one.key === this.#keys.value(key))?.revision ?? 0;
      if (options.expectedRevision !== undefined && options.expectedRevision !== present) {
        const done = await this.#removed(key, id);
        if (done !== null) return done;
        throw mismatch(key, present, options.expectedRevision);
      }
      if (!found.some((one) => this.#keys.valueKey(one.key, key) !== null))
        return (attempt > 1 ? await this.#removed(key, id) : null) ?? revision;
      const after = await this.#remove(key, id, present, readAtRevision, options);
      if (after !== null) return after;
    }
    throw new AppError('conflict', `"${key}" keeps changing while it is removed`, { retryable: true });
  }

  async history(key: string, limit: number): Promise<readonly ConfigRecord[]> {
    checkConfigKey(key);
    const ranges = [this.#keys.changes(key), ...upwards(key).map((above) => this.#keys.removals(above))];
    const { responses } = await this.#connection.call('KV.Txn', {
      success: ranges.map((range) => read(range)),
    });
    const [changes = [], ...removals] = responses.map((_response, index) => readAt(responses, index));
    return historyOf(key, changes, removals.flat()).slice(0, limit);
  }

  watch(prefix: string, afterRevision: number, signal: AbortSignal): AsyncIterable<ConfigChange> {
    checkConfigPrefix(prefix);
    return watchConfig(
      {
        connection: this.#connection,
        keys: this.#keys,
        values: this.#values,
        clock: this.#clock,
        log: this.#log,
      },
      { prefix, after: afterRevision, signal },
    );
  }

  ping(): Promise<StoreHealth> {
    return this.#connection.ping();
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** @returns null where something changed meanwhile */
  async #remove(
    key: string,
    id: string,
    present: number,
    readAtRevision: number,
    options: WriteOptions,
  ): Promise<number | null> {
    const at = this.#keys.value(key);
    const removal = this.#keys.removal(key, id);
    const answer = await this.#connection.call('KV.Txn', {
      compare: [
        unchanged(removal, 0),
        unchanged(at, present),
        noneAfter(this.#keys.below(key), readAtRevision),
      ],
      success: [
        read(this.#keys.removals(key), { count_only: true }),
        remove(oneKey(at)),
        remove(this.#keys.below(key)),
        put(removal, encodeRemoval(this.#stamp(options))),
        put(this.#keys.head, id),
      ],
      failure: [read(oneKey(removal), { keys_only: true })],
    });
    if (!answer.succeeded) return readAt(answer.responses, 0)[0]?.created ?? null;
    const kept = Number(answer.responses[0]?.response_range.count ?? 0);
    if (kept >= 2 * keptRemovals) await this.#prune(this.#keys.removals(key), keptRemovals);
    return Number(answer.header.revision);
  }

  async #removed(key: string, id: string): Promise<number | null> {
    const range = rangeOf(oneKey(this.#keys.removal(key, id)), { keys_only: true });
    return foundIn(await this.#connection.call('KV.Range', range))[0]?.created ?? null;
  }

  /** Sorted by key; `revision`: of the configuration's last change, which other users of this etcd do not raise. */
  async #read(
    range: KeyRange,
    keysOnly = false,
  ): Promise<{ found: readonly Found[]; revision: number; readAtRevision: number }> {
    const success: IRequestOp[] = [
      read(range, keysOnly ? { keys_only: true } : {}),
      read(oneKey(this.#keys.head), { keys_only: true }),
    ];
    const { header, responses } = await this.#connection.call('KV.Txn', { success });
    const found = readAt(responses, 0);
    const readAtRevision = Number(header.revision);
    const head = readAt(responses, 1)[0]?.revision ?? readAtRevision;
    // A value that was put by hand has not moved the head.
    const revision = found.reduce((newest, one) => Math.max(newest, one.revision), head);
    return { found, revision, readAtRevision };
  }

  /** Drops the oldest records. The change that led here has been made, so a failure only means that the next one tries again. */
  async #prune(range: KeyRange, keep: number): Promise<void> {
    try {
      const all = foundIn(
        await this.#connection.call('KV.Range', rangeOf(range, { keys_only: true, ...newestFirst })),
      );
      const old = all.slice(keep);
      for (let from = 0; from < old.length; from += prunedAtOnce) {
        const some = old.slice(from, from + prunedAtOnce);
        await this.#connection.call('KV.Txn', { success: some.map(({ key }) => remove(oneKey(key))) });
      }
    } catch (error) {
      this.#log.debug({ err: error, keys: range.from }, 'old history is kept for now');
    }
  }

  #stamp({ actor }: WriteOptions) {
    return { at: this.#clock.now(), actor: actor ?? null };
  }
}

function mismatch(key: string, revision: number, expected: number | undefined): AppError {
  return new AppError('precondition_failed', `"${key}" has revision ${revision}, not ${expected}`, {
    details: { key, revision },
  });
}
