/** Stores opened for a copy from one set to another, beside the nodes that may work on the first of them. */
import path from 'node:path';
import { systemClock } from '../kernel/clock.ts';
import { lockDataFolder } from '../kernel/data-lock.ts';
import { endInReverse } from '../kernel/service.ts';
import type { MovedStores } from '../services/migration/api.ts';
import { inDataFolder, storeKinds, type Bootstrap, type StoreKind } from './bootstrap.ts';
import { createNodeLog } from './logging.ts';
import type { OpenedSource } from './migrate-plan.ts';
import { recordedUrls, type StoreUrls } from './recorded-stores.ts';
import { openStore, storeDeps, type StoreDeps } from './stores.ts';

/** Kinds whose contents are copied, in the order in which they are opened. */
export const movedKinds = ['config', 'vault', 'sql', 'blobs'] as const;
/** Kinds that hold nothing to copy; a wrong URL shows before the work begins, not after it. */
const otherKinds = ['registry', 'broker', 'cache', 'documents'] as const;

/** What has been opened, closed together. */
export class Opened {
  readonly #ends: (() => Promise<void>)[] = [];

  close(): Promise<void> {
    return endInReverse(this.#ends.splice(0));
  }

  /** Calls `end` at the end, after what was opened since has been closed. */
  beforeClosed(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  /** The folder is ours until `close`. @throws conflict where it is another's */
  async lock(folder: string): Promise<void> {
    const lock = await lockDataFolder(folder);
    this.#ends.push(() => lock.release());
  }

  deps(bootstrap: Bootstrap): StoreDeps {
    const { log } = createNodeLog({ ...bootstrap, logLevel: 'warn' }, systemClock, (line) => {
      process.stderr.write(line);
    });
    return storeDeps(bootstrap, log, systemClock);
  }

  async one<K extends StoreKind>(kind: K, bootstrap: Bootstrap, urls: StoreUrls = bootstrap.stores) {
    const store = await openStore(kind, urls[kind], this.deps(bootstrap));
    this.#ends.push(() => store.close());
    return store;
  }

  async source(bootstrap: Bootstrap): Promise<OpenedSource> {
    const config = await this.one('config', bootstrap);
    const vault = await this.one('vault', bootstrap);
    const urls = await recordedUrls(bootstrap, { config, vault });
    const sql = await this.one('sql', bootstrap, urls);
    const blobs = await this.one('blobs', bootstrap, urls);
    return { stores: { config, vault, sql, blobs }, urls };
  }

  /** What stays is the source's: opened once, and neither copied nor cleared. */
  async target(
    bootstrap: Bootstrap,
    source: Bootstrap,
    stores: MovedStores,
    unchanged: ReadonlySet<StoreKind>,
  ): Promise<MovedStores> {
    // The source's own folder is locked by the node that works there.
    const ownFolder = path.resolve(bootstrap.data) === path.resolve(source.data);
    const made = storeKinds.filter((kind) => !unchanged.has(kind));
    if (!ownFolder && made.some((kind) => inDataFolder(bootstrap.stores[kind])))
      await this.lock(bootstrap.data);
    for (const kind of otherKinds) {
      if (unchanged.has(kind)) continue;
      const store = await this.one(kind, bootstrap);
      await store.ping();
    }
    const open = async <K extends (typeof movedKinds)[number]>(kind: K): Promise<MovedStores[K]> =>
      unchanged.has(kind) ? stores[kind] : this.one(kind, bootstrap);
    return {
      config: await open('config'),
      vault: await open('vault'),
      sql: await open('sql'),
      blobs: await open('blobs'),
    };
  }
}
