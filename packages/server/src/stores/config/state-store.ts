import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { StoreHealth } from '../../kernel/service.ts';
import type { ConfigChange, ConfigStore, Json } from './contract.ts';
import { checkConfigKey, checkConfigPrefix, encodeConfigValue } from './rules.ts';
import {
  changesAfter,
  entryOf,
  historyOf,
  keysBelow,
  revisionOf,
  withChanges,
  type ConfigState,
} from './state.ts';

/** Where a driver keeps its one state. */
export interface ConfigBacking {
  /** The newest state, others' writes included. */
  read(): Promise<ConfigState>;
  /** The state this process knows, without asking. */
  known(): ConfigState;
  /** Replaces the state, one change at a time over all processes; keeps it if `change` throws or returns the same. */
  update(change: (state: ConfigState) => ConfigState): Promise<ConfigState>;
  /** Calls back after `known()` has changed, whoever changed it. */
  subscribe(listener: () => void): () => void;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}

interface WriteOptions {
  readonly expectedRevision?: number;
  readonly actor?: string;
}

/** The config contract over any place that can hold one state: the rules, the revisions and the watch. */
export class StateConfigStore implements ConfigStore {
  readonly #backing: ConfigBacking;
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(backing: ConfigBacking, clock: Clock) {
    this.#backing = backing;
    this.#clock = clock;
  }

  async get(key: string) {
    checkConfigKey(key);
    return entryOf(await this.#backing.read(), key);
  }

  async list(prefix: string) {
    checkConfigPrefix(prefix);
    const state = await this.#backing.read();
    const entries = keysBelow(state, prefix).flatMap((key) => entryOf(state, key) ?? []);
    return { entries, revision: state.revision };
  }

  async set(key: string, value: Json, options: WriteOptions = {}): Promise<number> {
    checkConfigKey(key);
    const json = encodeConfigValue(key, value);
    const next = await this.#backing.update((state) => {
      checkRevision(state, key, options.expectedRevision);
      return withChanges(state, [{ key, json, at: this.#clock.now(), actor: options.actor ?? null }]);
    });
    return next.revision;
  }

  async delete(key: string, options: WriteOptions = {}): Promise<number> {
    checkConfigKey(key);
    const next = await this.#backing.update((state) => {
      checkRevision(state, key, options.expectedRevision);
      const stamp = { json: null, at: this.#clock.now(), actor: options.actor ?? null };
      const removals = keysBelow(state, key).map((below) => ({ key: below, ...stamp }));
      return removals.length === 0 ? state : withChanges(state, removals);
    });
    return next.revision;
  }

  async history(key: string, limit: number) {
    checkConfigKey(key);
    return historyOf(await this.#backing.read(), key, limit);
  }

  /** Pulls from the kept changes, so a slow consumer costs no memory; what was trimmed meanwhile is its own later state. */
  async *watch(
    prefix: string,
    afterRevision: number,
    signal: AbortSignal,
  ): AsyncGenerator<ConfigChange, void> {
    checkConfigPrefix(prefix);
    const over = AbortSignal.any([signal, this.#closing.signal]);
    const bell = new Bell();
    const unsubscribe = this.#backing.subscribe(() => bell.ring());
    const onAbort = (): void => bell.ring();
    over.addEventListener('abort', onAbort);
    try {
      if (over.aborted) return;
      await this.#backing.read();
      let position = afterRevision;
      while (!over.aborted) {
        const rung = bell.next();
        const state = this.#backing.known();
        for (const change of changesAfter(state, prefix, position)) {
          yield change;
          if (over.aborted) return;
        }
        position = Math.max(position, state.revision);
        await rung;
      }
    } finally {
      over.removeEventListener('abort', onAbort);
      unsubscribe();
    }
  }

  ping(): Promise<StoreHealth> {
    return this.#backing.ping();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#backing.close();
  }
}

/** @throws precondition_failed, with the present revision in its details */
function checkRevision(state: ConfigState, key: string, expected: number | undefined): void {
  const revision = revisionOf(state, key);
  if (expected === undefined || expected === revision) return;
  throw new AppError('precondition_failed', `"${key}" has revision ${revision}, not ${expected}`, {
    details: { key, revision },
  });
}

/** Wakes one waiter; a ring before the wait counts. */
class Bell {
  #rung = Promise.withResolvers<void>();

  next(): Promise<void> {
    this.#rung = Promise.withResolvers<void>();
    return this.#rung.promise;
  }

  ring(): void {
    this.#rung.resolve();
  }
}
