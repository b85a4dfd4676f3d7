import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Started } from '../../kernel/service.ts';
import type { BlobSource } from '../../stores/blobs/contract.ts';
import type { Chunk, StoredContent } from '../contents/api.ts';
import type { TreeNode } from '../tree/api.ts';
import type { Upload, UploadsService } from './api.ts';
import { appendAll, finish } from './appending.ts';
import type { UploadsDeps } from './deps.ts';
import { chunksOf, joined, makeFile, releaseParts } from './files.ts';
import * as queries from './queries.ts';
import type { UploadRow } from './queries.ts';
import { newRow, parseTarget, toUpload } from './rows.ts';
import { SourceReader } from './source-reader.ts';
import { checkTarget } from './target.ts';

type CreateInput = Parameters<UploadsService['create']>[1];
type ConcatenateInput = Parameters<UploadsService['concatenate']>[1];
type AppendOptions = Parameters<UploadsService['append']>[4];

const empty: StoredContent = { chunks: [], size: 0, sha256: null };
const expireBatch = 200;

/** Resumable uploads, all of them in SQL: any node may serve any request of one. */
export function startUploads(deps: UploadsDeps): Started<UploadsService> {
  return { api: new Uploads(deps), stop: async () => {} };
}

class Uploads implements UploadsService {
  readonly #deps: UploadsDeps;
  /** Appends of this process: who asks after a cut line waits until what came is kept. */
  readonly #running = new Map<string, { readonly signal: AbortSignal; readonly settled: Promise<unknown> }>();

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
  }

  async create(context: Context, input: CreateInput): Promise<Upload> {
    const { target, length } = input;
    const { sql, access, tree, clock } = this.#deps;
    if (target === null && input.kind !== 'partial')
      throw new AppError('invalid_input', 'an upload needs a target');
    if (target !== null) await checkTarget(tree, context, target, length);
    const row = newRow(context, { ...input, received: 0 }, clock.now(), this.#lifeMs());
    await sql.transaction(async (tx) => {
      await access.current(tx, context);
      await tx.run(queries.insertUpload, row);
    });
    return toUpload(
      length === 0 && target !== null ? (await finish(this.#deps, context, row, target, empty)).row : row,
    );
  }

  async concatenate(context: Context, input: ConcatenateInput): Promise<Upload> {
    const chunks: Chunk[] = [];
    for (const id of input.parts) {
      const part = await this.#own(context, id);
      if (part.kind !== 'partial' || part.total !== part.received) {
        throw new AppError('invalid_input', 'only complete partial uploads can be joined', {
          details: { upload: id },
        });
      }
      chunks.push(...(await chunksOf(this.#deps, id)));
    }
    const content = joined(chunks);
    const { size } = content;
    await checkTarget(this.#deps.tree, context, input.target, size);
    const row = newRow(
      context,
      { ...input, kind: 'final', length: size, received: size },
      this.#deps.clock.now(),
      this.#lifeMs(),
    );
    const node = await makeFile(this.#deps, context, input.target, content, async (tx, made) => {
      await tx.run(queries.insertUpload, { ...row, node_id: made.id });
    });
    return toUpload({ ...row, node_id: node.id });
  }

  async get(context: Context, id: string): Promise<Upload> {
    return toUpload(await this.#own(context, id));
  }

  async unfinished({ principal }: Context): Promise<readonly (Upload & { readonly name: string | null })[]> {
    const rows = await this.#deps.sql.reader.all(queries.unfinishedOf, { userId: principal.userId ?? '' });
    return rows.map((row) => ({ ...toUpload(row), name: parseTarget(row)?.name ?? null }));
  }

  async setLength(context: Context, id: string, length: number): Promise<Upload> {
    const row = await this.#own(context, id);
    if (row.total !== null && row.total !== length)
      throw new AppError('conflict', 'the length has been told already');
    if (row.received > length) throw new AppError('invalid_input', 'more bytes have come than this length');
    const target = parseTarget(row);
    if (target !== null) await checkTarget(this.#deps.tree, context, target, length);
    await this.#deps.sql.transaction(async (tx) => {
      await this.#deps.access.current(tx, context);
      await tx.run(queries.setTotal, { id, total: length });
    });
    return this.get(context, id);
  }

  async append(
    context: Context,
    id: string,
    offset: number,
    source: BlobSource,
    options: AppendOptions = {},
  ): Promise<{ upload: Upload; node: TreeNode | null }> {
    const row = await this.#own(context, id);
    requireOffset(row, offset);
    const left = row.total === null ? Number.MAX_SAFE_INTEGER : row.total - offset;
    if ((options.size ?? 0) > left)
      throw new AppError('too_large', 'more bytes came than the upload has left');
    const work = appendAll(
      this.#deps,
      context,
      row,
      new SourceReader(source, left),
      options.checksum,
      this.#lifeMs(),
    );
    const entry = { signal: context.signal, settled: work.catch(() => undefined) };
    this.#running.set(id, entry);
    try {
      const { row: last, node } = await work;
      return { upload: toUpload(last), node };
    } finally {
      if (this.#running.get(id) === entry) this.#running.delete(id);
    }
  }

  async remove(context: Context, id: string): Promise<void> {
    await this.#own(context, id);
    await this.#deps.sql.transaction(async (tx) => {
      await this.#deps.access.current(tx, context);
      if ((await tx.run(queries.deleteUpload, { id })) > 0) await releaseParts(this.#deps, tx, id);
    });
  }

  async expire(signal?: AbortSignal): Promise<number> {
    const { sql, clock } = this.#deps;
    const now = clock.now();
    let count = 0;
    for (;;) {
      const expired = await sql.reader.all(queries.selectExpired, { now, limit: expireBatch });
      for (const { id } of expired) {
        await sql.transaction(async (tx) => {
          if ((await tx.run(queries.deleteExpired, { id, now })) > 0) await releaseParts(this.#deps, tx, id);
        });
      }
      count += expired.length;
      if (expired.length < expireBatch || signal?.aborted) return count;
    }
  }

  /** @throws not_found for another's or an unknown one, gone after its expiry */
  async #own(context: Context, id: string): Promise<UploadRow> {
    const running = this.#running.get(id);
    if (running?.signal.aborted === true) await running.settled;
    const row = await this.#deps.sql.reader.get(queries.selectUpload, { id });
    if (row === undefined || row.user_id !== context.principal.userId)
      throw new AppError('not_found', 'there is no such upload');
    if (row.expires_at < this.#deps.clock.now()) throw new AppError('gone', 'the upload has expired');
    return row;
  }

  #lifeMs(): number {
    return this.#deps.settings.get('uploads.expireHours') * 3_600_000;
  }
}

function requireOffset(row: UploadRow, offset: number): void {
  const details = { offset: row.received };
  if (row.node_id !== null) throw new AppError('conflict', 'the upload is complete', { details });
  if (row.received !== offset)
    throw new AppError('conflict', 'the upload stands at another offset', { details });
}
