/**
 * Reads and hashes everything in the background, a little at a time, so that damage is known while a sound copy may still be had. What it
 * finds is kept until it is found sound or gone. Its place is in SQL: any node goes on where another one stopped.
 */
import type { Logger } from '../../kernel/logger.ts';
import type { CheckFinding, Chunk, ScrubState, ScrubTurn } from './api.ts';
import { compare, reread, type CheckDeps } from './check.ts';
import { forgetDamage, knownDamage } from './damage.ts';
import { countChunks, pageOfChunks } from './queries.ts';
import * as queries from './scrub-queries.ts';

/** Chunks between two notes of the place. */
const page = 16;

export interface ScrubDeps extends CheckDeps {
  readonly log: Logger;
}

/**
 * One turn of a round that takes `roundMs` and begins that long after the one before at the earliest.
 * @param turns of which a round has so many: each reads that share of the chunks
 */
export async function scrub(
  deps: ScrubDeps,
  { roundMs, turns }: { readonly roundMs: number; readonly turns: number },
): Promise<ScrubTurn> {
  const { sql, clock, signal } = deps;
  const done = { read: 0, damaged: 0 };
  const { began_at: beganAt, ended_at: endedAt, ...state } = await stateOf(deps);
  let { position, chunks } = state;
  if (beganAt === null || (endedAt !== null && endedAt >= beganAt)) {
    if (beganAt !== null && clock.now() < beganAt + roundMs) return done;
    chunks = Number((await sql.background.get(countChunks, {}))?.count ?? 0);
    await sql.transaction((tx) => tx.run(queries.beginScrub, { chunks, now: clock.now() }));
  }
  for (let left = Math.max(page, Math.ceil(chunks / turns)); left > 0 && signal?.aborted !== true;) {
    const limit = Math.min(left, page);
    const rows = await sql.background.all(pageOfChunks, { after: position, limit });
    done.damaged += await readPage(deps, rows);
    done.read += rows.length;
    left -= limit;
    if (rows.length < limit) {
      await sql.transaction((tx) => tx.run(queries.endScrub, { from: position, now: clock.now() }));
      break;
    }
    const to = rows.at(-1)?.id ?? '';
    const moved = await sql.transaction((tx) => tx.run(queries.moveScrub, { from: position, to }));
    if (moved === 0) break; // another node is at it
    position = to;
  }
  return done;
}

/** @returns how many of them are damaged */
async function readPage(deps: ScrubDeps, chunks: readonly Chunk[]): Promise<number> {
  const findings: CheckFinding[] = [];
  for (const chunk of chunks) {
    const finding = (await compare(deps, chunk)) ?? (await reread(deps, chunk));
    if (finding !== null) findings.push(finding);
  }
  const damaged = new Set(findings.map(({ id }) => id));
  const known = await knownDamage(deps.sql);
  const read = new Set(chunks.map(({ id }) => id));
  const sound = known.map(({ id }) => id).filter((id) => read.has(id) && !damaged.has(id));
  await forgetDamage(deps.sql, sound);
  if (findings.length === 0) return 0;
  for (const { id, kind, detail } of findings)
    deps.log.error({ chunk: id, kind, detail }, 'stored content is damaged');
  const now = deps.clock.now();
  const rows = findings.map(({ id, kind, detail }) => ({ id, kind, detail: detail.slice(0, 500), now }));
  await deps.sql.transaction((tx) => tx.runMany(queries.insertDamage, rows));
  return findings.length;
}

export async function scrubState(deps: Pick<ScrubDeps, 'sql'>): Promise<ScrubState> {
  const { began_at, ended_at } = await stateOf(deps);
  return { damaged: (await knownDamage(deps.sql)).length, beganAt: began_at, endedAt: ended_at };
}

async function stateOf({ sql }: Pick<ScrubDeps, 'sql'>) {
  return (
    (await sql.reader.get(queries.scrubState, {})) ?? {
      position: '',
      chunks: 0,
      began_at: null,
      ended_at: null,
    }
  );
}
