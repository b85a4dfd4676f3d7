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
import { parseStoreUrl, type StoreUrl } from '../kernel/store-url.ts';
import { Stamper } from '../services/journal/stamper.ts';
import type { MigrationReport, MovedStores, Progress, SharedStores } from '../services/migration/api.ts';
import { giveUpMigration, migrateStores } from '../services/migration/service.ts';
import { nameOf, type Bootstrap, type Environment, type StoreKind } from './bootstrap.ts';
import { createNodeLog } from './logging.ts';
import { planMigration, type MigratePlan, type OpenedSource } from './migrate-plan.ts';
import { readBootstrap } from './read-bootstrap.ts';
import { recordedUrls, replaceUrls, withCredentials, type StoreUrls } from './recorded-stores.ts';
import { migrations } from './migrations.ts';
import { inDataFolder, openStore, storeDeps, type StoreDeps } from './stores.ts';
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
  const target = targetOf(options.to);
  const open = new Opened();
  try {
    const source = await open.source(bootstrap);
    const shared = sharedStores(source.urls, target.bootstrap.stores);
    const names = { source: shownUrls(source.urls), target: shownUrls(target.bootstrap.stores) };
    if (options.dryRun)
      return await planMigration({
        source,
        target: target.bootstrap,
        shared,
        open: (kind) => open.one(kind, target.bootstrap),
      });
    const stores = await open.target(target.bootstrap);
    await source.stores.sql.migrate(migrations, version);
    await stores.sql.migrate(migrations, version);
    return await migrateStores({
      source: source.stores,
      target: stores,
      shared,
      names,
      keepGoing: options.keepGoing,
      signal: options.signal,
      clock: systemClock,
      progress: options.progress,
      stampJournal: () => new Stamper(source.stores.sql).stamp(),
      finish: () => replaceUrls(target.bootstrap, target.environment, stores),
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

  async target(bootstrap: Bootstrap): Promise<MovedStores> {
    if (Object.values(bootstrap.stores).some(inDataFolder)) {
      const lock = await lockDataFolder(bootstrap.data);
      this.#ends.push(() => lock.release());
    }
    for (const kind of otherKinds) {
      const store = await this.one(kind, bootstrap);
      await store.ping();
    }
    return {
      config: await this.one('config', bootstrap),
      vault: await this.one('vault', bootstrap),
      sql: await this.one('sql', bootstrap),
      blobs: await this.one('blobs', bootstrap),
    };
  }
}

/** @throws invalid_input with every fault of the file */
function targetOf(text: string): { readonly bootstrap: Bootstrap; readonly environment: Environment } {
  const environment: Environment = parseEnv(text);
  const bootstrap = readBootstrap(environment, {}, hostname().replace(/[^A-Za-z0-9._-]/g, '-'));
  const left = movedKinds.filter((kind) => !bootstrap.given.has(kind));
  if (left.length > 0 && !environment['VOLVOX_DATA'])
    throw new AppError(
      'invalid_input',
      `--to: the file says nothing of ${left.map(nameOf).join(', ')}, nor of VOLVOX_DATA, the folder of embedded stores`,
    );
  for (const kind of movedKinds) {
    if (bootstrap.stores[kind].scheme === 'memory')
      throw new AppError('invalid_input', `--to: ${nameOf(kind)} is memory, which ends with the migration`);
  }
  const blobs = parseStoreUrl(withCredentials(bootstrap.stores.blobs, environment));
  return { bootstrap: { ...bootstrap, stores: { ...bootstrap.stores, blobs } }, environment };
}

/** @throws invalid_input where the database stays the same: all else hangs on it */
function sharedStores(source: StoreUrls, target: StoreUrls): SharedStores {
  if (sameStore(source.sql, target.sql))
    throw new AppError(
      'invalid_input',
      '--to: VOLVOX_SQL is the database that is in use; a migration moves it',
    );
  const kinds = ['config', 'vault', 'blobs'] as const;
  return new Set(kinds.filter((kind) => sameStore(source[kind], target[kind])));
}

function sameStore(a: StoreUrl, b: StoreUrl): boolean {
  const place = (url: StoreUrl): string =>
    JSON.stringify([
      url.scheme,
      url.hosts,
      inDataFolder(url) ? path.resolve(url.path) : url.path,
      url.parameters.get('endpoint') ?? '',
    ]);
  return place(a) === place(b);
}

function shownUrls(urls: StoreUrls): string {
  return movedKinds.map((kind) => `${nameOf(kind)}=${urls[kind].toString()}`).join(' ');
}
