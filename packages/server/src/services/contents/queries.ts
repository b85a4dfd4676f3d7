import { sql, type ExpressionBuilder } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { Chunk } from './api.ts';
import type { ContentsTables } from './tables.ts';

const define = queriesOf<ContentsTables>();
type Ids = { readonly ids: readonly string[] };
type Id = { readonly id: string };

/**
 * Rows that exist are left as they are: a transaction that is rerun, or attaches one content twice, inserts once. None where contents were
 * moved from `place`: a node that slept through the move has written to the old store.
 */
export const insertChunk = define<{ id: string; size: number; sha256: string; now: number; place: string }>(
  (db, p, dialect) => {
    const number = (value: number) =>
      dialect === 'postgres' ? sql<number>`cast(${value} as bigint)` : sql<number>`${value}`;
    const insert = db
      .insertInto('chunks')
      .columns(['id', 'size', 'sha256', 'created_at'])
      .expression((inner) =>
        inner
          .selectFrom('contents_place')
          .select([
            sql<string>`${p.id}`.as('id'),
            number(p.size).as('size'),
            sql<string>`${p.sha256}`.as('sha256'),
            number(p.now).as('created_at'),
          ])
          .where((on) => on.or([on('place', '=', ''), on('place', '=', p.place)])),
      );
    return dialect === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing());
  },
);

export const contentsPlace = define<Record<string, never>, { place: string }>((db) =>
  db.selectFrom('contents_place').select('place'),
);

export const link = define<{ versionId: string; position: number; chunkId: string }>((db, p) =>
  db
    .insertInto('version_chunks')
    .values({ version_id: p.versionId, position: p.position, chunk_id: p.chunkId }),
);

/** Takes chunks back from the collector. @returns how many there are */
export const keep = define<Ids>((db, p, dialect) =>
  db
    .updateTable('chunks')
    .set({ released_at: null, condemned_at: null })
    .where(inList('id', p.ids, dialect)),
);

/** For another grace, though nothing refers to them yet. @returns how many there are */
export const hold = define<{ ids: readonly string[]; now: number }>((db, p, dialect) =>
  db
    .updateTable('chunks')
    .set({ released_at: p.now, condemned_at: null })
    .where(inList('id', p.ids, dialect)),
);

export const chunksOfVersion = define<{ versionId: string }, Chunk>((db, p) =>
  db
    .selectFrom('version_chunks')
    .innerJoin('chunks', 'chunks.id', 'version_chunks.chunk_id')
    .select(['chunks.id', 'chunks.size', 'chunks.sha256'])
    .where('version_chunks.version_id', '=', p.versionId)
    .orderBy('version_chunks.position'),
);

/** First of the two statements of a release: it locks the chunks' rows, so that the collector waits or comes before. */
export const releaseChunks = define<{ versionIds: readonly string[]; now: number }>((db, p, dialect) => {
  if (dialect === 'mysql') {
    // With the subquery MariaDB would read, and lock, every chunk there is.
    const statement = sql`update chunks inner join version_chunks on version_chunks.chunk_id = chunks.id
      set chunks.released_at = ${p.now} where ${inList('version_chunks.version_id', p.versionIds, dialect)}`;
    return { compile: () => statement.compile(db) };
  }
  return db
    .updateTable('chunks')
    .set({ released_at: p.now })
    .where('id', 'in', (inner) =>
      inner
        .selectFrom('version_chunks')
        .select('chunk_id')
        .where(inList('version_id', p.versionIds, dialect)),
    );
});

export const unlink = define<{ versionIds: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('version_chunks').where(inList('version_id', p.versionIds, dialect)),
);

/** `pairs`: JSON list of `{ from, to }`; one statement, however many. */
export const copyLinks = define<{ pairs: string }>((db, p, dialect) => {
  const pairs = {
    sqlite: sql`(select value ->> 'from' as source, value ->> 'to' as target from json_each(${p.pairs})) as pairs cross join version_chunks`,
    // `offset 0`: by index, however few the rows; PostgreSQL takes any such list for a hundred.
    postgres: sql`(select "from" as source, "to" as target from jsonb_to_recordset(${p.pairs}::jsonb) as list("from" text, "to" text)) as pairs
      inner join lateral (select * from version_chunks as one where one.version_id = pairs.source offset 0) as version_chunks`,
    mysql: sql`json_table(${p.pairs}, '$[*]' columns (source char(36) character set ascii collate ascii_bin path '$.from', target char(36) character set ascii collate ascii_bin path '$.to')) as pairs inner join version_chunks`,
  }[dialect];
  const statement = sql`insert into version_chunks (version_id, position, chunk_id)
    select pairs.target, version_chunks.position, version_chunks.chunk_id
    from ${pairs} on version_chunks.version_id = pairs.source`;
  return { compile: () => statement.compile(db) };
});

function referenced(eb: ExpressionBuilder<ContentsTables, 'chunks'>) {
  return eb.exists(
    eb.selectFrom('version_chunks').select('position').whereRef('version_chunks.chunk_id', '=', 'chunks.id'),
  );
}

export const releasedChunks = define<{ limit: number }, Id>((db, p) =>
  db
    .selectFrom('chunks')
    .select('id')
    .where('released_at', 'is not', null)
    .where('condemned_at', 'is', null)
    .orderBy('released_at')
    .limit(p.limit),
);

export const condemnedChunks = define<{ before: number; limit: number }, Id>((db, p) =>
  db
    .selectFrom('chunks')
    .select('id')
    .where('condemned_at', '<=', p.before)
    .orderBy('condemned_at')
    .limit(p.limit),
);

/** Before looking at references: whoever releases or links one of these chunks has committed by then, or waits. */
export const lockChunks = define<Ids, Id>((db, p, dialect) => {
  const query = db
    .selectFrom('chunks')
    .select('id')
    .where(inList('id', p.ids, dialect))
    .orderBy('id');
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export const keepReferenced = define<Ids>((db, p, dialect) =>
  db
    .updateTable('chunks')
    .set({ released_at: null, condemned_at: null })
    .where(inList('id', p.ids, dialect))
    .where(referenced),
);

export const condemn = define<{ ids: readonly string[]; now: number }>((db, p, dialect) =>
  db
    .updateTable('chunks')
    .set({ condemned_at: p.now })
    .where(inList('id', p.ids, dialect))
    .where('released_at', 'is not', null)
    .where('condemned_at', 'is', null),
);

export const stillCondemned = define<{ ids: readonly string[]; before: number }, Id>((db, p, dialect) =>
  db
    .selectFrom('chunks')
    .select('id')
    .where(inList('id', p.ids, dialect))
    .where('condemned_at', '<=', p.before),
);

export const deleteChunks = define<Ids>((db, p, dialect) =>
  db.deleteFrom('chunks').where(inList('id', p.ids, dialect)),
);

export const existing = define<Ids, Id>((db, p, dialect) =>
  db
    .selectFrom('chunks')
    .select('id')
    .where(inList('id', p.ids, dialect)),
);

export const pageOfChunks = define<{ after: string; limit: number }, Chunk & { readonly lost: number }>(
  (db, p) =>
    db
      .selectFrom('chunks')
      .select(['id', 'size', 'sha256'])
      .select((eb) =>
        eb
          .case()
          .when(eb.and([eb('released_at', 'is', null), eb.not(referenced(eb))]))
          .then(sql<number>`1`)
          .else(sql<number>`0`)
          .end()
          .as('lost'),
      )
      .where('id', '>', p.after)
      .orderBy('id')
      .limit(p.limit),
);

export const releaseOne = define<{ id: string; now: number }>((db, p) =>
  db
    .updateTable('chunks')
    .set({ released_at: p.now })
    .where('id', '=', p.id)
    .where('released_at', 'is', null),
);

export const countChunks = define<Record<string, never>, { count: number }>((db) =>
  db.selectFrom('chunks').select((eb) => eb.fn.countAll<number>().as('count')),
);
