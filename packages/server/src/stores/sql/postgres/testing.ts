import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { TestDatabase } from '../contract.schema.ts';

/** A fresh database on the server at `url` (the shared one if not given); null where there is no server. */
export async function createPostgresDatabase(url?: string): Promise<TestDatabase | null> {
  const server = url ?? (await sharedServer('postgres'))?.url;
  if (server === undefined) return null;
  const name = `volvox_${process.pid}_${randomBytes(5).toString('hex')}`;
  await administer(server, `create database ${name} template template0 encoding 'UTF8' locale 'C'`);
  const own = new URL(server);
  own.pathname = `/${name}`;
  return { url: own.href, remove: () => administer(server, `drop database if exists ${name} with (force)`) };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
