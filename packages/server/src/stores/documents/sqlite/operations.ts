/** What the thread can be asked. The names are the messages; the store (driver.ts) puts the contract together from them. */
import type { ActivityDocument, LogDocument, LogFilter, SearchDocument, SearchFilter } from '../contract.ts';
import { Activities, type ActivityHits } from './activities.ts';
import type { Place } from './cursor.ts';
import { Logs, type LogHits } from './logs.ts';
import type { Database } from './native.ts';
import { SearchIndex, type SearchHits } from './search-index.ts';

export interface Operations {
  appendLogs(entries: readonly LogDocument[]): void;
  queryLogs(filter: LogFilter, limit: number, from: Place, look: number): LogHits;
  purgeLogs(before: number): number;
  upsert(documents: readonly SearchDocument[]): void;
  remove(ids: readonly string[], upTo: number): void;
  search(filter: SearchFilter, limit: number, from: Place): SearchHits;
  beginGeneration(): number;
  endGeneration(generation: number): number;
  count(): number;
  appendActivity(documents: readonly ActivityDocument[]): void;
  queryActivity(
    filter: { readonly feedId?: string; readonly actorId?: string },
    limit: number,
    from: Place,
  ): ActivityHits;
  purgeActivity(before: number): number;
  clearActivity(): void;
  version(): string;
}

export type OperationName = keyof Operations;

/** Those that write, and whether what they write must outlast a power cut: the followers' cursors lie elsewhere and would not go back. */
export const writes: { readonly [K in OperationName]?: 'durable' | 'relaxed' } = {
  appendLogs: 'relaxed',
  purgeLogs: 'relaxed',
  purgeActivity: 'relaxed',
  upsert: 'durable',
  remove: 'durable',
  beginGeneration: 'durable',
  endGeneration: 'durable',
  appendActivity: 'durable',
  clearActivity: 'durable',
};

export function operationsOn(database: Database): Operations {
  const logs = new Logs(database);
  const index = new SearchIndex(database);
  const activities = new Activities(database);
  return {
    appendLogs: (entries) => logs.append(entries),
    queryLogs: (filter, limit, from, look) => logs.query(filter, limit, from, look),
    purgeLogs: (before) => logs.purge(before),
    upsert: (documents) => index.upsert(documents),
    remove: (ids, upTo) => index.remove(ids, upTo),
    search: (filter, limit, from) => index.query(filter, limit, from),
    beginGeneration: () => index.beginGeneration(),
    endGeneration: (generation) => index.endGeneration(generation),
    count: () => index.count(),
    appendActivity: (documents) => activities.append(documents),
    queryActivity: (filter, limit, from) => activities.query(filter, limit, from),
    purgeActivity: (before) => activities.purge(before),
    clearActivity: () => activities.clear(),
    version: () => String(database.prepare('select sqlite_version() as version').get()?.['version']),
  };
}
