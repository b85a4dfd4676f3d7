import type { Json } from '../../config/contract.ts';
import type { LogDocument, LogFilter, LogLevel } from '../contract.ts';
import { folded, words } from '../folding.ts';
import { start, type Place } from './cursor.ts';
import { number, text, textOrNull, type Database, type Row, type Statement } from './native.ts';

const levels: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40, fatal: 50 };
const levelNames = new Map(Object.entries(levels).map(([name, value]) => [value, name]));
const severe = levels.warn;
const purgeBatch = 2000;

export interface LogHits {
  readonly items: readonly LogDocument[];
  /** Where to go on; null: there are no more. */
  readonly next: Place | null;
}

/**
 * Log entries, found by time, level and request through indexes, and by words through a scan of what these leave: indexing the words of
 * each entry would cost more than all the rest of writing it, and entries are written a thousand times for each time they are sought.
 */
export class Logs {
  readonly #database: Database;
  readonly #insert: Statement;
  readonly #purge: Statement;
  readonly #scans = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare(
      `insert into logs (id, at, level, message, node, request_id, fields, words)
       values (@id, @at, @level, @message, @node, @requestId, @fields, @words) on conflict (id) do nothing`,
    );
    this.#purge = database.prepare(
      `delete from logs where key in (select key from logs where at < ? order by at limit ${purgeBatch})`,
    );
  }

  append(entries: readonly LogDocument[]): void {
    for (const { id, at, level, message, node, requestId, fields } of entries) {
      const json = JSON.stringify(fields);
      const parameters = { id, at, level: levels[level], message, node, requestId, fields: json };
      this.#insert.run({ ...parameters, words: folded(`${message} ${json}`) });
    }
  }

  /** Looks at no more than `look` entries: the caller asks again, and others get their turn between. */
  query(filter: LogFilter, limit: number, from: Place, look: number): LogHits {
    const sought = words(filter.text ?? '');
    const bounds = {
      level: levels[filter.level ?? 'debug'],
      requestId: filter.requestId ?? null,
      after: filter.after ?? -start.first,
      before: filter.before ?? start.first,
      first: from.first,
      rowid: from.rowid,
      look,
    };
    const items: LogDocument[] = [];
    let seen = 0;
    let last: Place = from;
    for (const row of this.#scan(filter).iterate(bounds)) {
      if (items.length === limit) return { items, next: last };
      seen++;
      last = { stage: 0, first: number(row, 'at'), rowid: number(row, 'key') };
      const line = text(row, 'words');
      if (sought.every((word) => line.includes(word))) items.push(toDocument(row));
    }
    return { items, next: seen < look ? null : last };
  }

  purge(before: number): number {
    return this.#purge.run(before).changes;
  }

  /** The conditions are written out where an index hangs on them. */
  #scan(filter: LogFilter): Statement {
    const conditions = ['(at, key) < (@first, @rowid)', 'at > @after', 'at < @before', 'level >= @level'];
    if (filter.requestId !== undefined) conditions.push('request_id = @requestId');
    else conditions.push('@requestId is null');
    if (levels[filter.level ?? 'debug'] >= severe) conditions.push(`level >= ${severe}`);
    const sql = `select * from logs where ${conditions.join(' and ')} order by at desc, key desc limit @look`;
    let statement = this.#scans.get(sql);
    if (statement === undefined) this.#scans.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

function toDocument(row: Row): LogDocument {
  return {
    id: text(row, 'id'),
    at: number(row, 'at'),
    level: (levelNames.get(number(row, 'level')) ?? 'info') as LogLevel,
    message: text(row, 'message'),
    node: text(row, 'node'),
    requestId: textOrNull(row, 'request_id'),
    fields: JSON.parse(text(row, 'fields')) as { readonly [key: string]: Json },
  };
}
