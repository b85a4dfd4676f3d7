/** Statements on rules and grants at one node, page by page. */
import { inList, queriesOf } from '../../stores/sql/query.ts';
import { namedGrants, namedRules, type NamedGrantRow, type NamedRuleRow } from './queries.ts';
import type { AccessTables } from './tables.ts';

const define = queriesOf<AccessTables>();

/** A page of those at one node, by role. */
export const rulesAfter = define<{ nodeId: string; after: string; limit: number }, NamedRuleRow>((db, p) =>
  namedRules(db)
    .where('node_id', '=', p.nodeId)
    .where('role_id', '>', p.after)
    .orderBy('role_id')
    .limit(p.limit),
);

/** Of these nodes, those that have rules or grants that hold. */
export const nodesAmong = define<{ nodes: readonly string[]; now: number }, { node_id: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('access_rules')
      .select('node_id')
      .where(inList('node_id', p.nodes, dialect))
      .union(
        db
          .selectFrom('access_grants')
          .select('node_id')
          .where(inList('node_id', p.nodes, dialect))
          .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
      ),
);

/** A page of those at one node, by id. */
export const namedGrantsAfter = define<
  { nodeId: string; after: string; now: number; limit: number },
  NamedGrantRow
>((db, p) =>
  namedGrants(db, p.now)
    .where('node_id', '=', p.nodeId)
    .where('access_grants.id', '>', p.after)
    .orderBy('access_grants.id')
    .limit(p.limit),
);
