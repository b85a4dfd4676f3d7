/** The only place that knows the drivers: opens the eight stores by URL, in order, each with its time. */
import { relative, resolve } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { AppError, isAppError } from '../kernel/errors.ts';
import { lockDatabase, lockDataFolder } from '../kernel/data-lock.ts';
import type { Logger } from '../kernel/logger.ts';
import { endInReverse, type Driver, type DriverDeps } from '../kernel/service.ts';
import { checkParameters, type StoreUrl } from '../kernel/store-url.ts';
import { blobDrivers } from '../stores/blobs/index.ts';
import type { BlobStore } from '../stores/blobs/contract.ts';
import { brokerDrivers } from '../stores/broker/index.ts';
import type { BrokerStore } from '../stores/broker/contract.ts';
import { cacheDrivers } from '../stores/cache/index.ts';
import type { CacheStore } from '../stores/cache/contract.ts';
import { configDrivers } from '../stores/config/index.ts';
import type { ConfigStore } from '../stores/config/contract.ts';
import { documentDrivers } from '../stores/documents/index.ts';
import type { DocumentsStore } from '../stores/documents/contract.ts';
import { registryDrivers } from '../stores/registry/index.ts';
import type { RegistryStore } from '../stores/registry/contract.ts';
import { sqlDrivers } from '../stores/sql/index.ts';
import type { SqlStore } from '../stores/sql/contract.ts';
import { vaultDrivers } from '../stores/vault/index.ts';
import type { VaultStore } from '../stores/vault/contract.ts';
import { cachingBlobs } from '../stores/wrappers/caching-blobs.ts';
import {
  deferredBlobs,
  deferredBroker,
  deferredCache,
  deferredDocuments,
  deferredRegistry,
} from '../stores/wrappers/deferred.ts';
import { measuredBlobs } from '../stores/wrappers/measured-blobs.ts';
import { measuredDocuments } from '../stores/wrappers/measured-documents.ts';
import { measuredSql } from '../stores/wrappers/measured-sql.ts';
import type { Meter } from '../stores/wrappers/meter.ts';
import {
  inDataFolder,
  nameOf,
  storeKinds,
  type Bootstrap,
  type Environment,
  type StoreKind,
} from './bootstrap.ts';
import { recordedUrls, recordUrls, type StoreUrls } from './recorded-stores.ts';

export interface Stores {
  readonly config: ConfigStore;
  readonly vault: VaultStore;
  readonly registry: RegistryStore;
  readonly broker: BrokerStore;
  readonly cache: CacheStore;
  readonly sql: SqlStore;
  readonly documents: DocumentsStore;
  readonly blobs: BlobStore;
}

type AnyDrivers = { readonly [K in StoreKind]: readonly Driver<Stores[K], StoreDeps>[] };
export interface StoreDeps extends DriverDeps {
  readonly vaultKey?: string;
  readonly vaultLogin?: Bootstrap['vaultLogin'];
}

export function storeDeps(bootstrap: Bootstrap, log: Logger, clock: Clock): StoreDeps {
  return {
    log,
    clock,
    durability: bootstrap.durability,
    ...(bootstrap.vaultKey === null ? {} : { vaultKey: bootstrap.vaultKey }),
    vaultLogin: bootstrap.vaultLogin,
  };
}

const drivers: AnyDrivers = {
  config: configDrivers,
  vault: vaultDrivers,
  registry: registryDrivers,
  broker: brokerDrivers,
  cache: cacheDrivers,
  sql: sqlDrivers,
  documents: documentDrivers,
  blobs: blobDrivers,
};

/** Whether a driver knows the URL's scheme and parameters. Opens nothing. @throws invalid_input */
export function checkStoreUrl(kind: StoreKind, url: StoreUrl): void {
  const variable = nameOf(kind);
  const driver = drivers[kind].find((d) => d.scheme === url.scheme);
  if (driver) return checkParameters(variable, url, driver.parameters);
  const schemes = drivers[kind].map((d) => `${d.scheme}:`).join(', ');
  throw new AppError(
    'invalid_input',
    `${variable}: unknown scheme "${url.scheme}:" in ${url.toString()} (known: ${schemes})`,
  );
}

/** Opens one store. @throws the driver's error, its text led by variable and redacted URL */
export async function openStore<K extends StoreKind>(
  kind: K,
  url: StoreUrl,
  deps: StoreDeps,
): Promise<Stores[K]> {
  const driver = drivers[kind].find((d) => d.scheme === url.scheme);
  const variable = nameOf(kind);
  if (!driver) throw new AppError('invalid_input', `${variable}: unknown scheme "${url.scheme}:"`);
  try {
    return await driver.open(url, deps);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const code = isAppError(error) ? error.code : 'unavailable';
    throw new AppError(code, `${variable} (${url.toString()}): ${cause}`, {
      cause: error,
      details: isAppError(error) ? error.details : {},
    });
  }
}

export interface OpeningObserver {
  opened(kind: StoreKind, ms: number): void;
  /** Called after each call to a store whose calls are timed. */
  called(kind: StoreKind, operation: string, ms: number, ok: boolean): void;
}

/** Stores that are open, and what belongs to them: their URLs, and the lock of the data folder where one of them lies in it. */
export interface OpenStores {
  readonly stores: Stores;
  readonly urls: StoreUrls;
  /** The data folder is ours. */
  readonly local: boolean;
  close(): Promise<void>;
}

/** Makes of the opening of a store one that opens when it is needed. */
type Later<K extends StoreKind> = (open: () => Promise<Stores[K]>) => Stores[K];

/**
 * Opens all, the configuration and the vault first, since they may know the others; what was opened is closed again where one fails.
 * @param deferred for commands: all but configuration, vault and SQL wait for the first call that needs them, and nothing is recorded
 */
export async function openStores(
  bootstrap: Bootstrap,
  environment: Environment,
  deps: StoreDeps,
  observer: OpeningObserver,
  deferred = false,
): Promise<OpenStores> {
  const ends: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => endInReverse(ends.splice(0));
  let urls: StoreUrls = bootstrap.stores;
  let local = false;
  const lockFor = async (...kinds: StoreKind[]): Promise<void> => {
    if (local || !kinds.some((kind) => inDataFolder(urls[kind]))) return;
    const lock = await lockDataFolder(bootstrap.data);
    local = true;
    ends.push(() => lock.release());
  };
  const lockOutside = async ({ scheme, path }: StoreUrl): Promise<void> => {
    if (scheme !== 'sqlite' || !relative(resolve(bootstrap.data), resolve(path)).startsWith('..')) return;
    const lock = await lockDatabase(resolve(path));
    ends.push(() => lock.release());
  };
  const meter = (kind: StoreKind): Meter => ({
    clock: deps.clock,
    record: (operation, ms, ok) => observer.called(kind, operation, ms, ok),
  });
  const openOne = async <K extends StoreKind>(kind: K): Promise<Stores[K]> => {
    const from = deps.clock.monotonic();
    const store = await openPatiently(kind, urls[kind], deps);
    observer.opened(kind, deps.clock.monotonic() - from);
    return store;
  };
  const open = async <K extends StoreKind>(kind: K, later?: Later<K>): Promise<Stores[K]> => {
    const store = deferred && later ? later(() => openOne(kind)) : await openOne(kind);
    ends.push(() => store.close());
    return store;
  };
  try {
    await lockFor('config', 'vault');
    const config = await open('config');
    const vault = await open('vault');
    urls = await recordedUrls(bootstrap, { config, vault });
    for (const kind of storeKinds) checkStoreUrl(kind, urls[kind]);
    await lockFor(...storeKinds);
    await lockOutside(urls.sql);
    const stores: Stores = {
      config,
      vault,
      registry: await open('registry', deferredRegistry),
      broker: await open('broker', deferredBroker),
      cache: await open('cache', deferredCache),
      sql: measuredSql(await open('sql'), meter('sql')),
      documents: measuredDocuments(await open('documents', deferredDocuments), meter('documents')),
      blobs: cachingBlobs(measuredBlobs(await open('blobs', deferredBlobs), meter('blobs'))),
    };
    // Only what could be opened is written down for others.
    if (!deferred) await recordUrls(bootstrap, environment, stores, deps.log);
    return { stores, urls, local, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** Whether a node with these settings keeps anything in its data folder, as far as it is known before the vault was asked. */
export function usesDataFolder({ stores }: Bootstrap): boolean {
  return inDataFolder(stores.config) || inDataFolder(stores.vault);
}

const sealedPauseMs = 2_000;
/** Every 10 seconds. */
const triesPerLine = 5;

/** A sealed vault is opened by people, who come when they see why the node waits. @throws as `openStore` otherwise */
async function openPatiently<K extends StoreKind>(
  kind: K,
  url: StoreUrl,
  deps: StoreDeps,
): Promise<Stores[K]> {
  for (let tries = 0; ; tries++) {
    try {
      return await openStore(kind, url, deps);
    } catch (error) {
      if (!isAppError(error, 'unavailable') || error.details['reason'] !== 'sealed') throw error;
      if (tries % triesPerLine === 0)
        deps.log.warn({ variable: nameOf(kind), url: url.toString() }, 'waiting: the vault is sealed');
      await new Promise((resolve) => setTimeout(resolve, sealedPauseMs));
    }
  }
}
