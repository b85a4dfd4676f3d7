/** Values as they lie in etcd, where anybody may have put anything: what is damaged is named, and the last good value holds. */
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import { foundIn, rangeOf, type Found } from '../../clients/etcd/requests.ts';
import type { KeyChange } from '../../clients/etcd/watch.ts';
import type { ConfigChange, ConfigEntry, Json } from '../contract.ts';
import { decodeConfigValue } from '../rules.ts';
import type { ConfigKeys } from './keys.ts';
import { decodeRecord } from './records.ts';

const mostNamed = 1_000;

export class Values {
  readonly #connection: EtcdConnection;
  readonly #keys: ConfigKeys;
  readonly #log: Logger;
  /** What was logged, at which revision. */
  readonly #named = new Map<string, number>();

  constructor(connection: EtcdConnection, keys: ConfigKeys, log: Logger) {
    this.#connection = connection;
    this.#keys = keys;
    this.#log = log;
  }

  /** @throws corrupt */
  entry(key: string, found: Found): ConfigEntry {
    const value = decode(found.value);
    if (value !== undefined) return { key, value, revision: found.revision };
    throw new AppError('corrupt', `the value of "${key}" in etcd (${found.key}) is no JSON`, {
      details: { key, revision: found.revision },
    });
  }

  /** Those below `prefix`. For a damaged one, the last value that was set properly, if there was any. */
  async entries(all: readonly Found[], prefix: string): Promise<readonly ConfigEntry[]> {
    const entries: ConfigEntry[] = [];
    for (const { key: etcdKey, value: bytes, revision } of all) {
      const key = this.#keys.valueKey(etcdKey, prefix);
      if (key === null) continue;
      let value = decode(bytes);
      if (key === undefined || value === undefined) this.#name(etcdKey, revision);
      if (key === undefined) continue;
      if (value === undefined) value = await this.#lastGood(key);
      if (value !== undefined) entries.push({ key, value, revision });
    }
    return entries;
  }

  /** Those below `prefix` that say something. */
  changes(all: readonly KeyChange[], prefix: string): readonly ConfigChange[] {
    const changes: ConfigChange[] = [];
    for (const { key: etcdKey, value: bytes, revision } of all) {
      const key = this.#keys.valueKey(etcdKey, prefix);
      if (key === null) continue;
      const value = bytes === null ? undefined : decode(bytes);
      if (key !== undefined && (bytes === null || value !== undefined))
        changes.push({ key, value, revision });
      else if (bytes !== null) this.#name(etcdKey, revision);
    }
    return changes;
  }

  async #lastGood(key: string): Promise<Json | undefined> {
    const newest = { sort_order: 'Descend', sort_target: 'Create', limit: 1 } as const;
    const [found] = foundIn(
      await this.#connection.call('KV.Range', rangeOf(this.#keys.changes(key), newest)),
    );
    return found === undefined ? undefined : decodeRecord(found.value)?.value;
  }

  /** Once for each change. */
  #name(etcdKey: string, revision: number): void {
    if (this.#named.get(etcdKey) === revision) return;
    if (this.#named.size >= mostNamed) this.#named.clear();
    this.#named.set(etcdKey, revision);
    this.#log.error(
      { entry: etcdKey, revision },
      'a configuration key in etcd is damaged or unknown: what was set before holds',
    );
  }
}

function decode(bytes: Buffer): Json | undefined {
  try {
    return decodeConfigValue(bytes.toString());
  } catch {
    return undefined;
  }
}
