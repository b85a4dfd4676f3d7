/** The only place that knows the drivers: opens the eight stores by URL, in order, each with its time. */
import { AppError, isAppError } from '../kernel/errors.ts';
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
import { measuredBlobs } from '../stores/wrappers/measured-blobs.ts';
import { measuredDocuments } from '../stores/wrappers/measured-documents.ts';
import { measuredSql } from '../stores/wrappers/measured-sql.ts';
import type { Meter } from '../stores/wrappers/meter.ts';
import { storeKinds, type Bootstrap, type StoreKind } from './bootstrap.ts';

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
  const variable = `VOLVOX_${kind.toUpperCase()}`;
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
  bootstrap: Bootstrap,
  deps: StoreDeps,
): Promise<Stores[K]> {
  const url = bootstrap.stores[kind];
  const driver = drivers[kind].find((d) => d.scheme === url.scheme);
  const variable = `VOLVOX_${kind.toUpperCase()}`;
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

/** Opens all; what was opened is closed again where a later one fails. */
export async function openStores(
  bootstrap: Bootstrap,
  deps: StoreDeps,
  observer: OpeningObserver,
): Promise<Stores> {
  const meter = (kind: StoreKind): Meter => ({
    clock: deps.clock,
    record: (operation, ms, ok) => observer.called(kind, operation, ms, ok),
  });
  const opened: { close(): Promise<void> }[] = [];
  const open = async <K extends StoreKind>(kind: K): Promise<Stores[K]> => {
    const from = deps.clock.monotonic();
    const store = await openStore(kind, bootstrap, deps);
    opened.push(store);
    observer.opened(kind, deps.clock.monotonic() - from);
    return store;
  };
  try {
    return {
      config: await open('config'),
      vault: await open('vault'),
      registry: await open('registry'),
      broker: await open('broker'),
      cache: await open('cache'),
      sql: measuredSql(await open('sql'), meter('sql')),
      documents: measuredDocuments(await open('documents'), meter('documents')),
      blobs: cachingBlobs(measuredBlobs(await open('blobs'), meter('blobs'))),
    };
  } catch (error) {
    for (const store of opened.reverse()) await store.close().catch(() => undefined);
    throw error;
  }
}

export function closeStores(stores: Stores): Promise<void> {
  return endInReverse(storeKinds.map((kind) => () => stores[kind].close()));
}
