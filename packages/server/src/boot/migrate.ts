/**
 * `volvox migrate`: opens both sides and has services/migration move everything. The source is opened beside the nodes that work on it; that
 * needs no lock of its data folder, since every embedded store lets several processes read, and what is written there is SQL.
 */
import { hostname } from 'node:os';
import { parseEnv } from 'node:util';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import { Stamper } from '../services/journal/stamper.ts';
import type { MigrationReport, Progress } from '../services/migration/api.ts';
import { migrateInPlace } from '../services/migration/in-place.ts';
import { readMoved, strayOf } from '../services/migration/moved.ts';
import { likenessOf } from '../services/migration/places.ts';
import { giveUpMigration, migrateStores } from '../services/migration/service.ts';
import { nameOf, storeKinds, type Bootstrap, type Environment, type StoreKind } from './bootstrap.ts';
import { planMigration, type MigratePlan, type OpenedSource } from './migrate-plan.ts';
import { readBootstrap } from './read-bootstrap.ts';
import {
  carryRecords,
  placeOf,
  placesOf,
  replaceUrls,
  withCredentials,
  type StoreUrls,
} from './recorded-stores.ts';
import { migrations } from './migrations.ts';
import { movedKinds, Opened } from './opened-sides.ts';
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
      storeKinds.filter((kind) => likenessOf(placeOf(source.urls[kind]), placeOf(urls[kind])) === 'same'),
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
    await refuseLeft(source);
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
        left: placesOf(source.urls, changed),
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

/** What was left by an earlier move is out of date: its secrets and settings are not those that the nodes have. @throws conflict */
async function refuseLeft({ stores, urls }: OpenedSource): Promise<void> {
  const moved = await readMoved(stores.sql.reader);
  // Until a node starts on the new stores the same move may be run again from here.
  const stray = moved?.row.phase === 'taken' ? strayOf(moved, placesOf(urls)) : null;
  if (stray !== null) throw stray;
}

/** Lets the source be written again, and names it to nodes that are told nothing else, as far as its URLs are given. @returns false where no migration was under way */
export async function abortMigration(bootstrap: Bootstrap): Promise<boolean> {
  const open = new Opened();
  try {
    const { stores, urls } = await open.source(bootstrap);
    await stores.sql.migrate(migrations, version);
    const under = await giveUpMigration(stores.sql, systemClock, placesOf(urls));
    if (under) await replaceUrls(bootstrap, process.env, stores);
    return under;
  } finally {
    await open.close();
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
