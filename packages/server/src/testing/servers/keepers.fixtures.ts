/** One value written to and read from a server: what must survive a kill. Redis is a cache; NATS and MongoDB have it in their drivers' tests. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { http } from './conversation.ts';
import type { ServerKind, TestServer } from './index.ts';

type Access = Pick<TestServer, 'url' | 'environment'>;

export interface Keeper {
  write(access: Access, value: string): Promise<unknown>;
  read(access: Access): Promise<unknown>;
}

const portOf = ({ url }: Access) => Number(/127\.0\.0\.1:(\d+)/.exec(url)?.[1]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function call(port: number, resource: string, options: Parameters<typeof http>[2]): Promise<unknown> {
  const response = await http(port, resource, options);
  if (!response.ok) throw new Error(`${resource}: ${response.status} ${await response.text()}`);
  const body = await response.text();
  return body === '' ? null : JSON.parse(body);
}

const etcd: Keeper = {
  write: (access, value) =>
    call(portOf(access), '/v3/kv/put', { method: 'POST', body: { key: base64('k'), value: base64(value) } }),
  read: async (access) => {
    const options = { method: 'POST', body: { key: base64('k') } };
    const found = (await call(portOf(access), '/v3/kv/range', options)) as { kvs: { value: string }[] };
    return Buffer.from(found.kvs[0]?.value ?? '', 'base64').toString();
  },
};

const vaultHeaders = ({ environment }: Access) => ({ 'x-vault-token': environment['VAULT_TOKEN'] ?? '' });

const vault: Keeper = {
  write: (access, value) =>
    call(portOf(access), '/v1/secret/data/k', {
      method: 'POST',
      headers: vaultHeaders(access),
      body: { data: { value } },
    }),
  read: async (access) => {
    const found = await call(portOf(access), '/v1/secret/data/k', { headers: vaultHeaders(access) });
    return (found as { data: { data: { value: string } } }).data.data.value;
  },
};

async function inPostgres(access: Access, text: string, values: string[] = []): Promise<unknown> {
  const client = new pg.Client({ connectionString: access.url });
  await client.connect();
  try {
    return (await client.query<{ v: string }>(text, values)).rows?.[0]?.v;
  } finally {
    await client.end();
  }
}

const postgres: Keeper = {
  write: async (access, value) => {
    await inPostgres(access, 'create table k (v text)');
    await inPostgres(access, 'insert into k values ($1)', [value]);
  },
  read: (access) => inPostgres(access, 'select v from k'),
};

async function inMariadb(access: Access, text: string, values: string[] = []): Promise<unknown> {
  const client = await mysql.createConnection(access.url);
  try {
    const [rows] = await client.query<mysql.RowDataPacket[]>(text, values);
    return rows[0]?.['v'];
  } finally {
    await client.end();
  }
}

const mariadb: Keeper = {
  write: async (access, value) => {
    await inMariadb(access, 'create table k (v varchar(20))');
    await inMariadb(access, 'insert into k values (?)', [value]);
  },
  read: (access) => inMariadb(access, 'select v from k'),
};

async function inS3<T>({ url, environment }: Access, work: (client: S3Client) => Promise<T>): Promise<T> {
  const parameters = new URL(url).searchParams;
  const client = new S3Client({
    endpoint: parameters.get('endpoint') ?? '',
    region: parameters.get('region') ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

const place = { Bucket: 'volvox', Key: 'k' };

const s3: Keeper = {
  write: (access, value) =>
    inS3(access, (client) => client.send(new PutObjectCommand({ ...place, Body: value }))),
  read: (access) =>
    inS3(access, async (client) =>
      (await client.send(new GetObjectCommand(place))).Body?.transformToString(),
    ),
};

export const keepers: Partial<Record<ServerKind, Keeper>> = { etcd, vault, postgres, mariadb, s3 };
