/** Throw-away places on the common servers of a test run: a database, a prefix or a path for each set of nodes. */
import { randomUUID } from 'node:crypto';
import type { ServerKind, TestServer } from '../../packages/server/src/testing/servers/index.ts';

export interface Place {
  /** As VOLVOX_<STORE> takes it. */
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** slapd keeps no store of ours. */
type StoreServer = Exclude<ServerKind, 'slapd'>;

type Make = (server: TestServer, name: string) => Promise<Omit<Place, 'environment'>>;

const makers = {
  postgres: makePostgres,
  mariadb: makeMariadb,
  mongodb: makeMongodb,
  etcd: makeEtcd,
  vault: makeVault,
  redis: makeRedis,
  // Subjects end with those who subscribe.
  nats: async ({ url }: TestServer, name: string) => ({ url: withPath(url, name), remove: async () => {} }),
  s3: makeS3,
} satisfies Readonly<Record<StoreServer, Make>>;

export async function makePlace(server: TestServer): Promise<Place> {
  const name = `volvox_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const { kind, environment } = server;
  if (kind === 'slapd') throw new Error('slapd keeps no store of ours');
  return { environment, ...(await makers[kind](server, name)) };
}

/** The last part of the path is another one; what stands before it and the parameters stay. */
function withPath(url: string, name: string): string {
  const [, base = '', path = '', query = ''] = /^([^/]*\/\/[^/?]*)([^?]*)(.*)$/.exec(url) ?? [];
  return `${base}${path.replace(/\/[^/]*$/, '')}/${name}${query}`;
}

async function makePostgres({ url }: TestServer): Promise<Omit<Place, 'environment'>> {
  const { createPostgresDatabase } = await import('../../packages/server/src/stores/sql/postgres/testing.ts');
  const made = await createPostgresDatabase(url);
  if (made === null) throw new Error('no PostgreSQL server');
  return made;
}

async function makeMariadb({ url }: TestServer): Promise<Omit<Place, 'environment'>> {
  const { createMysqlDatabase } = await import('../../packages/server/src/stores/sql/mysql/testing.ts');
  const made = await createMysqlDatabase(url);
  if (made === null) throw new Error('no MariaDB server');
  return made;
}

async function makeMongodb({ url }: TestServer, name: string): Promise<Omit<Place, 'environment'>> {
  const own = withPath(url, name);
  return {
    url: own,
    async remove() {
      const { MongoClient } = await import('mongodb');
      const client = new MongoClient(own, { retryWrites: false, serverSelectionTimeoutMS: 5_000 });
      await client.db(name).dropDatabase();
      await client.close();
    },
  };
}

async function makeEtcd({ url }: TestServer, name: string): Promise<Omit<Place, 'environment'>> {
  const { host } = new URL(url.replace(/^etcd:/, 'http:'));
  return {
    url: withPath(url, name),
    async remove() {
      const base64 = (text: string): string => Buffer.from(text).toString('base64');
      const body = JSON.stringify({ key: base64(`${name}/`), range_end: base64(`${name}0`) });
      await fetch(`http://${host}/v3/kv/deleterange`, { method: 'POST', body });
    },
  };
}

/** At `mount/name`, so that tests which walk the mount do not meet. */
async function makeVault(
  { url, environment }: TestServer,
  name: string,
): Promise<Omit<Place, 'environment'>> {
  const own = withPath(url, name);
  const { host, pathname } = new URL(own.replace(/^vault:/, 'http:'));
  const mount = pathname.split('/')[1] ?? '';
  const headers = { 'x-vault-token': environment['VAULT_TOKEN'] ?? '' };
  const metadata = (path: string): string => `http://${host}/v1/${mount}/metadata/${path}`;
  const removeBelow = async (path: string): Promise<void> => {
    const answer = await fetch(`${metadata(path)}?list=true`, { headers });
    if (!answer.ok) return;
    const { data } = (await answer.json()) as { data: { keys: readonly string[] } };
    for (const key of data.keys)
      if (key.endsWith('/')) await removeBelow(path + key);
      else await fetch(metadata(path + key), { method: 'DELETE', headers });
  };
  return { url: own, remove: () => removeBelow(`${name}/`) };
}

async function makeRedis({ url }: TestServer, name: string): Promise<Omit<Place, 'environment'>> {
  return {
    url: `${url}${url.includes('?') ? '&' : '?'}prefix=${name}:`,
    async remove() {
      const { Redis } = await import('ioredis');
      const redis = new Redis(url);
      for (const key of await redis.keys(`${name}:*`)) await redis.unlink(key);
      await redis.quit();
    },
  };
}

async function makeS3(server: TestServer, name: string): Promise<Omit<Place, 'environment'>> {
  const { removeAll, urlOn } = await import('../../packages/server/src/stores/blobs/s3/testing.ts');
  const withCredentials = urlOn(server, name);
  return { url: withPath(server.url, name), remove: () => removeAll(withCredentials) };
}
