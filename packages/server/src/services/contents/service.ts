import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { BlobSource, BlobStore, ByteRange } from '../../stores/blobs/contract.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import type {
  CheckFinding,
  Chunk,
  ContentsService,
  ScrubState,
  ScrubTurn,
  StoredContent,
  WriteOptions,
} from './api.ts';
import { check } from './check.ts';
import { collect, type CollectorDeps } from './collector.ts';
import { InFlight } from './in-flight.ts';
import * as queries from './queries.ts';
import { Reading } from './reading.ts';
import { scrub, scrubState, type ScrubDeps } from './scrub.ts';
import { writeContent, type WritingDeps } from './writing.ts';

const mebibyte = 2 ** 20;
const smallBytes = mebibyte;
/** Lists of chunks in memory, by their number; some 400 bytes each. Another one costs a look-up of microseconds. */
const cachedChunks = 10_000;

/** How long an address of the blob store itself holds. */
const directSeconds = 60;

export interface ContentsDeps {
  readonly sql: SqlStore;
  readonly blobs: BlobStore;
  /** What tells this blob store from others, at most 64 letters. */
  readonly place: string;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function startContents(deps: ContentsDeps): Started<ContentsService> {
  return { api: new Contents(deps), stop: () => Promise.resolve() };
}

class Contents implements ContentsService {
  readonly #deps: ContentsDeps;
  readonly #reading: Reading;
  readonly #writing: WritingDeps;
  readonly #collector: CollectorDeps;
  /** Reads nothing from memory. */
  readonly #proving: ScrubDeps;
  readonly #inFlight: InFlight;
  /** A version's list never changes; it only goes. */
  readonly #lists = new LRUCache<string, readonly Chunk[]>({
    maxSize: cachedChunks,
    sizeCalculation: (chunks) => chunks.length,
  });

  constructor(deps: ContentsDeps) {
    this.#deps = deps;
    this.#reading = new Reading(deps.blobs, deps.log);
    const inFlight = (this.#inFlight = new InFlight({
      ...deps,
      graceMs: () => this.#graceMs(),
      insert: (tx, chunks, now) => this.#insert(tx, chunks, now),
    }));
    this.#writing = {
      blobs: deps.blobs,
      clock: deps.clock,
      onKey: (key) => inFlight.begin(key),
      hold: (chunks) => inFlight.hold(chunks),
      onFailed: (keys) => this.#remove(keys),
    };
    this.#collector = { ...deps, inFlight };
    const blobs = deps.blobs.beneath ?? deps.blobs;
    this.#proving = { ...this.#collector, blobs, reading: new Reading(blobs, deps.log), log: deps.log };
  }

  write(context: Context, source: BlobSource, options: WriteOptions = {}): Promise<StoredContent> {
    const chunkBytes = this.#deps.settings.get('contents.chunkMiB') * mebibyte;
    return writeContent(this.#writing, source, options, chunkBytes, context.signal);
  }

  async discard(content: StoredContent): Promise<void> {
    const { written, unsure } = this.#inFlight.sorted(content.chunks);
    if (unsure.length > 0) written.push(...(await this.#surelyUnknown(unsure)));
    this.#inFlight.end(unsure);
    await this.#remove(written);
  }

  async attach(tx: SqlTransaction, versionId: string, content: StoredContent): Promise<void> {
    const { chunks } = content;
    const now = this.#deps.clock.now();
    const [only] = chunks;
    if (only === undefined) return;
    if (chunks.length === 1 && this.#inFlight.isFresh(only, now)) {
      await this.#insert(tx, chunks, now);
      await tx.run(queries.link, { versionId, position: 0, chunkId: only.id });
    } else {
      await this.#attachMany(tx, versionId, chunks, now);
    }
    this.#inFlight.attached(chunks);
    tx.afterCommit(() => {
      this.#inFlight.end(chunks.map(({ id }) => id));
      this.#lists.set(versionId, chunks);
    });
  }

  async #attachMany(
    tx: SqlTransaction,
    versionId: string,
    chunks: readonly Chunk[],
    now: number,
  ): Promise<void> {
    const fresh = chunks.filter((chunk) => this.#inFlight.isFresh(chunk, now));
    const isFresh = new Set(fresh);
    const known = new Set(chunks.filter((chunk) => !isFresh.has(chunk)).map(({ id }) => id));
    if (fresh.length > 0) await this.#insert(tx, fresh, now);
    if (chunks.some(({ id }) => this.#inFlight.isHeld(id))) await this.#requirePlace(tx);
    if (known.size > 0 && (await tx.run(queries.keep, { ids: [...known] })) !== known.size) {
      throw new AppError('gone', 'a part of this content has been removed');
    }
    await tx.runMany(
      queries.link,
      chunks.map(({ id }, position) => ({ versionId, position, chunkId: id })),
    );
  }

  async #insert(tx: SqlTransaction, fresh: readonly Chunk[], now: number): Promise<void> {
    const { place } = this.#deps;
    const rows = fresh.map(({ id, size, sha256 }) => ({ id, size, sha256, now, place }));
    const [only] = rows;
    const added =
      rows.length === 1 && only !== undefined
        ? await tx.run(queries.insertChunk, only)
        : await tx.runMany(queries.insertChunk, rows);
    // Some were there, or the contents are elsewhere by now.
    if (added < rows.length) await this.#requirePlace(tx);
  }

  /** @throws unavailable where contents were moved to another store while this node slept, or while a long upload was under way */
  async #requirePlace(tx: SqlTransaction): Promise<void> {
    const { place } = this.#deps;
    const current = (await tx.get(queries.contentsPlace, {}))?.place ?? '';
    if (current !== '' && current !== place)
      throw new AppError('unavailable', 'the contents were moved to another store: this node has to end', {
        retryable: true,
        details: { reason: 'contents_moved' },
      });
  }

  async release(tx: SqlTransaction, versionIds: readonly string[]): Promise<void> {
    if (versionIds.length === 0) return;
    await tx.run(queries.releaseChunks, { versionIds, now: this.#deps.clock.now() });
    await tx.run(queries.unlink, { versionIds });
    tx.afterCommit(() => {
      for (const versionId of versionIds) this.#lists.delete(versionId);
    });
  }

  async share(
    tx: SqlTransaction,
    pairs: readonly { readonly from: string; readonly to: string }[],
  ): Promise<void> {
    if (pairs.length === 0) return;
    await tx.run(queries.copyLinks, { pairs: JSON.stringify(pairs.map(({ from, to }) => ({ from, to }))) });
  }

  async chunksOf(versionId: string): Promise<readonly Chunk[]> {
    const cached = this.#lists.get(versionId);
    if (cached !== undefined) return cached;
    const chunks = await this.#deps.sql.reader.all(queries.chunksOfVersion, { versionId });
    if (chunks.length > 0) this.#lists.set(versionId, chunks);
    return chunks;
  }

  async small(versionId: string, size: number): Promise<Uint8Array | null> {
    if (size > smallBytes) return null;
    if (size === 0) return new Uint8Array(0);
    const chunks = this.#lists.get(versionId) ?? (await this.chunksOf(versionId));
    const bytes = await this.#reading.whole(chunks);
    if (bytes.byteLength !== size) throw this.#wrongLength(versionId, size, bytes.byteLength);
    return bytes;
  }

  async directUrl(
    versionId: string,
    headers: { readonly contentType: string; readonly disposition: string },
  ): Promise<URL | null> {
    const { blobs, settings } = this.#deps;
    if (blobs.presign === undefined || !settings.get('contents.directDownload')) return null;
    const [only, ...more] = await this.chunksOf(versionId);
    if (only === undefined || more.length > 0) return null;
    return blobs.presign(only.id, { expiresSeconds: directSeconds, ...headers });
  }

  async *stream(versionId: string, range: ByteRange | null, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const chunks = await this.chunksOf(versionId);
    const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
    const start = range?.start ?? 0;
    const stop = Math.min((range?.end ?? size - 1) + 1, size);
    if (range !== null && (start < 0 || start >= stop)) {
      throw new AppError('range_not_satisfiable', 'the range lies outside the content', {
        details: { size },
      });
    }
    yield* this.#reading.between(chunks, start, stop, signal);
  }

  collect(
    graceMs: number,
    signal?: AbortSignal,
  ): Promise<{ readonly condemned: number; readonly removed: number; readonly orphans: number }> {
    return collect({ ...this.#collector, signal }, graceMs);
  }

  scrub(
    round: { readonly roundMs: number; readonly turns: number },
    signal?: AbortSignal,
  ): Promise<ScrubTurn> {
    return scrub({ ...this.#proving, signal }, round);
  }

  scrubState(): Promise<ScrubState> {
    return scrubState(this.#deps);
  }

  check(options: { readonly deep: boolean; readonly repair: boolean }): AsyncIterable<CheckFinding> {
    return check(this.#proving, { ...options, graceMs: this.#graceMs() });
  }

  #graceMs(): number {
    return this.#deps.settings.get('contents.graceHours') * 3_600_000;
  }

  /**
   * Of those that a transaction tried to attach, the ones that it surely did not. Where a commit's answer may be lost on the way, a
   * missing row proves nothing (the commit may still come): the blob stays, and the collector takes it after the grace.
   */
  async #surelyUnknown(ids: readonly string[]): Promise<readonly string[]> {
    const { sql, log } = this.#deps;
    if (sql.dialect !== 'sqlite') return [];
    try {
      const known = new Set((await sql.reader.all(queries.existing, { ids })).map((row) => row.id));
      return ids.filter((id) => !known.has(id));
    } catch (error) {
      log.warn({ err: error }, 'left discarded content to the collector');
      return [];
    }
  }

  /** Never throws: what stays behind is the collector's, and so is what has a row. */
  async #remove(keys: readonly string[]): Promise<void> {
    const rowless = keys.filter((key) => !this.#inFlight.isHeld(key));
    try {
      if (rowless.length > 0) await this.#deps.blobs.delete(rowless);
    } catch (error) {
      this.#deps.log.warn({ err: error, keys: keys.length }, 'left discarded content to the collector');
    }
    this.#inFlight.end(keys);
  }

  #wrongLength(versionId: string, expected: number, found: number): AppError {
    this.#deps.log.error({ version: versionId, expected, found }, 'a version has lost chunks');
    return new AppError('corrupt', 'stored content is incomplete', { details: { version: versionId } });
  }
}
