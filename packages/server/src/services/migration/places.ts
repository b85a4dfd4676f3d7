/**
 * Whether two places are one store, however their URLs are spelled. A place is what `boot/recorded-stores.ts` keeps of a URL: JSON of scheme,
 * hosts, path and endpoint. What cannot be told from that is never guessed: a node on a store that was left must not pass for one on the new.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

const Place = Type.Tuple([
  Type.String(),
  Type.Array(Type.Object({ host: Type.String(), port: Type.Union([Type.Integer(), Type.Null()]) })),
  Type.String(),
  Type.String(),
]);

/** What a URL may leave out, as the drivers fill it in. */
const usual: Readonly<Record<string, { readonly port: number; readonly path: string }>> = {
  etcd: { port: 2379, path: 'volvox' },
  mongodb: { port: 27017, path: 'volvox' },
  nats: { port: 4222, path: 'volvox' },
  redis: { port: 6379, path: '0' },
  vault: { port: 8200, path: '' },
};

/**
 * `same`: the same servers, so the same store. `overlapping`: some of them, as where a member of a cluster was replaced, or where a new cluster
 * took over a server of the old one; or one S3 server by http and by https.
 */
export type Likeness = 'same' | 'overlapping' | 'different';

export function likenessOf(one: string, other: string): Likeness {
  if (one === other) return 'same';
  const [a, b] = [storeAt(one), storeAt(other)];
  if (a === null || b === null || a.store !== b.store) return 'different';
  if (a.servers.size === b.servers.size && [...a.servers].every((server) => b.servers.has(server)))
    return 'same';
  return [...a.names].some((name) => b.names.has(name)) ? 'overlapping' : 'different';
}

/**
 * Where a node on `own` is, as seen from a store that was moved to `place`. One that is as much like a place that was left (`left`, undefined
 * where nobody wrote that down) may be either.
 */
export function whereaboutsOf(
  own: string,
  { place, left }: { readonly place: string; readonly left?: readonly string[] },
): 'there' | 'elsewhere' | 'unclear' {
  const likeness = likenessOf(own, place);
  if (likeness !== 'overlapping') return likeness === 'same' ? 'there' : 'elsewhere';
  if (left === undefined) return 'unclear';
  const before = left.map((each) => likenessOf(own, each));
  if (before.includes('same')) return 'elsewhere';
  return before.includes('overlapping') ? 'unclear' : 'there';
}

interface Store {
  /** All but its servers. */
  readonly store: string;
  readonly servers: ReadonlySet<string>;
  /** The same, where http and https on their usual ports are one. */
  readonly names: ReadonlySet<string>;
}

/** @returns null for what was recorded in another way: it is like nothing but itself */
function storeAt(place: string): Store | null {
  const parts = parsed(place);
  if (parts === null) return null;
  const [scheme, hosts, path, endpoint] = parts;
  // A file, or memory.
  if (hosts.length === 0) return { store: place, servers: new Set(), names: new Set() };
  if (scheme === 's3') return bucketAt(hosts.map(({ host }) => host).join(), trimmed(path), endpoint);
  const family = scheme === 'rediss' ? 'redis' : scheme;
  const defaults = usual[family];
  const servers = new Set(
    hosts.map(({ host, port }) => JSON.stringify([host.toLowerCase(), port ?? defaults?.port])),
  );
  const store = JSON.stringify([family, trimmed(path) || defaults?.path]);
  return { store, servers, names: servers };
}

function bucketAt(bucket: string, prefix: string, endpoint: string): Store {
  const store = JSON.stringify(['s3', bucket, prefix]);
  const url = URL.parse(endpoint);
  // None is Amazon.
  if (url === null) return { store, servers: new Set([endpoint]), names: new Set([endpoint]) };
  const { protocol, hostname, port, pathname } = url;
  const at = trimmed(pathname);
  const server = JSON.stringify([hostname, port || (protocol === 'https:' ? '443' : '80'), at]);
  return {
    store,
    servers: new Set([server]),
    names: new Set([['', '80', '443'].includes(port) ? JSON.stringify([hostname, at]) : server]),
  };
}

function parsed(place: string): Static<typeof Place> | null {
  try {
    const value: unknown = JSON.parse(place);
    return Value.Check(Place, value) ? value : null;
  } catch {
    return null;
  }
}

const trimmed = (path: string): string => path.replace(/^\/+|\/+$/g, '');
