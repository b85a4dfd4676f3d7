/** Statements on versions, the trash and staged copies. */
import { sql } from 'kysely';
import { inList } from '../../stores/sql/query.ts';
import { define } from './queries.ts';
import type { TrashRow, VersionRow } from './rows.ts';

export const insertVersion = define<VersionRow>((db, p) =>
  db.insertInto('versions').values({
    id: p.id,
    node_id: p.node_id,
    size: p.size,
    sha256: p.sha256,
    created_at: p.created_at,
    created_by: p.created_by,
  }),
);

export const versionById = define<{ id: string }, VersionRow>((db, p) =>
  db.selectFrom('versions').selectAll().where('id', '=', p.id),
);

/** Versions that others are to share chunks with: whoever wants to remove them waits for the commit, or has done so by now. */
export const versionsHeld = define<{ ids: readonly string[] }, { id: string }>((db, p, dialect) => {
  const query = db
    .selectFrom('versions')
    .select('id')
    .where(inList('id', p.ids, dialect));
  if (dialect === 'sqlite') return query;
  return dialect === 'mysql' ? query.modifyEnd(sql`lock in share mode`) : query.forKeyShare();
});

export const versionsBefore = define<{ nodeId: string; before: string; limit: number }, VersionRow>((db, p) =>
  db
    .selectFrom('versions')
    .selectAll()
    .where('node_id', '=', p.nodeId)
    .where('id', '<', p.before)
    .orderBy('id', 'desc')
    .limit(p.limit),
);

export const versionIdsOfNodes = define<{ nodeIds: readonly string[] }, { id: string }>((db, p, dialect) =>
  db
    .selectFrom('versions')
    .select('id')
    .where(inList('node_id', p.nodeIds, dialect)),
);

export const deleteVersions = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('versions').where(inList('id', p.ids, dialect)),
);

/** All versions of a node but one go to another node. */
export const giveVersions = define<{ from: string; to: string; except: string }>((db, p) =>
  db.updateTable('versions').set({ node_id: p.to }).where('node_id', '=', p.from).where('id', '<>', p.except),
);

/** Versions older than an id, neither current nor among the newest `keep` of their node. */
export const thinnable = define<
  { after: string; before: string; keep: number; limit: number },
  { id: string }
>((db, p) =>
  db
    .selectFrom('versions as v')
    .innerJoin('nodes as n', 'n.id', 'v.node_id')
    .select('v.id')
    .where('v.id', '>', p.after)
    .where('v.id', '<', p.before)
    .whereRef('n.version_id', '<>', 'v.id')
    .where(
      sql<boolean>`(select count(*) from versions w where w.node_id = v.node_id and w.id > v.id) >= ${p.keep}`,
    )
    .orderBy('v.id')
    .limit(p.limit),
);

/** Of these, those that are current nowhere. */
export const notCurrent = define<{ ids: readonly string[] }, { id: string }>((db, p, dialect) =>
  db
    .selectFrom('versions as v')
    .innerJoin('nodes as n', 'n.id', 'v.node_id')
    .select('v.id')
    .where(inList('v.id', p.ids, dialect))
    .whereRef('n.version_id', '<>', 'v.id'),
);

export const insertTrash = define<TrashRow>((db, p) =>
  db.insertInto('trash').values({
    node_id: p.node_id,
    root_id: p.root_id,
    parent_id: p.parent_id,
    name: p.name,
    deleted_at: p.deleted_at,
    deleted_by: p.deleted_by,
    from_path: p.from_path,
    chain: p.chain,
    purging: p.purging,
  }),
);

export const trashOf = define<{ nodeId: string }, TrashRow>((db, p) =>
  db.selectFrom('trash').selectAll().where('node_id', '=', p.nodeId),
);

/** Held until the commit: of a restore and a purge one finds that the other was faster. */
export const trashToChange = define<{ nodeId: string }, TrashRow>((db, p, dialect) => {
  const query = db.selectFrom('trash').selectAll().where('node_id', '=', p.nodeId);
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export const trashOfMany = define<{ nodeIds: readonly string[] }, TrashRow>((db, p, dialect) =>
  db
    .selectFrom('trash')
    .selectAll()
    .where(inList('node_id', p.nodeIds, dialect)),
);

type TrashKeyset = { rootId: string; at: number; id: string; limit: number };

/** Newest first. */
export const trashPage = define<TrashKeyset, TrashRow>((db, p) =>
  db
    .selectFrom('trash')
    .selectAll()
    .where('root_id', '=', p.rootId)
    .where('purging', '=', 0)
    .where('deleted_at', '<=', p.at)
    .where((e) => e.or([e('deleted_at', '<', p.at), e('node_id', '<', p.id)]))
    .orderBy('deleted_at', 'desc')
    .orderBy('node_id', 'desc')
    .limit(p.limit),
);

export const trashOlderThan = define<{ before: number; limit: number }, TrashRow>((db, p) =>
  db
    .selectFrom('trash')
    .selectAll()
    .where('purging', '=', 0)
    .where('deleted_at', '<', p.before)
    .orderBy('deleted_at')
    .limit(p.limit),
);

export const purging = define<{ limit: number }, TrashRow>((db, p) =>
  db.selectFrom('trash').selectAll().where('purging', '=', 1).orderBy('deleted_at').limit(p.limit),
);

export const markPurging = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db
    .updateTable('trash')
    .set({ purging: 1 })
    .where(inList('node_id', p.ids, dialect)),
);

export const deleteTrash = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('trash').where(inList('node_id', p.ids, dialect)),
);

export const insertStaged = define<{ topId: string; at: number }>((db, p) =>
  db.insertInto('staged_copies').values({ top_id: p.topId, touched_at: p.at }),
);

/** One that is being removed (a negative time) is past help. */
export const touchStaged = define<{ topId: string; at: number }>((db, p) =>
  db
    .updateTable('staged_copies')
    .set({ touched_at: p.at })
    .where('top_id', '=', p.topId)
    .where('touched_at', '>=', 0),
);

export const markStaged = define<{ topId: string; at: number }>((db, p) =>
  db.updateTable('staged_copies').set({ touched_at: p.at }).where('top_id', '=', p.topId),
);

export const deleteStaged = define<{ topId: string }>((db, p) =>
  db.deleteFrom('staged_copies').where('top_id', '=', p.topId),
);

export const staleStaged = define<{ before: number; limit: number }, { top_id: string; touched_at: number }>(
  (db, p) =>
    db
      .selectFrom('staged_copies')
      .selectAll()
      .where('touched_at', '<', p.before)
      .orderBy('touched_at')
      .limit(p.limit),
);
