import { definePoint, reach } from '../../kernel/fault-points.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { BlobSource } from '../../stores/blobs/contract.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { Chunk, ContentsService, StoredContent } from '../contents/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeNode, TreeService } from '../tree/api.ts';
import type { Upload, UploadsService, UploadTarget } from './api.ts';
import * as queries from './queries.ts';
import type { UploadRow } from './queries.ts';
import { SourceReader } from './source-reader.ts';
import { checkTarget, parseTarget, roomFor } from './target.ts';

export interface UploadsDeps {
  readonly sql: SqlStore;
  readonly tree: Pick<TreeService, 'locate' | 'resolve' | 'usage' | 'ensureFolders' | 'putFile'>;
  readonly contents: Pick<ContentsService, 'write' | 'discard' | 'attach' | 'release' | 'chunksOf'>;
  readonly access: Pick<AccessService, 'current'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
}

type AppendOptions = Parameters<UploadsService['append']>[4];

const afterBlob = definePoint('uploads.after-blob');
const afterCommit = definePoint('uploads.after-commit');
const never = new AbortController().signal;

/** A process that dies loses at most this much of a long request. */
const segmentBytes = 64 * 2 ** 20;
const expireBatch = 200;

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

  async create(context: Context, input: Parameters<UploadsService['create']>[1]): Promise<Upload> {
    const { target, length } = input;
    if (target === null && input.kind !== 'partial')
      throw new AppError('invalid_input', 'an upload needs a target');
    if (target !== null) await checkTarget(this.#deps.tree, context, target, length);
    const row = this.#newRow(context, { ...input, received: 0, nodeId: null });
    await this.#deps.sql.transaction(async (tx) => {
      await this.#deps.access.current(tx, context);
      await tx.run(queries.insertUpload, row);
    });
    return toUpload(
      length === 0 && target !== null ? (await this.#finish(context, row, target, empty)).row : row,
    );
  }

  async concatenate(context: Context, input: Parameters<UploadsService['concatenate']>[1]): Promise<Upload> {
    const chunks: Chunk[] = [];
    for (const id of input.parts) {
      const part = await this.#own(context, id);
      if (part.kind !== 'partial' || part.total !== part.received) {
        throw new AppError('invalid_input', 'only complete partial uploads can be joined', {
          details: { upload: id },
        });
      }
      chunks.push(...(await this.#chunksOf(id)));
    }
    const content = joined(chunks);
    await checkTarget(this.#deps.tree, context, input.target, content.size);
    const row = this.#newRow(context, {
      ...input,
      kind: 'final',
      length: content.size,
      received: content.size,
      nodeId: null,
    });
    const node = await this.#putFile(context, input.target, content, async (tx, made) => {
      await tx.run(queries.insertUpload, { ...row, node_id: made.id });
    });
    return toUpload({ ...row, node_id: node.id });
  }

  async get(context: Context, id: string): Promise<Upload> {
    return toUpload(await this.#own(context, id));
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
    const work = this.#take(context, row, new SourceReader(source, left), options.checksum);
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
      if ((await tx.run(queries.deleteUpload, { id })) > 0) await this.#releaseParts(tx, id);
    });
  }

  async expire(): Promise<number> {
    const { sql, clock } = this.#deps;
    const now = clock.now();
    let count = 0;
    for (;;) {
      const expired = await sql.reader.all(queries.selectExpired, { now, limit: expireBatch });
      for (const { id } of expired) {
        await sql.transaction(async (tx) => {
          if ((await tx.run(queries.deleteExpired, { id, now })) > 0) await this.#releaseParts(tx, id);
        });
      }
      count += expired.length;
      if (expired.length < expireBatch) return count;
    }
  }

  /** Segment after segment: store, then commit. */
  async #take(
    context: Context,
    first: UploadRow,
    reader: SourceReader,
    checksum: NonNullable<AppendOptions>['checksum'],
  ): Promise<{ row: UploadRow; node: TreeNode | null }> {
    const lasting = { ...context, signal: never }; // what came before a cut is kept, though the client has gone
    const room =
      first.total === null ? await roomFor(this.#deps.tree, context, parseTarget(first)) : undefined;
    let row = first;
    let node: TreeNode | null = null;
    try {
      for (;;) {
        const expect = checksum === undefined ? { keepPartial: true } : { expect: checksum };
        const bound = room === undefined ? {} : { room: Math.max(0, room - row.received) };
        const segment = reader.segment(checksum === undefined ? segmentBytes : Number.MAX_SAFE_INTEGER);
        const content = await this.#deps.contents.write(lasting, segment, { ...expect, ...bound });
        if (reader.exceeded) {
          await this.#deps.contents.discard(content);
          throw new AppError('too_large', 'more bytes came than the upload has left');
        }
        await reach(afterBlob);
        ({ row, node } = await this.#commit(lasting, row, content));
        if (reader.ended || node !== null) break;
      }
    } finally {
      await reader.close();
    }
    if (reader.failure !== null && node === null) {
      throw new AppError('incomplete_body', 'the body ended before its end; what came is kept', {
        details: { offset: row.received },
        cause: reader.failure,
      });
    }
    return { row, node };
  }

  async #commit(
    context: Context,
    row: UploadRow,
    content: StoredContent,
  ): Promise<{ row: UploadRow; node: TreeNode | null }> {
    const to = row.received + content.size;
    const target = parseTarget(row);
    if (row.total === to && target !== null) return this.#finish(context, row, target, content);
    if (content.size === 0) return { row, node: null };
    const { sql, access, contents, clock } = this.#deps;
    const partId = newId();
    const expiresAt = clock.now() + this.#lifeMs();
    try {
      await sql.transaction(async (tx) => {
        await access.current(tx, context);
        if ((await tx.run(queries.advance, { id: row.id, from: row.received, to, expiresAt })) === 0)
          throw overtaken();
        await contents.attach(tx, partId, content);
        await tx.run(queries.insertPart, { upload_id: row.id, position: row.received, part_id: partId });
      });
    } catch (error) {
      await contents.discard(content);
      throw error;
    }
    await reach(afterCommit);
    return { row: { ...row, received: to, expires_at: expiresAt }, node: null };
  }

  /** File and upload change in one transaction; the parts' chunks become the file's, no byte is copied. */
  async #finish(
    context: Context,
    row: UploadRow,
    target: UploadTarget,
    last: StoredContent,
  ): Promise<{ row: UploadRow; node: TreeNode }> {
    const content = joined([...(await this.#chunksOf(row.id)), ...last.chunks]);
    const node = await this.#putFile(context, target, content, async (tx, made) => {
      const to = row.received + last.size;
      if ((await tx.run(queries.finish, { id: row.id, from: row.received, to, nodeId: made.id })) === 0)
        throw overtaken();
      await this.#releaseParts(tx, row.id);
    });
    await reach(afterCommit);
    return { row: { ...row, received: content.size, total: content.size, node_id: node.id }, node };
  }

  async #putFile(
    context: Context,
    target: UploadTarget,
    content: StoredContent,
    extra: (tx: SqlTransaction, node: TreeNode) => Promise<void>,
  ): Promise<TreeNode> {
    const { tree } = this.#deps;
    const folder =
      target.folders.length === 0 ? null : await tree.ensureFolders(context, target.parentId, target.folders);
    const changed = await tree.putFile(
      context,
      { parentId: folder?.id ?? target.parentId, name: target.name },
      content,
      {
        onConflict: target.onConflict,
        ...(target.modifiedAt === undefined ? {} : { modifiedAt: target.modifiedAt }),
        extra,
      },
    );
    return changed.node;
  }

  async #releaseParts(tx: SqlTransaction, uploadId: string): Promise<void> {
    const parts = await tx.all(queries.selectParts, { uploadId });
    if (parts.length === 0) return;
    await this.#deps.contents.release(
      tx,
      parts.map((part) => part.part_id),
    );
    await tx.run(queries.deleteParts, { uploadId });
  }

  async #chunksOf(uploadId: string): Promise<Chunk[]> {
    const chunks: Chunk[] = [];
    for (const part of await this.#deps.sql.reader.all(queries.selectParts, { uploadId })) {
      chunks.push(...(await this.#deps.contents.chunksOf(part.part_id)));
    }
    return chunks;
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

  #newRow(
    context: Context,
    input: {
      kind: UploadRow['kind'];
      target: UploadTarget | null;
      length: number | null;
      received: number;
      metadata: string;
      concat: string | null;
      nodeId: string | null;
    },
  ): UploadRow {
    const { userId } = context.principal;
    if (userId === null) throw new AppError('forbidden', 'uploads belong to users');
    const now = this.#deps.clock.now();
    return {
      id: newId(),
      user_id: userId,
      kind: input.kind,
      total: input.length,
      received: input.received,
      metadata: input.metadata,
      concat: input.concat,
      target: input.target === null ? null : JSON.stringify(input.target),
      created_at: now,
      expires_at: now + this.#lifeMs(),
      node_id: input.nodeId,
    };
  }

  #lifeMs(): number {
    return this.#deps.settings.get('uploads.expireHours') * 3_600_000;
  }
}

const empty: StoredContent = { chunks: [], size: 0, sha256: null };

function joined(chunks: readonly Chunk[]): StoredContent {
  const only = chunks.length === 1 ? chunks[0] : undefined;
  return { chunks, size: chunks.reduce((sum, chunk) => sum + chunk.size, 0), sha256: only?.sha256 ?? null };
}

function requireOffset(row: UploadRow, offset: number): void {
  if (row.node_id !== null)
    throw new AppError('conflict', 'the upload is complete', { details: { offset: row.received } });
  if (row.received !== offset)
    throw new AppError('conflict', 'the upload stands at another offset', {
      details: { offset: row.received },
    });
}

function overtaken(): AppError {
  return new AppError('conflict', 'another request has moved this upload on');
}

function toUpload(row: UploadRow): Upload {
  return {
    id: row.id,
    kind: row.kind,
    length: row.total,
    offset: row.received,
    metadata: row.metadata,
    expiresAt: row.expires_at,
    nodeId: row.node_id,
    concat: row.concat,
  };
}
