import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { sealEvent } from './chain.ts';
import { eventOf } from './event.ts';
import {
  deleteCheckpointsBefore,
  deleteEventsTo,
  firstEvent,
  firstSince,
  lastCheckpointTo,
  lockChain,
} from './queries.ts';
import type { Signer } from './signer.ts';

const batch = 500;

/**
 * Removes what happened before `before`, up to the last checkpoint there: it stays, so that the rest can still be proved from it. The chain
 * says first how much is to go, so that nobody can make rows vanish and call it that. @returns rows
 */
export async function expireEvents(
  { sql, signer, clock }: { readonly sql: SqlStore; readonly signer: Signer; readonly clock: Clock },
  before: number,
  signal: AbortSignal,
): Promise<number> {
  const kept = (await sql.reader.get(firstSince, { at: before }))?.seq ?? null;
  // Everything may be old: the last signed row is then the boundary.
  const limit = kept === null ? Number.MAX_SAFE_INTEGER : kept - 1;
  const point = await sql.reader.get(lastCheckpointTo, { upTo: limit });
  const first = (await sql.reader.get(firstEvent, {}))?.seq ?? null;
  if (point === undefined || first === null || first > point.seq) return 0;
  const details = { upTo: point.seq, rows: point.seq - first + 1 };
  await sql.transaction((tx) =>
    sealEvent(tx, eventOf(newId(), clock.now(), 'system', { kind: 'audit.expired', details })),
  );
  await signer.sign();
  let removed = 0;
  for (let from = first - 1; from < point.seq && !signal.aborted; from += batch) {
    const upTo = Math.min(point.seq, from + batch);
    removed += await sql.transaction(async (tx) => {
      await tx.get(lockChain, {});
      return tx.run(deleteEventsTo, { after: from, upTo });
    });
  }
  if (!signal.aborted) await sql.transaction((tx) => tx.run(deleteCheckpointsBefore, { seq: point.seq }));
  return removed;
}
