import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AuditFilter, AuditRow } from './api.ts';
import { chainItems } from './chain-items.ts';
import { search } from './search.ts';
import type { Signer } from './signer.ts';

export const exportFormat = 'volvox-audit-1';
const page = 500;

/**
 * The first line tells format and public keys; then a line per row or checkpoint. Without a filter it is the chain, signed at its end, which
 * `volvox audit verify` proves; with one the rows alone, newest first.
 */
export async function* exportLines(
  sql: SqlStore,
  signer: Signer,
  filter: AuditFilter,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const whole = Object.values(filter).every((value) => value === undefined);
  const last = whole ? await signer.sign() : null;
  yield `${JSON.stringify({ format: exportFormat, whole, keys: [await signer.publicKey()] })}\n`;
  if (!whole) for await (const row of found(sql, filter, signal)) yield `${JSON.stringify({ row })}\n`;
  else if (last !== null)
    for await (const item of chainItems(sql, last.seq, signal)) yield `${JSON.stringify(item)}\n`;
}

const columns = [
  'seq',
  'at',
  'kind',
  'actorId',
  'actorLogin',
  'impersonatorId',
  'address',
  'client',
  'via',
  'requestId',
  'nodeId',
  'workspaceId',
  'subjectId',
  'before',
  'after',
  'details',
  'hash',
] as const satisfies readonly (keyof AuditRow)[];

/** RFC 4180, newest first; times as ISO 8601. */
export async function* exportCsv(
  sql: SqlStore,
  filter: AuditFilter,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield `${columns.join(',')}\r\n`;
  for await (const row of found(sql, filter, signal))
    yield `${columns.map((column) => cell(column === 'at' ? new Date(row.at).toISOString() : row[column])).join(',')}\r\n`;
}

async function* found(sql: SqlStore, filter: AuditFilter, signal: AbortSignal): AsyncGenerator<AuditRow> {
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    signal.throwIfAborted();
    const rows = await search(sql, filter, before, page);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return;
    before = last.seq;
  }
}

/** Spreadsheets run what begins like a formula (CWE-1236): a quote before it makes it text. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
