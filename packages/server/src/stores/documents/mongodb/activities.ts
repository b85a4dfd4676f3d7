import type { Json } from '../../config/contract.ts';
import type { ActivityDocument, ActivityDocuments } from '../contract.ts';
import { insertNew, removeAll } from './batches.ts';
import { bounded, type Guard } from './guard.ts';
import type { ActivityRow, Collections } from './layout.ts';
import { boundedLimit, placeOf, placesBetween, readCursor, writeCursor } from './place.ts';

/** What happened, in journal order, found by each feed in which it shows. */
export function activitiesIn(
  { activities }: Pick<Collections, 'activities'>,
  guard: Guard,
): ActivityDocuments {
  return {
    append: (documents) => insertNew(guard, activities, documents.map(rowOf)),
    async query({ feedId, actorId }, limit, cursor) {
      const count = boundedLimit(limit);
      const place = placesBetween(undefined, undefined, readCursor(cursor).place);
      const conditions = {
        ...(place === undefined ? {} : { place }),
        ...(feedId === undefined ? {} : { feedIds: feedId }),
        ...(actorId === undefined ? {} : { actorId }),
      };
      const rows = await guard.call(() =>
        activities
          .find(conditions, bounded)
          .sort({ place: -1 })
          .limit(count + 1)
          .toArray(),
      );
      const page = rows.slice(0, count);
      const last = rows.length > count ? page.at(-1) : undefined;
      return { items: page.map(toDocument), next: last === undefined ? null : writeCursor(0, last.place) };
    },
    purge: (before) => removeAll(guard, activities, { at: { $lt: before } }, { at: 1 }),
    async clear() {
      await removeAll(guard, activities, {});
    },
  };
}

function rowOf({ id, seq, at, kind, actorId, nodeId, feedIds, data }: ActivityDocument): ActivityRow {
  const place = placeOf(seq, id);
  return { _id: id, place, seq, at, kind, actorId, nodeId, feedIds, data: JSON.stringify(data) };
}

function toDocument(row: ActivityRow): ActivityDocument {
  return {
    id: row._id,
    seq: row.seq,
    at: row.at,
    kind: row.kind,
    actorId: row.actorId,
    nodeId: row.nodeId,
    feedIds: row.feedIds,
    data: JSON.parse(row.data) as { readonly [key: string]: Json },
  };
}
