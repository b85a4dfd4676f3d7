import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Upload, UploadTarget } from './api.ts';
import type { UploadRow } from './queries.ts';

interface NewUpload {
  readonly kind: UploadRow['kind'];
  readonly target: UploadTarget | null;
  readonly length: number | null;
  readonly received: number;
  readonly metadata: string;
  readonly concat: string | null;
}

export function newRow(context: Context, input: NewUpload, now: number, lifeMs: number): UploadRow {
  const { userId } = context.principal;
  if (userId === null) throw new AppError('forbidden', 'uploads belong to users');
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
    expires_at: now + lifeMs,
    node_id: null,
  };
}

export function toUpload(row: UploadRow): Upload {
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

export function parseTarget(row: UploadRow): UploadTarget | null {
  return row.target === null ? null : (JSON.parse(row.target) as UploadTarget); // the edge: written by `newRow` alone
}
