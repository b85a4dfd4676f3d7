import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { ContentsTables } from './tables.ts';

const define = queriesOf<ContentsTables>();
type Ids = { readonly ids: readonly string[] };

export const scrubState = define<Record<string, never>, ContentsTables['contents_scrub']>((db) =>
  db.selectFrom('contents_scrub').selectAll(),
);

export const beginScrub = define<{ chunks: number; now: number }>((db, p) =>
  db.updateTable('contents_scrub').set({ chunks: p.chunks, began_at: p.now }).where('position', '=', ''),
);

export const moveScrub = define<{ from: string; to: string }>((db, p) =>
  db.updateTable('contents_scrub').set({ position: p.to }).where('position', '=', p.from),
);

export const endScrub = define<{ from: string; now: number }>((db, p) =>
  db.updateTable('contents_scrub').set({ position: '', ended_at: p.now }).where('position', '=', p.from),
);

/** What was found first stays. */
export const insertDamage = define<{ id: string; kind: string; detail: string; now: number }>(
  (db, p, dialect) => {
    const insert = db
      .insertInto('damaged_chunks')
      .values({ chunk_id: p.id, kind: p.kind, detail: p.detail, found_at: p.now });
    return dialect === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing());
  },
);

export const deleteDamage = define<Ids>((db, p, dialect) =>
  db.deleteFrom('damaged_chunks').where(inList('chunk_id', p.ids, dialect)),
);

/** `size` and `sha256` are null where the chunk is gone. */
export const damage = define<{ limit: number }, { id: string; size: number | null; sha256: string | null }>(
  (db, p) =>
    db
      .selectFrom('damaged_chunks')
      .leftJoin('chunks', 'chunks.id', 'damaged_chunks.chunk_id')
      .select(['damaged_chunks.chunk_id as id', 'chunks.size', 'chunks.sha256'])
      .orderBy('damaged_chunks.chunk_id')
      .limit(p.limit),
);
