/** A database of its own for each test, on the common server. */
import { randomBytes } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { DocumentsStore } from '../contract.ts';
import type { OpenedDocuments } from '../contract.suite.ts';
import { mongodbDocuments } from './driver.ts';

export function openAt(url: string, log: Logger = silentLogger): Promise<DocumentsStore> {
  return mongodbDocuments.open(parseStoreUrl(url), { log, clock: systemClock, durability: 'full' });
}

/** The same server, another database. */
export function freshUrl(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/volvox-${randomBytes(6).toString('hex')}`;
  return url.toString();
}

export async function openFresh(serverUrl: string): Promise<OpenedDocuments> {
  const url = freshUrl(serverUrl);
  const store = await openAt(url);
  const dispose = async (): Promise<void> => {
    await store.close();
    await withDatabase(url, (db) => db.dropDatabase());
  };
  return { store, dispose };
}

/** Behind the driver's back. */
export async function withDatabase<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(url);
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}
