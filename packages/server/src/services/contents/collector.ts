/**
 * Removes what nothing refers to. Order: condemned in SQL, then (older than the grace) the row goes, then the blob; so a crash leaves a
 * blob without a row at most, which the orphan turn finds. Linking a condemned chunk is allowed up to the moment its row goes.
 */
import type { Clock } from '../../kernel/clock.ts';
import { definePoint, reach } from '../../kernel/fault-points.ts';
import type { BlobStore } from '../../stores/blobs/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import * as queries from './queries.ts';

const afterCondemn = definePoint('contents.collect.after-condemn');
const afterRow = definePoint('contents.collect.after-row');
const batch = 500;

export interface CollectorDeps {
  readonly sql: SqlStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Keys of this node that a transaction may still come to point at. */
  readonly inFlight: { has(key: string): boolean };
  /** Aborted: ends between two batches, with what is done so far. */
  readonly signal?: AbortSignal | undefined;
}

export async function collect(
  deps: CollectorDeps,
  graceMs: number,
): Promise<{ readonly condemned: number; readonly removed: number; readonly orphans: number }> {
  const condemned = await condemnReleased(deps);
  await reach(afterCondemn);
  const removed = await removeCondemned(deps, graceMs);
  const orphans = await removeOrphans(deps, graceMs);
  if (!deps.signal?.aborted) await deps.blobs.sweep(graceMs);
  return { condemned, removed, orphans };
}

async function condemnReleased({ sql, clock, signal }: CollectorDeps): Promise<number> {
  let count = 0;
  for (;;) {
    const ids = (await sql.reader.all(queries.releasedChunks, { limit: batch })).map((row) => row.id);
    if (ids.length === 0 || signal?.aborted) return count;
    count += await sql.transaction(async (tx) => {
      await tx.all(queries.lockChunks, { ids });
      await tx.run(queries.keepReferenced, { ids });
      return tx.run(queries.condemn, { ids, now: clock.now() });
    });
  }
}

async function removeCondemned(deps: CollectorDeps, graceMs: number): Promise<number> {
  const { sql, blobs, clock, signal } = deps;
  const before = clock.now() - graceMs;
  let count = 0;
  for (;;) {
    const candidates = (await sql.reader.all(queries.condemnedChunks, { before, limit: batch })).map(
      (row) => row.id,
    );
    if (candidates.length === 0 || signal?.aborted) return count;
    const removed = await sql.transaction(async (tx) => {
      await tx.all(queries.lockChunks, { ids: candidates });
      await tx.run(queries.keepReferenced, { ids: candidates });
      const ids = (await tx.all(queries.stillCondemned, { ids: candidates, before })).map((row) => row.id);
      if (ids.length > 0) await tx.run(queries.deleteChunks, { ids });
      return ids;
    });
    await reach(afterRow);
    await blobs.delete(removed);
    count += removed.length;
  }
}

/** Blobs that no row knows: of writes that died before their commit, and of collections that died before the blob. */
async function removeOrphans(deps: CollectorDeps, graceMs: number): Promise<number> {
  let count = 0;
  for await (const ids of orphans(deps, graceMs)) {
    await deps.blobs.delete(ids);
    count += ids.length;
  }
  return count;
}

export async function* orphans(
  { sql, blobs, clock, inFlight, signal }: CollectorDeps,
  graceMs: number,
): AsyncGenerator<readonly string[]> {
  const before = clock.now() - graceMs;
  const unknown = async (ids: readonly string[]): Promise<readonly string[]> => {
    const known = new Set((await sql.reader.all(queries.existing, { ids })).map((row) => row.id));
    return ids.filter((id) => !known.has(id));
  };
  let ids: string[] = [];
  for await (const blob of blobs.list()) {
    if (signal?.aborted) return;
    // In flight is asked before the rows are read: a key enters that set before its blob is there and leaves it after its row is.
    if (blob.modifiedAt > before || inFlight.has(blob.key)) continue;
    ids.push(blob.key);
    if (ids.length < batch) continue;
    yield await unknown(ids);
    ids = [];
  }
  if (ids.length > 0) yield await unknown(ids);
}
