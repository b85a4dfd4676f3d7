import type { SqlStore } from '../../stores/sql/contract.ts';
import { checkpointsFrom, eventsAfter, firstEvent } from './queries.ts';
import { auditRowOf, checkpointOf } from './rows.ts';
import type { ChainItem } from './verify.ts';

const page = 500;

/**
 * The chain as it is kept, up to `upTo`, rows and checkpoints in one order. Read page by page beside the event loop. `after`: 0 for all,
 * which then begins with the checkpoint before the oldest row, if rows were removed.
 */
export async function* chainItems(
  sql: SqlStore,
  upTo: number,
  signal: AbortSignal,
  after = 0,
): AsyncGenerator<ChainItem> {
  const oldest = (await sql.background.get(firstEvent, {}))?.seq ?? upTo + 1;
  let position = Math.max(after, oldest === 1 ? 0 : await boundary(sql, oldest - 1));
  const points = checkpoints(sql, position, upTo);
  let point = (await points.next()).value;
  // One at the very start is a boundary; after nothing at all it would be of no use.
  while (point !== undefined && point.seq <= position) {
    if (position > 0) yield { checkpoint: point };
    point = (await points.next()).value;
  }
  while (position < upTo) {
    signal.throwIfAborted();
    const rows = await sql.background.all(eventsAfter, { after: position, limit: page });
    if (rows.length === 0) break;
    for (const row of rows) {
      if (row.seq > upTo) break;
      while (point !== undefined && point.seq < row.seq) {
        yield { checkpoint: point };
        point = (await points.next()).value;
      }
      yield { row: auditRowOf(row) };
    }
    position = rows.at(-1)?.seq ?? upTo;
  }
  for (; point !== undefined; point = (await points.next()).value) yield { checkpoint: point };
}

/** Where a chain begins whose oldest rows were removed, or are being removed just now: at the first checkpoint from there. */
async function boundary(sql: SqlStore, from: number): Promise<number> {
  return (await sql.background.all(checkpointsFrom, { from, limit: 1 }))[0]?.seq ?? from;
}

async function* checkpoints(sql: SqlStore, from: number, upTo: number) {
  for (let next = from; ;) {
    const rows = await sql.background.all(checkpointsFrom, { from: next, limit: page });
    for (const row of rows) {
      if (row.seq > upTo) return;
      yield checkpointOf(row);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return;
    next = last.seq + 1;
  }
}
