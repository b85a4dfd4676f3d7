/** Stores that are opened by the first call that needs them, for commands that use two of the eight. */
import type { BlobStore } from '../blobs/contract.ts';
import type { BrokerStore } from '../broker/contract.ts';
import type { CacheStore } from '../cache/contract.ts';
import type { DocumentsStore } from '../documents/contract.ts';
import type { RegistryStore } from '../registry/contract.ts';

/** Opens once, when asked for; a failure is kept, since a command has no time to wait for the store again and again. */
export class Deferred<T extends { close(): Promise<void> }> {
  readonly #open: () => Promise<T>;
  #store: Promise<T> | null = null;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  readonly get = (): Promise<T> => (this.#store ??= this.#open());

  /** Nothing to do where nobody has asked, or where it could not be opened. */
  readonly close = async (): Promise<void> => {
    const store = await this.#store?.catch(() => null);
    await store?.close();
  };
}

export function deferredRegistry(open: () => Promise<RegistryStore>): RegistryStore {
  const { get, close } = new Deferred(open);
  return {
    register: async (record) => (await get()).register(record),
    nodes: async () => (await get()).nodes(),
    watch: async (listener, signal) => (await get()).watch(listener, signal),
    acquire: async (name, ttlMs) => (await get()).acquire(name, ttlMs),
    ping: async () => (await get()).ping(),
    close,
  };
}

export function deferredBroker(open: () => Promise<BrokerStore>): BrokerStore {
  const { get, close } = new Deferred(open);
  return {
    publish: async (topic, payload) => (await get()).publish(topic, payload),
    subscribe: async (topic, handler, options) => (await get()).subscribe(topic, handler, options),
    ping: async () => (await get()).ping(),
    close,
  };
}

export function deferredCache(open: () => Promise<CacheStore>): CacheStore {
  const { get, close } = new Deferred(open);
  return {
    get: async (key) => (await get()).get(key),
    set: async (key, value, ttlMs) => (await get()).set(key, value, ttlMs),
    delete: async (key) => (await get()).delete(key),
    clear: async (prefix) => (await get()).clear(prefix),
    ping: async () => (await get()).ping(),
    close,
  };
}

/** Without `freshlyCreated`: a node that starts finds out, and fills them. */
export function deferredDocuments(open: () => Promise<DocumentsStore>): DocumentsStore {
  const { get, close } = new Deferred(open);
  return {
    logs: {
      append: async (entries) => (await get()).logs.append(entries),
      query: async (filter, limit, cursor) => (await get()).logs.query(filter, limit, cursor),
      purge: async (before) => (await get()).logs.purge(before),
    },
    search: {
      upsert: async (documents) => (await get()).search.upsert(documents),
      remove: async (ids, upTo) => (await get()).search.remove(ids, upTo),
      query: async (filter, limit, cursor) => (await get()).search.query(filter, limit, cursor),
      beginGeneration: async () => (await get()).search.beginGeneration(),
      endGeneration: async (generation) => (await get()).search.endGeneration(generation),
      count: async () => (await get()).search.count(),
    },
    activity: {
      append: async (documents) => (await get()).activity.append(documents),
      query: async (filter, limit, cursor) => (await get()).activity.query(filter, limit, cursor),
      purge: async (before) => (await get()).activity.purge(before),
      clear: async () => (await get()).activity.clear(),
    },
    ping: async () => (await get()).ping(),
    close,
  };
}

export function deferredBlobs(open: () => Promise<BlobStore>): BlobStore {
  const { get, close } = new Deferred(open);
  return {
    put: async (key, source, options) => (await get()).put(key, source, options),
    read: async (key, range) => (await get()).read(key, range),
    stream: async (key, range, signal) => (await get()).stream(key, range, signal),
    stat: async (key) => (await get()).stat(key),
    delete: async (keys) => (await get()).delete(keys),
    async *list() {
      yield* (await get()).list();
    },
    sweep: async (ageMs) => (await get()).sweep(ageMs),
    presign: async (key, options) => (await (await get()).presign?.(key, options)) ?? null,
    ping: async () => (await get()).ping(),
    close,
  };
}
