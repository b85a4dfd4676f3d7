/** Statements on nodes: climbing, children, writing. */
import { sql, type RawBuilder } from 'kysely';
import type { Dialect } from '../../stores/sql/contract.ts';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { NodeRow } from './rows.ts';
import { FOLDER, type TreeTables } from './tables.ts';

export const define = queriesOf<TreeTables>();

/** A damaged tree may hold a cycle: climbing ends here instead of never. */
export const maxClimb = 100_000;

export const nodeById = define<{ id: string }, NodeRow>((db, p) =>
  db.selectFrom('nodes').selectAll().where('id', '=', p.id),
);

export const nodesByIds = define<{ ids: readonly string[] }, NodeRow>((db, p, dialect) =>
  db
    .selectFrom('nodes')
    .selectAll()
    .where(inList('id', p.ids, dialect)),
);

export const childNamed = define<{ parentId: string; key: string }, NodeRow>((db, p) =>
  db.selectFrom('nodes').selectAll().where('parent_id', '=', p.parentId).where('name_key', '=', p.key),
);

/** Only what the index has: for the folders on the way down. */
export const childIdNamed = define<{ parentId: string; key: string }, { id: string }>((db, p) =>
  db.selectFrom('nodes').select('id').where('parent_id', '=', p.parentId).where('name_key', '=', p.key),
);

export const childrenNamed = define<{ parentId: string; keys: readonly string[] }, NodeRow>(
  (db, p, dialect) =>
    db
      .selectFrom('nodes')
      .selectAll()
      .where('parent_id', '=', p.parentId)
      .where(inList('name_key', p.keys, dialect)),
);

export const keysBetween = define<{ parentId: string; from: string; to: string }, { name_key: string }>(
  (db, p) =>
    db
      .selectFrom('nodes')
      .select('name_key')
      .where('parent_id', '=', p.parentId)
      .where('name_key', '>=', p.from)
      .where('name_key', '<', p.to),
);

/** Children after a key, in the order of keys: the page of every walk. */
export const childrenAfter = define<{ parentId: string; after: string; limit: number }, NodeRow>((db, p) =>
  db
    .selectFrom('nodes')
    .selectAll()
    .where('parent_id', '=', p.parentId)
    .where('name_key', '>', p.after)
    .orderBy('name_key')
    .limit(p.limit),
);

export const childrenOfMany = define<{ parentIds: readonly string[]; limit: number }, NodeRow>(
  (db, p, dialect) =>
    db
      .selectFrom('nodes')
      .selectAll()
      .where(inList('parent_id', p.parentIds, dialect))
      .limit(p.limit),
);

export const countChildren = define<{ parentId: string }, { count: number }>((db, p) =>
  db
    .selectFrom('nodes')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('parent_id', '=', p.parentId),
);

export type ChainRow = { id: string; parent_id: string | null; name: string };

/** One step of the way up. */
export const stepUp = define<{ id: string }, ChainRow>((db, p) =>
  db.selectFrom('nodes').select(['id', 'parent_id', 'name']).where('id', '=', p.id),
);

/** From the node up to where nothing is above. */
export const climb = define<{ id: string }, ChainRow>((db, p) =>
  db
    .withRecursive('up(id, parent_id, name, depth)', (q) =>
      q
        .selectFrom('nodes')
        .select(['id', 'parent_id', 'name', sql<number>`0`.as('depth')])
        .where('id', '=', p.id)
        .unionAll(
          q
            .selectFrom('up')
            .innerJoin('nodes as n', 'n.id', 'up.parent_id')
            .select(['n.id', 'n.parent_id', 'n.name', sql<number>`up.depth + 1`.as('depth')])
            .where('up.depth', '<', maxClimb),
        ),
    )
    .selectFrom('up')
    .select(['id', 'parent_id', 'name'])
    .orderBy('depth'),
);

/** The same for many nodes at once; `origin` tells them apart. */
export const climbMany = define<{ ids: readonly string[] }, ChainRow & { origin: string }>((db, p, dialect) =>
  db
    .withRecursive('up(origin, id, parent_id, name, depth)', (q) =>
      q
        .selectFrom('nodes')
        .select(['id as origin', 'id', 'parent_id', 'name', sql<number>`0`.as('depth')])
        .where(inList('id', p.ids, dialect))
        .unionAll(
          q
            .selectFrom('up')
            .innerJoin('nodes as n', 'n.id', 'up.parent_id')
            .select(['up.origin', 'n.id', 'n.parent_id', 'n.name', sql<number>`up.depth + 1`.as('depth')])
            .where('up.depth', '<', maxClimb),
        ),
    )
    .selectFrom('up')
    .select(['origin', 'id', 'parent_id', 'name'])
    .orderBy('depth'),
);

/** A whole path in one round trip: `keys` is a JSON list. Rows come from the root downwards, as far as the path exists. */
export const descend = define<{ rootId: string; keys: string }, NodeRow>((db, p, dialect) =>
  db
    .withRecursive('down(id, depth)', (q) =>
      q
        .selectFrom('nodes')
        .select(['id', sql<number>`0`.as('depth')])
        .where('id', '=', p.rootId)
        .unionAll(
          q
            .selectFrom('down')
            .innerJoin('nodes as n', (join) =>
              join.onRef('n.parent_id', '=', 'down.id').on('n.name_key', '=', keyAt(p.keys, dialect)),
            )
            .select(['n.id', sql<number>`down.depth + 1`.as('depth')]),
        ),
    )
    .selectFrom('down')
    .innerJoin('nodes', 'nodes.id', 'down.id')
    .selectAll('nodes')
    .orderBy('down.depth'),
);

function keyAt(keys: string, dialect: Dialect): RawBuilder<string> {
  if (dialect === 'postgres') return sql<string>`(cast(${keys} as jsonb) ->> down.depth)`;
  if (dialect === 'mysql')
    return sql<string>`json_unquote(json_extract(${keys}, concat('$[', down.depth, ']')))`;
  return sql<string>`json_extract(${keys}, '$[' || down.depth || ']')`;
}

export const insertNode = define<NodeRow>((db, p) =>
  db.insertInto('nodes').values({
    id: p.id,
    parent_id: p.parent_id,
    name: p.name,
    name_key: p.name_key,
    sort_key: p.sort_key,
    folded: p.folded,
    kind: p.kind,
    version_id: p.version_id,
    size: p.size,
    files: p.files,
    sha256: p.sha256,
    created_at: p.created_at,
    modified_at: p.modified_at,
    created_by: p.created_by,
    modified_by: p.modified_by,
  }),
);

export type PlaceValues = {
  id: string;
  parentId: string;
  name: string;
  nameKey: string;
  sortKey: string;
  folded: string | null;
};

export const placeNode = define<PlaceValues>((db, p) =>
  db
    .updateTable('nodes')
    .set({
      parent_id: p.parentId,
      name: p.name,
      name_key: p.nameKey,
      sort_key: p.sortKey,
      folded: p.folded,
    })
    .where('id', '=', p.id),
);

export const touchNode = define<{ id: string; modifiedAt: number; modifiedBy: string | null }>((db, p) =>
  db
    .updateTable('nodes')
    .set({ modified_at: p.modifiedAt, modified_by: p.modifiedBy })
    .where('id', '=', p.id),
);

export type ContentValues = {
  id: string;
  versionId: string;
  size: number;
  sha256: string | null;
  modifiedAt: number;
  modifiedBy: string | null;
};

export const setContent = define<ContentValues>((db, p) =>
  db
    .updateTable('nodes')
    .set({
      version_id: p.versionId,
      size: p.size,
      sha256: p.sha256,
      modified_at: p.modifiedAt,
      modified_by: p.modifiedBy,
    })
    .where('id', '=', p.id),
);

export const setKeys = define<{
  id: string;
  name: string;
  nameKey: string;
  sortKey: string;
  folded: string | null;
}>((db, p) =>
  db
    .updateTable('nodes')
    .set({ name_key: p.nameKey, sort_key: p.sortKey, folded: p.folded })
    .where('id', '=', p.id)
    .where('name', '=', p.name),
);

export const setFolderTotals = define<{ id: string; size: number; files: number }>((db, p) =>
  db
    .updateTable('nodes')
    .set({ size: p.size, files: p.files })
    .where('id', '=', p.id)
    .where('kind', '=', FOLDER),
);

export const deleteNodes = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('nodes').where(inList('id', p.ids, dialect)),
);

export const insertRoot = define<{ rootId: string; trashId: string }>((db, p) =>
  db.insertInto('roots').values({ root_id: p.rootId, trash_id: p.trashId }),
);

export const deleteRoot = define<{ rootId: string }>((db, p) =>
  db.deleteFrom('roots').where('root_id', '=', p.rootId),
);

export const propertiesOf = define<
  { ids: readonly string[] },
  { node_id: string; name: string; value: string }
>((db, p, dialect) =>
  db
    .selectFrom('node_properties')
    .selectAll()
    .where(inList('node_id', p.ids, dialect)),
);

export const insertProperty = define<{ nodeId: string; name: string; value: string }>((db, p) =>
  db.insertInto('node_properties').values({ node_id: p.nodeId, name: p.name, value: p.value }),
);

export const deleteProperties = define<{ nodeId: string; names: readonly string[] }>((db, p, dialect) =>
  db
    .deleteFrom('node_properties')
    .where('node_id', '=', p.nodeId)
    .where(inList('name', p.names, dialect)),
);

export const deleteAllProperties = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('node_properties').where(inList('node_id', p.ids, dialect)),
);

export const giveProperties = define<{ from: string; to: string }>((db, p) =>
  db.updateTable('node_properties').set({ node_id: p.to }).where('node_id', '=', p.from),
);
