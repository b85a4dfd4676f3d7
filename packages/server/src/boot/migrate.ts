/**
 * `volvox migrate`: opens both sides and has services/migration move everything. The source is opened beside the nodes that work on it; that
 * needs no lock of its data folder, since every embedded store lets several processes read, and what is written there is SQL.
 */
import path from 'node:path';
import { hostname } from 'node:os';
import { parseEnv } from 'node:util';
import { systemClock } from '../kernel/clock.ts';
import { lockDataFolder } from '../kernel/data-lock.ts';
import { AppError } from '../kernel/errors.ts';
import { endInReverse } from '../kernel/service.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import { Stamper } from '../services/journal/stamper.ts';
import type { MigrationReport, MovedStores, Progress } from '../services/migration/api.ts';
import { migrateInPlace } from '../services/migration/in-place.ts';
import { giveUpMigration, migrateStores } from '../services/migration/service.ts';
import {
  inDataFolder,
  nameOf,
  storeKinds,
  type Bootstrap,
  type Environment,
  type StoreKind,
} from './bootstrap.ts';
import { createNodeLog } from './logging.ts';
import { planMigration, type MigratePlan, type OpenedSource } from './migrate-plan.ts';
import { readBootstrap } from './read-bootstrap.ts';
import {
  carryRecords,
  placeOf,
  placesOf,
  recordedUrls,
  replaceUrls,
  withCredentials,
  type StoreUrls,
} from './recorded-stores.ts';
import { migrations } from './migrations.ts';
import { openStore, storeDeps, type StoreDeps } from './stores.ts';
import { version } from './version.ts';

export type { MigratePlan } from './migrate-plan.ts';

export interface MigrateOptions {
  /** The text of URLS.env. */
  readonly to: string;
  readonly dryRun: boolean;
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** Kinds whose contents are moved, in the order in which they are opened. */
const movedKinds = ['config', 'vault', 'sql', 'blobs'] as const;
/** Kinds that hold nothing to move; a wrong URL shows before the work begins, not after it. */
const otherKinds = ['registry', 'broker', 'cache', 'documents'] as const;

export async function migrateTo(
  bootstrap: Bootstrap,
  options: MigrateOptions,
): Promise<MigrationReport | MigratePlan> {
  const open = new Opened();
  try {
    const source = await open.source(bootstrap);
    const target = targetOf(options.to, { ...bootstrap, stores: source.urls });
    const urls = target.bootstrap.stores;
    const unchanged = new Set(
      storeKinds.filter((kind) => placeOf(source.urls[kind]) === placeOf(urls[kind])),
    );
    if (unchanged.size === storeKinds.length)
      throw new AppError('invalid_input', '--to: every store is the one that is in use');
    if (options.dryRun)
      return await planMigration({
        source,
        target: target.bootstrap,
        unchanged,
        open: (kind) => open.one(kind, target.bootstrap),
      });
    const stores = await open.target(target.bootstrap, bootstrap, source.stores, unchanged);
    await source.stores.sql.migrate(migrations, version);
    if (!unchanged.has('sql')) await stores.sql.migrate(migrations, version);
    const changed = storeKinds.filter((kind) => !unchanged.has(kind));
    const common = {
      source: source.stores,
      target: stores,
      shared: new Set((['config', 'vault', 'blobs'] as const).filter((kind) => unchanged.has(kind))),
      moved: changed.map(nameOf),
      names: { source: shownUrls(source.urls), target: shownUrls(urls) },
      keepGoing: options.keepGoing,
      signal: options.signal,
      clock: systemClock,
      progress: options.progress,
      finish: () => replaceUrls(target.bootstrap, target.environment, stores),
    };
    if (unchanged.has('sql'))
      return await migrateInPlace({
        ...common,
        names: { ...common.names, target: shownUrls(urls, storeKinds) },
        places: placesOf(urls, changed),
        finish: async () => {
          await carryRecords(source.stores, stores);
          await common.finish();
        },
      });
    return await migrateStores({
      ...common,
      stampJournal: () => new Stamper(source.stores.sql).stamp(),
    });
  } finally {
    await open.close();
  }
}

/** Lets the source be written again. @returns false where no migration was under way */
export async function abortMigration(bootstrap: Bootstrap): Promise<boolean> {
  const open = new Opened();
  try {
    const { stores } = await open.source(bootstrap);
    await stores.sql.migrate(migrations, version);
    return await giveUpMigration(stores.sql, systemClock);
  } finally {
    await open.close();
  }
}

/** What has been opened, closed together. */
class Opened {
  readonly #ends: (() => Promise<void>)[] = [];

  close(): Promise<void> {
    return endInReverse(this.#ends.splice(0));
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
    if (!ownFolder && made.some((kind) => inDataFolder(bootstrap.stores[kind]))) {
      const lock = await lockDataFolder(bootstrap.data);
      this.#ends.push(() => lock.release());
    }
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

/**
 * Where VOLVOX_SQL and VOLVOX_DATA are not named, what is not named stays as it is.
 * @param source with the URLs that are in use
 * @throws invalid_input with every fault of the file
 */
function targetOf(
  text: string,
  source: Bootstrap,
): { readonly bootstrap: Bootstrap; readonly environment: Environment } {
  const environment: Environment = parseEnv(text);
  const named = readBootstrap(environment, {}, hostname().replace(/[^A-Za-z0-9._-]/g, '-'));
  const stays = !named.given.has('sql') && !environment['VOLVOX_DATA'];
  const left = movedKinds.filter((kind) => !named.given.has(kind));
  if (!stays && left.length > 0 && !environment['VOLVOX_DATA'])
    throw new AppError(
      'invalid_input',
      `--to: the file says nothing of ${left.map(nameOf).join(', ')}, nor of VOLVOX_DATA, the folder of embedded stores`,
    );
  const bootstrap = stays ? stayingOf(named, source) : named;
  for (const kind of movedKinds) {
    if (bootstrap.stores[kind].scheme === 'memory')
      throw new AppError('invalid_input', `--to: ${nameOf(kind)} is memory, which ends with the migration`);
  }
  const blobs = parseStoreUrl(withCredentials(bootstrap.stores.blobs, environment));
  return { bootstrap: { ...bootstrap, stores: { ...bootstrap.stores, blobs } }, environment };
}

function stayingOf(named: Bootstrap, source: Bootstrap): Bootstrap {
  const stores = Object.fromEntries(
    storeKinds.map((kind) => [kind, (named.given.has(kind) ? named : source).stores[kind]]),
  ) as unknown as StoreUrls;
  const vault = named.given.has('vault') ? named : source;
  return { ...named, stores, data: source.data, vaultKey: vault.vaultKey, vaultLogin: vault.vaultLogin };
}

function shownUrls(urls: StoreUrls, kinds: readonly StoreKind[] = movedKinds): string {
  return kinds.map((kind) => `${nameOf(kind)}=${urls[kind].toString()}`).join(' ');
}
