import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../../kernel/errors.ts';
import type { Driver, StoreHealth } from '../../../kernel/service.ts';
import type {
  ActivityDocument,
  ActivityDocuments,
  DocumentPage,
  DocumentsStore,
  LogDocument,
  LogDocuments,
  LogFilter,
  SearchDocuments,
} from '../contract.ts';
import { readCursor, writeCursor, type Place } from './cursor.ts';
import { DocumentsThread } from './thread.ts';

/** Log entries looked at per message, so that others get their turn. */
const lookAtOnce = 20_000;
const mostPerPage = 1000;

/** Logs, search index and activity in one SQLite file, all of it in a thread of its own. */
export const sqliteDocuments: Driver<DocumentsStore> = {
  scheme: 'sqlite',
  parameters: { cache: 'page cache in MiB (default 8)' },
  async open(url, { log, durability }) {
    const cache = url.parameters.get('cache') ?? '8';
    if (url.path === '' || url.hosts.length > 0)
      throw new AppError('invalid_input', `expected sqlite:<file>, not ${url.toString()}`);
    if (!/^[1-9]\d{0,4}$/.test(cache))
      throw new AppError('invalid_input', `cache must be a number of MiB in ${url.toString()}`);
    const file = path.resolve(url.path);
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new AppError('unavailable', `cannot make the folder of ${file}`, { cause });
    });
    const settings = { file, cacheMiB: Number(cache), durable: durability === 'full' };
    const thread = new DocumentsThread(settings, (reason) => {
      const kept = `${file}.damaged`;
      log.warn(
        { file, kept, reason },
        'the documents could not be used and begin empty; logs are lost, the rest is made anew',
      );
    });
    await thread.open();
    return new SqliteDocumentsStore(thread);
  },
};

class SqliteDocumentsStore implements DocumentsStore {
  readonly logs: LogDocuments;
  readonly search: SearchDocuments;
  readonly activity: ActivityDocuments;
  readonly #thread: DocumentsThread;

  constructor(thread: DocumentsThread) {
    this.#thread = thread;
    this.logs = logsOf(thread);
    this.search = searchOf(thread);
    this.activity = activityOf(thread);
  }

  get freshlyCreated(): boolean {
    return this.#thread.fresh;
  }

  async ping(): Promise<StoreHealth> {
    return { version: await this.#thread.ask('version') };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

function logsOf(thread: DocumentsThread): LogDocuments {
  return {
    async append(entries) {
      if (entries.length > 0) await thread.ask('appendLogs', entries);
    },
    query: (filter, limit, cursor) => queryLogs(thread, filter, bounded(limit), readCursor(cursor)),
    purge: (before) => untilNone(() => thread.ask('purgeLogs', before)),
  };
}

async function queryLogs(
  thread: DocumentsThread,
  filter: LogFilter,
  limit: number,
  from: Place,
): Promise<DocumentPage<LogDocument>> {
  const items: LogDocument[] = [];
  for (let place: Place | null = from; place !== null;) {
    const hits: { readonly items: readonly LogDocument[]; readonly next: Place | null } = await thread.ask(
      'queryLogs',
      filter,
      limit - items.length,
      place,
      lookAtOnce,
    );
    items.push(...hits.items);
    place = hits.next;
    if (items.length === limit) return page(items, place);
  }
  return page(items, null);
}

function searchOf(thread: DocumentsThread): SearchDocuments {
  return {
    async upsert(documents) {
      if (documents.length > 0) await thread.ask('upsert', documents);
    },
    async remove(ids, upTo) {
      if (ids.length > 0) await thread.ask('remove', ids, upTo);
    },
    async query(filter, limit, cursor) {
      const hits = await thread.ask('search', filter, bounded(limit), readCursor(cursor));
      return page(hits.items, hits.next);
    },
    beginGeneration: () => thread.ask('beginGeneration'),
    async endGeneration(generation) {
      await untilNone(() => thread.ask('endGeneration', generation));
    },
    count: () => thread.ask('count'),
  };
}

function activityOf(thread: DocumentsThread): ActivityDocuments {
  return {
    async append(documents) {
      if (documents.length > 0) await thread.ask('appendActivity', documents);
    },
    async query(filter, limit, cursor) {
      const items: ActivityDocument[] = [];
      for (let place: Place | null = readCursor(cursor); place !== null;) {
        const hits: { readonly items: readonly ActivityDocument[]; readonly next: Place | null } =
          await thread.ask('queryActivity', filter, bounded(limit) - items.length, place);
        items.push(...hits.items);
        place = hits.next;
        if (items.length === bounded(limit)) return page(items, place);
      }
      return page(items, null);
    },
    purge: (before) => untilNone(() => thread.ask('purgeActivity', before)),
    clear: () => thread.ask('clearActivity'),
  };
}

async function untilNone(step: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await step();
    total += count;
    if (count === 0) return total;
  }
}

function page<T>(items: readonly T[], next: Place | null): DocumentPage<T> {
  return { items, next: next === null ? null : writeCursor(next) };
}

function bounded(limit: number): number {
  return Math.max(1, Math.min(Math.floor(limit), mostPerPage));
}
