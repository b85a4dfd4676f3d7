/** Statements on what visitors do: counted downloads, visits, receipts. */
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { LinkDayRow, LinkEventRow, LinkReceiptRow, SharingTables } from './tables.ts';

const define = queriesOf<SharingTables>();

type Row<T> = { [K in keyof T]: T[K] };

/** Says in its condition what must hold: of any number at once, over any number of nodes, no more than the rest succeed. */
export const takeDownload = define<{ id: string }>((db, p) =>
  db
    .updateTable('links')
    .set({ downloads: sql`downloads + 1` })
    .where('id', '=', p.id)
    .where(sql<boolean>`(max_downloads is null or downloads < max_downloads)`),
);

export const countVisit = define<{ id: string }>((db, p) =>
  db
    .updateTable('links')
    .set({ visits: sql`visits + 1` })
    .where('id', '=', p.id),
);

export const selectDownloads = define<{ id: string }, { downloads: number }>((db, p) =>
  db.selectFrom('links').select('downloads').where('id', '=', p.id),
);

export const insertEvent = define<Row<LinkEventRow>>((db, p) =>
  db.insertInto('link_events').values({
    id: p.id,
    link_id: p.link_id,
    visitor: p.visitor,
    kind: p.kind,
    node_id: p.node_id,
    version_id: p.version_id,
    at: p.at,
  }),
);

export const recentEvent = define<
  Pick<LinkEventRow, 'link_id' | 'visitor' | 'kind' | 'node_id' | 'version_id'> & { since: number },
  { at: number }
>((db, p) =>
  db
    .selectFrom('link_events')
    .select('at')
    .where('link_id', '=', p.link_id)
    .where('visitor', '=', p.visitor)
    .where('kind', '=', p.kind)
    .where('node_id', '=', p.node_id)
    .where('version_id', '=', p.version_id)
    .where('at', '>', p.since)
    .limit(1),
);

export const addToDay = define<Row<LinkDayRow>>((db, p, dialect) => {
  const insert = db.insertInto('link_days').values({
    link_id: p.link_id,
    slot: p.slot,
    day: p.day,
    node_id: p.node_id,
    visits: p.visits,
    downloads: p.downloads,
    uploads: p.uploads,
  });
  if (dialect === 'mysql')
    return insert.onDuplicateKeyUpdate({
      visits: sql`visits + values(visits)`,
      downloads: sql`downloads + values(downloads)`,
      uploads: sql`uploads + values(uploads)`,
    });
  return insert.onConflict((clash) =>
    clash.columns(['link_id', 'slot']).doUpdateSet({
      visits: sql`link_days.visits + excluded.visits`,
      downloads: sql`link_days.downloads + excluded.downloads`,
      uploads: sql`link_days.uploads + excluded.uploads`,
    }),
  );
});

export const daysOf = define<
  { id: string; since: number },
  { day: number; visits: number; downloads: number; uploads: number }
>((db, p) =>
  db
    .selectFrom('link_days')
    .select(['day', 'visits', 'downloads', 'uploads'])
    .where('link_id', '=', p.id)
    .where('node_id', '=', '')
    .where('day', '>=', p.since)
    .orderBy('day'),
);

export const itemsOf = define<{ id: string }, { node_id: string; downloads: number; uploads: number }>(
  (db, p) =>
    db
      .selectFrom('link_days')
      .select(['node_id'])
      .select([sql<number>`sum(downloads)`.as('downloads'), sql<number>`sum(uploads)`.as('uploads')])
      .where('link_id', '=', p.id)
      .where('node_id', '<>', '')
      .groupBy('node_id')
      .orderBy(sql`sum(downloads) + sum(uploads)`, 'desc')
      .orderBy('node_id')
      .limit(100),
);

/** Links with uploads that their owner was not told of, of the last day. */
export const uploadsToTell = define<{ since: number }, { link_id: string; files: number; last: number }>(
  (db, p) =>
    db
      .selectFrom('link_events as e')
      .select('e.link_id')
      .select([sql<number>`count(*)`.as('files'), sql<number>`max(e.at)`.as('last')])
      .where('e.kind', '=', 'upload')
      .where('e.at', '>', p.since)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('link_events as n')
              .select('n.id')
              .whereRef('n.link_id', '=', 'e.link_id')
              .where('n.kind', '=', 'notice')
              .where('n.version_id', '=', 'owner')
              .whereRef('n.at', '>=', 'e.at'),
          ),
        ),
      )
      .groupBy('e.link_id')
      .limit(500),
);

export const deleteOldEvents = define<{ before: number }>((db, p) =>
  db.deleteFrom('link_events').where('at', '<', p.before),
);

export const insertReceipt = define<Row<LinkReceiptRow>>((db, p) =>
  db.insertInto('link_receipts').values({
    id: p.id,
    link_id: p.link_id,
    visitor: p.visitor,
    node_id: p.node_id,
    name: p.name,
    size: p.size,
    sha256: p.sha256,
    at: p.at,
    unhashed_version: p.unhashed_version,
  }),
);

/** Oldest versions first, after this one. */
export const unhashedReceipts = define<
  { after: string; limit: number },
  { id: string; size: number; version: string }
>((db, p) =>
  db
    .selectFrom('link_receipts')
    .select(['id', 'size'])
    .select(sql<string>`unhashed_version`.as('version'))
    .where('unhashed_version', '>', p.after)
    .orderBy('unhashed_version')
    .limit(p.limit),
);

/** A link that is gone has taken its receipts along. */
export const setReceiptHash = define<{ id: string; sha256: string | null }>((db, p) =>
  db.updateTable('link_receipts').set({ sha256: p.sha256, unhashed_version: null }).where('id', '=', p.id),
);

export const countReceiptMails = define<{ linkId: string; since: number }, { mails: number }>((db, p) =>
  db
    .selectFrom('link_events')
    .select(sql<number>`count(*)`.as('mails'))
    .where('link_id', '=', p.linkId)
    .where('kind', '=', 'notice')
    .where('version_id', '=', 'receipt')
    .where('at', '>', p.since),
);

export const receiptsOf = define<{ linkId: string; visitor: string }, LinkReceiptRow>((db, p) =>
  db
    .selectFrom('link_receipts')
    .selectAll()
    .where('link_id', '=', p.linkId)
    .where('visitor', '=', p.visitor)
    .orderBy('id')
    .limit(1000),
);
