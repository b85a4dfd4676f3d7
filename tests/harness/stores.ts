/** Which stores the nodes of tests run on: a column of the matrix, named by VOLVOX_TEST_STORES; without it the embedded ones. */
import { type ServerKind, sharedServer } from '../../packages/server/src/testing/servers/index.ts';
import { makePlace, type Place } from './places.ts';

export type Environment = Readonly<Record<string, string>>;

/** Kinds of store that lie outside the node, each on the kind of server that it then lies on. */
const everything = {
  config: 'etcd',
  registry: 'etcd',
  vault: 'vault',
  broker: 'nats',
  cache: 'redis',
  sql: 'postgres',
  documents: 'mongodb',
  blobs: 's3',
} as const satisfies Readonly<Record<string, ServerKind>>;

export type StoreKind = keyof typeof everything;
export type Column = Readonly<Partial<Record<StoreKind, ServerKind>>>;

export const columns: Readonly<Record<string, Column>> = {
  embedded: {},
  external: everything,
  'external-mariadb': { ...everything, sql: 'mariadb' },
  postgres: { sql: 'postgres' },
  mariadb: { sql: 'mariadb' },
  etcd: { config: 'etcd', registry: 'etcd' },
  vault: { vault: 'vault' },
  nats: { broker: 'nats' },
  redis: { cache: 'redis' },
  mongodb: { documents: 'mongodb' },
  s3: { blobs: 's3' },
};

export const columnName = process.env['VOLVOX_TEST_STORES'] || 'embedded';
export const column: Column = columnOf(columnName);

export function columnOf(name: string): Column {
  const found = columns[name];
  if (found) return found;
  throw new Error(`VOLVOX_TEST_STORES: no column ${name} (known: ${Object.keys(columns).join(', ')})`);
}

export interface StorePlaces {
  /** Variables of a node on these places; none where all is embedded. */
  readonly environment: Environment;
  /** Removes the places and what is in them. */
  remove(): Promise<void>;
}

/** A fresh database, prefix or path on every server of the column. @throws where a server cannot be had */
export async function makePlaces(on: Column): Promise<StorePlaces> {
  const places = await Promise.all([...new Set(Object.values(on))].map(placeOn));
  const urls = Object.entries(on).map(([store, kind]) => {
    const place = places.find((p) => p.kind === kind);
    return [`VOLVOX_${store.toUpperCase()}`, place?.url ?? ''];
  });
  const credentials = Object.assign({}, ...places.map((place) => place.environment)) as Environment;
  // Nothing balances between nodes of tests, unless a test says so.
  const drain = on.registry === undefined ? {} : { VOLVOX_DRAIN_WAIT: '0' };
  return {
    environment: { ...credentials, ...Object.fromEntries(urls), ...drain },
    remove: async () => void (await Promise.all(places.map((place) => place.remove()))),
  };
}

async function placeOn(kind: ServerKind): Promise<Place & { readonly kind: ServerKind }> {
  const server = await sharedServer(kind);
  if (server === null) throw new Error(`no ${kind} server on this machine; "npm test" installs what it can`);
  return { kind, ...(await makePlace(server)) };
}
