import type { Filter } from 'mongodb';
import type { Json } from '../../config/contract.ts';
import type { LogDocument, LogDocuments, LogFilter, LogLevel } from '../contract.ts';
import { words } from '../folding.ts';
import { insertNew, removeAll } from './batches.ts';
import { bounded, type Guard } from './guard.ts';
import type { Collections, LogRow } from './layout.ts';
import { boundedLimit, placeOf, placesBetween, readCursor, writeCursor } from './place.ts';

const levels: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40, fatal: 50 };
const levelNames = new Map(Object.entries(levels).map(([name, value]) => [value, name]));
/** Of one entry; what comes after, far down in a big object, is not found. */
const mostWords = 256;
const mostLetters = 32;

/** Log entries. Words are found whole or by their beginning, through an index, or along the time where they are frequent. */
export function logsIn({ logs }: Pick<Collections, 'logs'>, guard: Guard): LogDocuments {
  return {
    append: (entries) => insertNew(guard, logs, entries.map(rowOf)),
    async query(filter, limit, cursor) {
      const count = boundedLimit(limit);
      const conditions = conditionsOf(filter, readCursor(cursor).place);
      const rows = await guard.call(() =>
        logs
          .find(conditions, { projection: { words: 0 }, ...bounded })
          .sort({ place: -1 })
          .limit(count + 1)
          .toArray(),
      );
      const page = rows.slice(0, count);
      const last = rows.length > count ? page.at(-1) : undefined;
      return { items: page.map(toDocument), next: last === undefined ? null : writeCursor(0, last.place) };
    },
    purge: (before) =>
      removeAll(guard, logs, { place: placesBetween(undefined, before, null) }, { place: 1 }),
  };
}

function conditionsOf(filter: LogFilter, below: string | null): Filter<LogRow> {
  const { text = '', level = 'debug', requestId, after, before } = filter;
  const place = placesBetween(after, before, below);
  const sought = words(text).map((word) => ({ words: { $regex: `^${cut(word)}` } }));
  // A list rather than "and above": the index then gives each level in order of time, and they are merged.
  const wanted = Object.values(levels).filter((value) => value >= levels[level]);
  return {
    ...(place === undefined ? {} : { place }),
    ...(level === 'debug' ? {} : { level: { $in: wanted } }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(sought.length === 0 ? {} : { $and: sought }),
  };
}

function rowOf({ id, at, level, message, node, requestId, fields }: LogDocument): LogRow {
  const json = JSON.stringify(fields);
  const own = new Set(words(`${message} ${json}`).map(cut));
  return {
    _id: id,
    place: placeOf(at, id),
    at,
    level: levels[level],
    message,
    node,
    ...(requestId === null ? {} : { requestId }),
    fields: json,
    words: [...own].slice(0, mostWords),
  };
}

function cut(word: string): string {
  return word.length <= mostLetters ? word : [...word].slice(0, mostLetters).join('');
}

function toDocument(row: Omit<LogRow, 'words'>): LogDocument {
  return {
    id: row._id,
    at: row.at,
    level: (levelNames.get(row.level) ?? 'info') as LogLevel,
    message: row.message,
    node: row.node,
    requestId: row.requestId ?? null,
    fields: JSON.parse(row.fields) as { readonly [key: string]: Json },
  };
}
