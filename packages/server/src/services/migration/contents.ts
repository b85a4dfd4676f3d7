/** All contents: what the target's table of chunks lacks is copied, then its row is written, so that this table is the list of what was copied. */
import { sql } from 'kysely';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { Finding, MovedStores } from './api.ts';
import { copyBlob, type BlobOutcome, type Chunk } from './blobs.ts';
import type { PlannedTable } from './plan.ts';
import { Rows, type Row } from './rows.ts';
import { presentIn } from './writes.ts';

const chunksTable: PlannedTable = { name: 'chunks', key: ['id'] };
const atOnce = 8;
const namesShown = 3;
const listedAtOnce = 500;

interface Tables {
  chunks: { id: string; size: number; sha256: string };
  version_chunks: { version_id: string; chunk_id: string };
  versions: { id: string; node_id: string };
  nodes: { id: string; name: string };
}

const define = queriesOf<Tables>();
const selectFiles = define<{ chunkId: string; limit: number }, { name: string }>((db, p) =>
  db
    .selectFrom('version_chunks as c')
    .innerJoin('versions as v', 'v.id', 'c.version_id')
    .innerJoin('nodes as n', 'n.id', 'v.node_id')
    .select('n.name')
    .where('c.chunk_id', '=', p.chunkId)
    .limit(p.limit),
);
const selectTotals = define<Record<string, never>, { count: number; bytes: number }>((db) =>
  db
    .selectFrom('chunks')
    .select((e) => [e.fn.countAll<number>().as('count'), sql<number>`coalesce(sum(size), 0)`.as('bytes')]),
);

export interface ContentsOptions {
  readonly source: MovedStores;
  readonly target: MovedStores;
  readonly signal: AbortSignal;
  readonly keepGoing: boolean;
  /** Both sides use the same store: rows only. */
  readonly shared: boolean;
  /** Whose rows say what to bring; absent: the source's. */
  readonly list?: SqlReader;
}

/** Copies the contents of rows that the target lacks. `findings` keeps what is damaged, by key. */
export class ContentsCopier {
  readonly findings = new Map<string, Finding>();
  /** Of this run. */
  readonly copied = { count: 0, bytes: 0 };
  /** Contents that the collector took before they were copied. */
  gone = 0;
  readonly #options: ContentsOptions;

  constructor(options: ContentsOptions) {
    this.#options = options;
  }

  /** @returns the rows that may be written: those whose contents are there, or all if we keep going */
  readonly bring = async (rows: readonly Row[]): Promise<readonly Row[]> => {
    if (this.#options.shared) return rows;
    const { target } = this.#options;
    const ids = rows.map((row) => String(row['id']));
    const known = new Set(
      ids.length === 0
        ? []
        : (await target.sql.reader.all(presentIn('chunks'), { ids })).map((row) => row.id),
    );
    const kept: Row[] = [];
    const waiting = [...rows];
    const worker = async (): Promise<void> => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        // A row that is there and differs is of a content that was copied: contents never change.
        if (known.has(String(row['id'])) || (await this.#bringOne(chunkOf(row)))) kept.push(row);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return kept;
  };

  /** Looks at every content one by one, and brings what the target lacks: where they do not add up, or the target has no list of them. */
  async mend(progress: (done: number) => void = () => {}): Promise<void> {
    const { source, list } = this.#options;
    const rows = new Rows(list ?? source.sql.background, chunksTable);
    let done = 0;
    const batch: Chunk[] = [];
    const look = async (): Promise<void> => {
      const waiting = batch.splice(0);
      done += waiting.length;
      const worker = async (): Promise<void> => {
        for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift())
          await this.#mendOne(chunk);
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      progress(done);
    };
    for (await rows.advance(); rows.current !== null; await rows.advance()) {
      batch.push(chunkOf(rows.current));
      if (batch.length >= listedAtOnce) await look();
    }
    await look();
  }

  async #mendOne(chunk: Chunk): Promise<void> {
    const { target, signal } = this.#options;
    signal.throwIfAborted();
    const found = await target.blobs.stat(chunk.id);
    if (found?.size === chunk.size) return;
    if (found !== null) await target.blobs.delete([chunk.id]);
    await this.#bringOne(chunk);
  }

  /** @throws corrupt naming damaged contents, unless they are to be moved as they are */
  refuseFindings(): void {
    const findings = [...this.findings.values()];
    if (findings.length === 0 || this.#options.keepGoing) return;
    const lines = findings.map(
      ({ problem, blob, files }) =>
        `${problem}: ${blob}${files.length === 0 ? '' : ` (${files.join(', ')})`}`,
    );
    throw new AppError(
      'corrupt',
      `contents are damaged; restore them, or move them as they are with --keep-going:\n  ${lines.join('\n  ')}`,
      { details: { findings } },
    );
  }

  async #bringOne(chunk: Chunk): Promise<boolean> {
    const { source, target, signal, keepGoing } = this.#options;
    signal.throwIfAborted();
    const outcome = await copyBlob({ source: source.blobs, target: target.blobs, signal, keepGoing }, chunk);
    if (outcome !== 'copied') await this.#note(chunk, outcome);
    else {
      this.copied.count += 1;
      this.copied.bytes += chunk.size;
    }
    return outcome === 'copied' || keepGoing;
  }

  /** One that the collector took meanwhile is not missed. */
  async #note(chunk: Chunk, problem: Exclude<BlobOutcome, 'copied'>): Promise<void> {
    const { reader } = this.#options.source.sql;
    if ((await reader.all(presentIn('chunks'), { ids: [chunk.id] })).length === 0) {
      this.gone += 1;
      return;
    }
    const files = await reader.all(selectFiles, { chunkId: chunk.id, limit: namesShown });
    this.findings.set(chunk.id, { problem, blob: chunk.id, files: files.map((file) => file.name) });
  }
}

function chunkOf(row: Row): Chunk {
  return { id: String(row['id']), size: Number(row['size']), sha256: String(row['sha256']) };
}

export async function contentsTotals(reader: SqlReader): Promise<{ count: number; bytes: number }> {
  const totals = await reader.get(selectTotals, {});
  return { count: Number(totals?.count ?? 0), bytes: Number(totals?.bytes ?? 0) };
}

/** Counts what lies on the target and belongs there; what does not (cut-off copies of what is gone by now) is removed. */
export function settleContents(
  target: Pick<MovedStores, 'sql' | 'blobs'>,
  signal: AbortSignal,
): Promise<{ count: number; bytes: number }> {
  return lookThrough(target, signal, (strange) => target.blobs.delete(strange));
}

/** Counts what the target's rows know of, and hands over the keys of everything else that lies there. */
export async function lookThrough(
  target: Pick<MovedStores, 'sql' | 'blobs'>,
  signal: AbortSignal,
  onStrange: (keys: readonly string[]) => Promise<void>,
): Promise<{ count: number; bytes: number }> {
  let [count, bytes] = [0, 0];
  let page = new Map<string, number>();
  const look = async (): Promise<void> => {
    if (page.size === 0) return;
    signal.throwIfAborted();
    const ids = [...page.keys()];
    const known = new Set((await target.sql.reader.all(presentIn('chunks'), { ids })).map((row) => row.id));
    for (const [id, size] of page) {
      if (!known.has(id)) continue;
      count += 1;
      bytes += size;
    }
    await onStrange(ids.filter((id) => !known.has(id)));
    page = new Map();
  };
  for await (const { key, size } of target.blobs.list()) {
    page.set(key, size);
    if (page.size >= listedAtOnce) await look();
  }
  await look();
  return { count, bytes };
}
