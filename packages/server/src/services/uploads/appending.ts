import { definePoint, reach } from '../../kernel/fault-points.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { StoredContent } from '../contents/api.ts';
import type { TreeNode } from '../tree/api.ts';
import type { UploadTarget } from './api.ts';
import type { UploadsDeps } from './deps.ts';
import { chunksOf, joined, makeFile, releaseParts } from './files.ts';
import * as queries from './queries.ts';
import type { UploadRow } from './queries.ts';
import { parseTarget } from './rows.ts';
import type { SourceReader } from './source-reader.ts';
import { roomFor } from './target.ts';

/** How far an upload is, and the file if it has become one. */
export interface Progress {
  readonly row: UploadRow;
  readonly node: TreeNode | null;
}

export interface Checksum {
  readonly algorithm: 'sha256' | 'sha1' | 'md5';
  /** hex */
  readonly digest: string;
}

const afterBlob = definePoint('uploads.after-blob');
const afterCommit = definePoint('uploads.after-commit');
const never = new AbortController().signal;

/** A process that dies loses at most this much of a long request. */
const segmentBytes = 64 * 2 ** 20;

/** Segment after segment: store, then commit. With a checksum all is one segment, since a mismatch must keep nothing. */
export async function appendAll(
  deps: UploadsDeps,
  context: Context,
  first: UploadRow,
  reader: SourceReader,
  checksum: Checksum | undefined,
  lifeMs: number,
): Promise<Progress> {
  const lasting = { ...context, signal: never }; // what came before a cut is kept, though the client has gone
  const room = first.total === null ? await roomFor(deps.tree, context, parseTarget(first)) : undefined;
  let progress: Progress = { row: first, node: null };
  try {
    for (;;) {
      const content = await storeSegment(
        deps,
        lasting,
        reader,
        checksum,
        room === undefined ? undefined : room - progress.row.received,
      );
      await reach(afterBlob);
      progress = await commit(deps, lasting, progress.row, content, lifeMs);
      if (reader.ended || progress.node !== null) break;
    }
  } finally {
    await reader.close();
  }
  if (reader.failure === null || progress.node !== null) return progress;
  throw new AppError('incomplete_body', 'the body ended before its end; what came is kept', {
    details: { offset: progress.row.received },
    cause: reader.failure,
  });
}

async function storeSegment(
  { contents }: UploadsDeps,
  context: Context,
  reader: SourceReader,
  checksum: Checksum | undefined,
  room: number | undefined,
): Promise<StoredContent> {
  const content = await contents.write(
    context,
    reader.segment(checksum === undefined ? segmentBytes : Number.MAX_SAFE_INTEGER),
    {
      ...(checksum === undefined ? { keepPartial: true } : { expect: checksum }),
      ...(room === undefined ? {} : { room: Math.max(0, room) }),
    },
  );
  if (!reader.exceeded) return content;
  await contents.discard(content);
  throw new AppError('too_large', 'more bytes came than the upload has left');
}

async function commit(
  deps: UploadsDeps,
  context: Context,
  row: UploadRow,
  content: StoredContent,
  lifeMs: number,
): Promise<Progress> {
  const to = row.received + content.size;
  const target = parseTarget(row);
  if (row.total === to && target !== null) return finish(deps, context, row, target, content);
  if (content.size === 0) return { row, node: null };
  const partId = newId();
  const expiresAt = deps.clock.now() + lifeMs;
  try {
    await deps.sql.transaction(async (tx) => {
      await deps.access.current(tx, context);
      if ((await tx.run(queries.advance, { id: row.id, from: row.received, to, expiresAt })) === 0)
        throw overtaken();
      await deps.contents.attach(tx, partId, content);
      await tx.run(queries.insertPart, { upload_id: row.id, position: row.received, part_id: partId });
    });
  } catch (error) {
    await deps.contents.discard(content);
    throw error;
  }
  await reach(afterCommit);
  return { row: { ...row, received: to, expires_at: expiresAt }, node: null };
}

/** File and upload change in one transaction. */
export async function finish(
  deps: UploadsDeps,
  context: Context,
  row: UploadRow,
  target: UploadTarget,
  last: StoredContent,
): Promise<Progress> {
  const content = joined([...(await chunksOf(deps, row.id)), ...last.chunks]);
  const to = row.received + last.size;
  const node = await makeFile(deps, context, target, content, async (tx, made) => {
    if ((await tx.run(queries.finish, { id: row.id, from: row.received, to, nodeId: made.id })) === 0)
      throw overtaken();
    await releaseParts(deps, tx, row.id);
  });
  await reach(afterCommit);
  return { row: { ...row, received: to, total: to, node_id: node.id }, node };
}

function overtaken(): AppError {
  return new AppError('conflict', 'another request has moved this upload on');
}
