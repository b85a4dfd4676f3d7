import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import type { JournalEntry, JournalKind, JournalRow } from './api.ts';
import { actorOf, originOf } from './origins.ts';
import { insertRow, selectHead, selectRows, selectRowsAndPending } from './queries.ts';
import type { JournalTable } from './tables.ts';

export async function appendRow(tx: SqlTransaction, entry: JournalEntry, at: number): Promise<string> {
  const id = newId();
  const origin = originOf(tx);
  await tx.run(insertRow, {
    id,
    at,
    kind: entry.kind,
    actor_id: entry.actorId ?? actorOf(tx),
    node_id: entry.nodeId,
    parent_id: entry.parentId,
    workspace_id: entry.workspaceId,
    before: entry.before === null ? null : JSON.stringify(entry.before),
    after: entry.after === null ? null : JSON.stringify(entry.after),
    bytes: entry.bytes,
    files: entry.files,
    origin: origin === null ? null : JSON.stringify(origin),
  });
  return id;
}

/** `pending`: committed rows are there that have no position yet. */
export async function readHead(
  reader: SqlReader,
): Promise<{ readonly head: number; readonly pending: boolean }> {
  const row = await reader.get(selectHead, {});
  return { head: row?.head ?? 0, pending: row?.pending === 1 };
}

/** As `readRows`; null where rows without a position are there. */
export async function readRowsUnlessPending(
  reader: SqlReader,
  after: number,
  limit: number,
): Promise<readonly JournalRow[] | null> {
  const rows = await reader.all(selectRowsAndPending, { after, limit });
  if (rows[0]?.pending === 1) return null;
  return rows.filter((row) => row.id !== null).map((row) => toRow(row));
}

export async function readRows(
  reader: SqlReader,
  after: number,
  limit: number,
): Promise<readonly JournalRow[]> {
  return (await reader.all(selectRows, { after, limit })).map(toRow);
}

/** Kinds of a newer version pass: followers skip what they do not know. */
function toRow(row: JournalTable): JournalRow {
  return {
    id: row.id,
    seq: row.seq,
    at: row.at,
    kind: row.kind as JournalKind,
    actorId: row.actor_id,
    nodeId: row.node_id,
    parentId: row.parent_id,
    workspaceId: row.workspace_id,
    before: parse(row.before, row.seq) as JournalRow['before'],
    after: parse(row.after, row.seq) as JournalRow['after'],
    bytes: row.bytes,
    files: row.files,
    origin: parse(row.origin, row.seq) as JournalRow['origin'], // as appendRow wrote it
  };
}

function parse(json: string | null, seq: number): unknown {
  if (json === null) return null;
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new AppError('corrupt', `row ${seq} of the journal is damaged`, { cause });
  }
}
