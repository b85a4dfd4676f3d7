import type { Db, MongoClient } from 'mongodb';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Driver, DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { ActivityDocuments, DocumentsStore, LogDocuments, SearchDocuments } from '../contract.ts';
import { activitiesIn } from './activities.ts';
import { Generation } from './generation.ts';
import { Guard } from './guard.ts';
import { collectionsOf, prepare, type Collections } from './layout.ts';
import { logsIn } from './logs.ts';
import { SearchIndex } from './search.ts';
import { parameters, targetOf, type Target } from './url.ts';

const pingMs = 2_000;
/** Indexes of a database that another version has filled take their time. */
const prepareMs = 20_000;

/** Logs, search index and activity in a MongoDB that all nodes share. */
export const mongodbDocuments: Driver<DocumentsStore> = { scheme: 'mongodb', parameters, open };

/** The same, its servers found through DNS. */
export const mongodbSrvDocuments: Driver<DocumentsStore> = { scheme: 'mongodb+srv', parameters, open };

async function open(url: StoreUrl, { log, durability }: DriverDeps): Promise<DocumentsStore> {
  const target = targetOf(url, durability);
  const client = await clientOf(target);
  const db = client.db(target.database);
  const guard = new Guard({
    hosts: target.hosts,
    probe: () => db.command({ ping: 1 }),
    end: () => client.close(),
  });
  try {
    await guard.once(prepareMs, () => client.connect());
    const collections = collectionsOf(db);
    const fresh = await guard.once(prepareMs, () => prepare(collections));
    return new MongodbDocumentsStore(db, collections, guard, fresh, log);
  } catch (error) {
    await guard.close();
    throw error;
  }
}

async function clientOf({ connection, options }: Target): Promise<MongoClient> {
  const { MongoClient } = await import('mongodb');
  try {
    return new MongoClient(connection, options);
  } catch (error) {
    throw new AppError('invalid_input', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

class MongodbDocumentsStore implements DocumentsStore {
  readonly freshlyCreated: boolean;
  readonly logs: LogDocuments;
  readonly search: SearchDocuments;
  readonly activity: ActivityDocuments;
  readonly #db: Db;
  readonly #guard: Guard;

  constructor(db: Db, collections: Collections, guard: Guard, fresh: boolean, log: Logger) {
    this.#db = db;
    this.#guard = guard;
    this.freshlyCreated = fresh;
    this.logs = logsIn(collections, guard);
    this.search = new SearchIndex(collections, new Generation(collections, warningOnce(log)), guard);
    this.activity = activitiesIn(collections, guard);
  }

  async ping(): Promise<StoreHealth> {
    const { version } = await this.#guard.once(pingMs, () => this.#db.command({ buildInfo: 1 }));
    return { version: typeof version === 'string' ? version : null };
  }

  close(): Promise<void> {
    return this.#guard.close();
  }
}

function warningOnce(log: Logger): () => void {
  let warned = false;
  return () => {
    if (!warned)
      log.warn({}, 'the database of the documents was emptied: restart a node, and it is filled again');
    warned = true;
  };
}
