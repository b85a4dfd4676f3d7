/** Proves chunk rows and blobs against one another, in pages, with little memory and without stopping the server. */
import { giveBackBuffer } from '../../kernel/buffer-pool.ts';
import type { BlobStat, BlobStore } from '../../stores/blobs/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { CheckFinding, Chunk } from './api.ts';
import { forgetDamage, knownDamage } from './damage.ts';
import { orphans, type CollectorDeps } from './collector.ts';
import * as queries from './queries.ts';
import type { Reading } from './reading.ts';

const page = 500;
const atOnce = 16;
const never = new AbortController().signal;

export interface CheckDeps extends CollectorDeps {
  readonly reading: Reading;
}

export async function* check(
  deps: CheckDeps,
  options: { readonly deep: boolean; readonly repair: boolean; readonly graceMs: number },
): AsyncGenerator<CheckFinding> {
  const told = new Set<string>();
  for (let after = ''; ;) {
    const rows = await deps.sql.background.all(queries.pageOfChunks, { after, limit: page });
    for (const row of rows) if (row.lost === 1) yield* lostChunk(deps, row, options.repair);
    for (let at = 0; at < rows.length; at += atOnce) {
      const findings = await Promise.all(rows.slice(at, at + atOnce).map((row) => compare(deps, row)));
      for (const finding of findings)
        if (finding !== null) {
          told.add(finding.id);
          yield finding;
        }
    }
    if (options.deep)
      for (const row of rows) {
        const finding = await reread(deps, row);
        if (finding === null) continue;
        told.add(finding.id);
        yield finding;
      }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  yield* lookedAtAgain(deps, told);
  try {
    yield* unknownBlobs(deps, options);
  } catch (error) {
    // A store that can't tell what it has is a finding, too.
    if (!isAppError(error, 'corrupt')) throw error;
    yield { kind: 'database', id: 'blobs', detail: error.message, repairable: false };
  }
}

/** What the scrub has found: read once more, as it may have been mended. */
async function* lookedAtAgain(deps: CheckDeps, told: ReadonlySet<string>): AsyncGenerator<CheckFinding> {
  const sound: string[] = [];
  for (const chunk of await knownDamage(deps.sql)) {
    if (told.has(chunk.id)) continue;
    const finding = (await compare(deps, chunk)) ?? (await reread(deps, chunk));
    if (finding === null) sound.push(chunk.id);
    else yield finding;
  }
  await forgetDamage(deps.sql, sound);
}

async function* unknownBlobs(
  deps: CheckDeps,
  options: { readonly repair: boolean; readonly graceMs: number },
): AsyncGenerator<CheckFinding> {
  for await (const ids of orphans(deps, options.graceMs)) {
    for (const id of ids)
      yield { kind: 'orphan_blob', id, detail: 'a blob that no content knows', repairable: true };
    if (options.repair) await deps.blobs.delete(ids);
  }
}

/** Not released, yet without a reference: the collector would never look at it. Repaired by showing it to the collector. */
async function* lostChunk(deps: CheckDeps, chunk: Chunk, repair: boolean): AsyncGenerator<CheckFinding> {
  yield {
    kind: 'orphan_chunk',
    id: chunk.id,
    detail: `${chunk.size} bytes that no version refers to`,
    repairable: true,
  };
  if (repair)
    await deps.sql.transaction((tx) => tx.run(queries.releaseOne, { id: chunk.id, now: deps.clock.now() }));
}

/** What stat tells, which reads nothing. */
export async function compare({ sql, blobs }: CheckDeps, chunk: Chunk): Promise<CheckFinding | null> {
  const stat = await statOf(blobs, chunk.id);
  if (stat instanceof AppError)
    return { kind: 'missing_blob', id: chunk.id, detail: stat.message, repairable: false };
  if (stat?.size === chunk.size || !(await stillThere(sql, chunk))) return null;
  if (stat === null)
    return { kind: 'missing_blob', id: chunk.id, detail: `${chunk.size} bytes are gone`, repairable: false };
  return {
    kind: 'wrong_size',
    id: chunk.id,
    detail: `${stat.size} bytes instead of ${chunk.size}`,
    repairable: false,
  };
}

/** Damage of the store around it comes back as the error. */
async function statOf(blobs: BlobStore, id: string): Promise<BlobStat | null | AppError> {
  try {
    return await blobs.stat(id);
  } catch (error) {
    if (isAppError(error, 'corrupt')) return error;
    throw error;
  }
}

/** Reads and hashes. Wrong sizes and absent blobs have been told by `compare`. */
export async function reread({ sql, blobs, reading }: CheckDeps, chunk: Chunk): Promise<CheckFinding | null> {
  const stat = await statOf(blobs, chunk.id);
  if (stat instanceof AppError || stat?.size !== chunk.size) return null;
  try {
    for await (const piece of reading.checked(chunk, never)) giveBackBuffer(piece);
    return null;
  } catch (error) {
    if (!isAppError(error, 'corrupt')) throw error;
    if (!(await stillThere(sql, chunk))) return null;
    const detail = 'the bytes do not have the recorded hash';
    return { kind: 'wrong_hash', id: chunk.id, detail, repairable: false };
  }
}

/** The collector may have been at it since the row was read. */
async function stillThere(sql: SqlStore, chunk: Chunk): Promise<boolean> {
  return (await sql.reader.all(queries.existing, { ids: [chunk.id] })).length > 0;
}
