/** Where the configuration lies in etcd. Parts of a configuration key never hold an `@`. */
import { startingWith, type KeyRange } from '../../clients/etcd/requests.ts';
import { isBelow, isConfigKey } from '../rules.ts';

export class ConfigKeys {
  /** Changed with every change: its revision is the configuration's. */
  readonly head: string;
  readonly #values: string;
  readonly #history: string;
  readonly #removals: string;

  constructor(prefix: string) {
    this.head = `${prefix}config/head`;
    this.#values = `${prefix}config/values/`;
    this.#history = `${prefix}config/history/`;
    this.#removals = `${prefix}config/removals/`;
  }

  value(key: string): string {
    return `${this.#values}${key}`;
  }

  /** One change of a key. */
  change(key: string, id: string): string {
    return `${this.#history}${key}@${id}`;
  }

  /** The removal of a key with everything below. */
  removal(key: string, id: string): string {
    return `${this.#removals}${key}@${id}`;
  }

  /** Strictly below the key. */
  below(key: string): KeyRange {
    return startingWith(`${this.#values}${key}/`);
  }

  /** The key, what is below and, since etcd knows only ranges, some neighbours: see `valueKey`. */
  around(prefix: string): KeyRange {
    if (prefix === '') return startingWith(this.#values);
    const { to } = this.below(prefix);
    return { from: this.value(prefix), to };
  }

  changes(key: string): KeyRange {
    return startingWith(`${this.#history}${key}@`);
  }

  removals(key: string): KeyRange {
    return startingWith(`${this.#removals}${key}@`);
  }

  allChanges(): KeyRange {
    return startingWith(this.#history);
  }

  allRemovals(): KeyRange {
    return startingWith(this.#removals);
  }

  /** The configuration key that lies there: null for neighbours of `prefix`, undefined for what is no configuration key. */
  valueKey(etcdKey: string, prefix: string): string | null | undefined {
    const key = etcdKey.slice(this.#values.length);
    if (!isBelow(key, prefix)) return null;
    return isConfigKey(key) ? key : undefined;
  }

  /** Of whom a record in `changes` or `removals` tells. */
  recordKey(etcdKey: string): string {
    const from = etcdKey.startsWith(this.#history) ? this.#history.length : this.#removals.length;
    return etcdKey.slice(from, etcdKey.lastIndexOf('@'));
  }
}

/** The key itself and all that it lies below. */
export function upwards(key: string): readonly string[] {
  const parts = key.split('/');
  return parts.map((_part, index) => parts.slice(0, parts.length - index).join('/'));
}
