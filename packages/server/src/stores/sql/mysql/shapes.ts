/**
 * The texts that a statement is sent as. MariaDB reads the whole table where `update` and `delete` look into a subquery, so a list
 * becomes placeholders, as many as the next power of two: some ten texts per statement, whatever the lengths. Many rows of an
 * `insert` become one.
 */
import { AppError } from '../../../kernel/errors.ts';
import type { CompiledQuery } from '../contract.ts';

export interface Shape {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Of the protocol: 65,535. */
const maxPlaceholders = 60_000;
const maxRows = 128;
/** A packet has at least 16 MiB (`max_allowed_packet`). */
const maxBatchBytes = 4 * 2 ** 20;

interface Template {
  /** The text between the placeholders. */
  readonly parts: readonly string[];
  /** Where lists go. */
  readonly lists: readonly number[];
  readonly texts: Map<string, string>;
  /** Of an `insert` whose rows can be sent together. */
  readonly insert: { readonly head: string; readonly row: string; readonly tail: string } | null;
}

const templates = new WeakMap<CompiledQuery, Template>();

function templateOf(statement: CompiledQuery): Template {
  let template = templates.get(statement);
  if (template === undefined) templates.set(statement, (template = parse(statement)));
  return template;
}

function parse({ sql, slots }: CompiledQuery): Template {
  const parts = sql.split('?');
  if (parts.length !== slots.length + 1)
    throw new AppError('internal', 'a statement has a question mark that is no placeholder');
  const lists = slots.flatMap((slot, i) => ('list' in slot && slot.list ? [i] : []));
  const match = /^(insert (?:ignore )?into .+? values )(\([^()]*\))([^?]*)$/s.exec(sql);
  const [, head = '', row = '', tail = ''] = match ?? [];
  const insert = match === null || lists.length > 0 ? null : { head, row, tail };
  return { parts, lists, texts: new Map(), insert };
}

export function shape(statement: CompiledQuery, values: readonly unknown[]): Shape {
  const template = templateOf(statement);
  if (template.lists.length === 0) return { sql: statement.sql, values };
  const flat: unknown[] = [];
  const sizes: number[] = [];
  for (const [i, value] of values.entries()) {
    if (!template.lists.includes(i)) flat.push(value);
    else sizes.push(spread(value, flat));
  }
  if (flat.length > maxPlaceholders) throw new AppError('too_large', 'a list is too long for one statement');
  const key = sizes.join();
  let sql = template.texts.get(key);
  if (sql === undefined) template.texts.set(key, (sql = textOf(template, sizes)));
  return { sql, values: flat };
}

/** The last element fills up; none is like `null`. @returns how many */
function spread(value: unknown, into: unknown[]): number {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, list.length)));
  const last = list.at(-1) ?? null;
  for (let i = 0; i < size; i++) into.push(i < list.length ? list[i] : last);
  return size;
}

function textOf({ parts, lists }: Template, sizes: readonly number[]): string {
  let text = parts[0] ?? '';
  for (let i = 1; i < parts.length; i++) {
    const size = sizes[lists.indexOf(i - 1)] ?? 1;
    text += '?' + ',?'.repeat(size - 1) + (parts[i] ?? '');
  }
  return text;
}

/** The rows in as few texts as there may be: runs of a power of two, so that few texts are prepared. */
export function* shapes(statement: CompiledQuery, rows: readonly (readonly unknown[])[]): Generator<Shape> {
  const { insert } = templateOf(statement);
  for (let i = 0; i < rows.length;) {
    const count = insert === null ? 1 : batchAt(rows, i);
    const batch = rows.slice(i, i + count);
    i += count;
    const [only] = batch;
    if (insert === null || (count === 1 && only !== undefined)) yield shape(statement, only ?? []);
    else {
      const sql = insert.head + insert.row + `, ${insert.row}`.repeat(count - 1) + insert.tail;
      yield { sql, values: batch.flat() };
    }
  }
}

function batchAt(rows: readonly (readonly unknown[])[], from: number): number {
  const most = Math.min(rows.length - from, maxRows);
  let count = 2 ** Math.floor(Math.log2(most));
  while (count > 1 && bytesOf(rows, from, count) > maxBatchBytes) count /= 2;
  return count;
}

function bytesOf(rows: readonly (readonly unknown[])[], from: number, count: number): number {
  let bytes = 0;
  for (let i = from; i < from + count; i++) {
    for (const value of rows[i] ?? []) {
      if (typeof value === 'string') bytes += value.length * 3;
      else bytes += value instanceof Uint8Array ? value.byteLength : 9;
    }
  }
  return bytes;
}
