import { queriesOf } from '../../stores/sql/query.ts';
import type { UploadPartsTable, UploadsTable, UploadsTables } from './tables.ts';

const define = queriesOf<UploadsTables>();

export type UploadRow = UploadsTable;
type InsertedUpload = { readonly [K in keyof UploadsTable]: UploadsTable[K] };
type InsertedPart = { readonly [K in keyof UploadPartsTable]: UploadPartsTable[K] };

export const selectUpload = define<{ id: string }, UploadRow>((db, p) =>
  db.selectFrom('uploads').selectAll().where('id', '=', p.id),
);

/** Ids are in the order of time. */
export const unfinishedOf = define<{ userId: string }, UploadRow>((db, p) =>
  db
    .selectFrom('uploads')
    .selectAll()
    .where('user_id', '=', p.userId)
    .where('node_id', 'is', null)
    .orderBy('id', 'desc')
    .limit(10_000),
);

export const insertUpload = define<InsertedUpload>((db, p) =>
  db.insertInto('uploads').values({
    id: p.id,
    user_id: p.user_id,
    kind: p.kind,
    total: p.total,
    received: p.received,
    metadata: p.metadata,
    concat: p.concat,
    target: p.target,
    created_at: p.created_at,
    expires_at: p.expires_at,
    node_id: p.node_id,
  }),
);

/** The compare-and-set that lets one of two writers win; it also locks the row for the rest of the transaction. */
export const advance = define<{ id: string; from: number; to: number; expiresAt: number }>((db, p) =>
  db
    .updateTable('uploads')
    .set({ received: p.to, expires_at: p.expiresAt })
    .where('id', '=', p.id)
    .where('received', '=', p.from)
    .where('node_id', 'is', null),
);

export const finish = define<{ id: string; from: number; to: number; nodeId: string }>((db, p) =>
  db
    .updateTable('uploads')
    .set({ received: p.to, total: p.to, node_id: p.nodeId })
    .where('id', '=', p.id)
    .where('received', '=', p.from)
    .where('node_id', 'is', null),
);

export const setTotal = define<{ id: string; total: number }>((db, p) =>
  db
    .updateTable('uploads')
    .set({ total: p.total })
    .where('id', '=', p.id)
    .where('total', 'is', null)
    .where('received', '<=', p.total),
);

export const deleteUpload = define<{ id: string }>((db, p) =>
  db.deleteFrom('uploads').where('id', '=', p.id),
);

export const deleteExpired = define<{ id: string; now: number }>((db, p) =>
  db.deleteFrom('uploads').where('id', '=', p.id).where('expires_at', '<', p.now),
);

export const selectExpired = define<{ now: number; limit: number }, { id: string }>((db, p) =>
  db.selectFrom('uploads').select('id').where('expires_at', '<', p.now).orderBy('expires_at').limit(p.limit),
);

export const insertPart = define<InsertedPart>((db, p) =>
  db.insertInto('upload_parts').values({ upload_id: p.upload_id, position: p.position, part_id: p.part_id }),
);

export const selectParts = define<{ uploadId: string }, { part_id: string }>((db, p) =>
  db.selectFrom('upload_parts').select('part_id').where('upload_id', '=', p.uploadId).orderBy('position'),
);

export const deleteParts = define<{ uploadId: string }>((db, p) =>
  db.deleteFrom('upload_parts').where('upload_id', '=', p.uploadId),
);
