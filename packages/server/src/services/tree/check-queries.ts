/** Statements of the check; all of them run in the background. */
import { sql } from 'kysely';
import { inList } from '../../stores/sql/query.ts';
import { define } from './queries.ts';
import type { NodeRow, VersionRow } from './rows.ts';
import { FILE, FOLDER } from './tables.ts';

export type CheckedNode = NodeRow & {
  parent_kind: number | null;
  version_node: string | null;
  version_size: number | null;
  /** Whether a node without parent may be one: a root, a trash folder, a staged copy. */
  anchor: string | null;
  /** Set where the parent is a trash folder. */
  parent_trash: string | null;
  trash_row: string | null;
};

export const nodePage = define<{ after: string; limit: number }, CheckedNode>((db, p) =>
  db
    .selectFrom('nodes as n')
    .leftJoin('nodes as parent', 'parent.id', 'n.parent_id')
    .leftJoin('versions as v', 'v.id', 'n.version_id')
    .leftJoin('roots as r', 'r.root_id', 'n.id')
    .leftJoin('roots as t', 't.trash_id', 'n.id')
    .leftJoin('staged_copies as s', 's.top_id', 'n.id')
    .leftJoin('roots as pt', 'pt.trash_id', 'n.parent_id')
    .leftJoin('trash', 'trash.node_id', 'n.id')
    .selectAll('n')
    .select(['parent.kind as parent_kind', 'v.node_id as version_node', 'v.size as version_size'])
    .select(['pt.trash_id as parent_trash', 'trash.node_id as trash_row'])
    .select((e) => e.fn.coalesce('r.root_id', 't.trash_id', 's.top_id').as('anchor'))
    .where('n.id', '>', p.after)
    .orderBy('n.id')
    .limit(p.limit),
);

/** As far up as it goes; a cycle ends where it began (`union`, not `union all`). */
export const pathsUp = define<
  { ids: readonly string[] },
  { origin: string; id: string; parent_id: string | null }
>((db, p, dialect) =>
  db
    .withRecursive('up(origin, id, parent_id)', (q) =>
      q
        .selectFrom('nodes')
        .select(['id as origin', 'id', 'parent_id'])
        .where(inList('id', p.ids, dialect))
        .union(
          q
            .selectFrom('up')
            .innerJoin('nodes as n', 'n.id', 'up.parent_id')
            .select(['up.origin', 'n.id', 'n.parent_id']),
        ),
    )
    .selectFrom('up')
    .selectAll(),
);

export type MemberSums = {
  id: string;
  size: number;
  files: number;
  bytes_below: number;
  files_below: number;
};

/** Folders whose totals are not those of their members. */
export const suspiciousFolders = define<{ ids: readonly string[] }, MemberSums>((db, p, dialect) =>
  db
    .selectFrom('nodes as f')
    .leftJoin('nodes as c', 'c.parent_id', 'f.id')
    .select(['f.id', 'f.size', 'f.files'])
    .select(sql<number>`coalesce(sum(c.size), 0)`.as('bytes_below'))
    .select(sql<number>`coalesce(sum(case when c.kind = 1 then 1 else c.files end), 0)`.as('files_below'))
    .where(inList('f.id', p.ids, dialect))
    .where('f.kind', '=', FOLDER)
    .groupBy(['f.id', 'f.size', 'f.files'])
    .having(
      sql<boolean>`f.size <> coalesce(sum(c.size), 0) or f.files <> coalesce(sum(case when c.kind = 1 then 1 else c.files end), 0)`,
    ),
);

export const trueTotals = define<{ id: string }, { bytes: number; files: number }>((db, p) =>
  db
    .withRecursive('below(id, kind, size)', (q) =>
      q
        .selectFrom('nodes')
        .select(['id', 'kind', 'size'])
        .where('id', '=', p.id)
        .union(
          q
            .selectFrom('below')
            .innerJoin('nodes as n', 'n.parent_id', 'below.id')
            .select(['n.id', 'n.kind', 'n.size']),
        ),
    )
    .selectFrom('below')
    .select([sql<number>`coalesce(sum(size), 0)`.as('bytes'), sql<number>`count(*)`.as('files')])
    .where('kind', '=', FILE),
);

export const versionPage = define<{ after: string; limit: number }, VersionRow & { node: string | null }>(
  (db, p) =>
    db
      .selectFrom('versions as v')
      .leftJoin('nodes as n', 'n.id', 'v.node_id')
      .selectAll('v')
      .select('n.id as node')
      .where('v.id', '>', p.after)
      .orderBy('v.id')
      .limit(p.limit),
);
