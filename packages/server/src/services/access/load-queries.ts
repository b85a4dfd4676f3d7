/** Statements that read rules and grants for deciding. */
import { sql } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { RuleRow } from './rules.ts';
import type { AccessTables } from './tables.ts';

const define = queriesOf<AccessTables>();

export type LoadedRow = RuleRow & { is_grant: number; expires_at: number | null };

const ruleColumns = [
  'node_id',
  'role_id',
  'allow',
  'deny',
  sql<number>`0`.as('is_grant'),
  sql<number | null>`null`.as('expires_at'),
] as const;
const grantRuleColumns = [
  'node_id',
  'role_id',
  'allow',
  sql<number>`0`.as('deny'),
  sql<number>`1`.as('is_grant'),
  'expires_at',
] as const;

/** Rules and the grants that hold, in one statement. */
export const rulesOfRoles = define<{ roles: readonly string[]; now: number; limit: number }, LoadedRow>(
  (db, p, dialect) =>
    db
      .selectFrom('access_rules')
      .select(ruleColumns)
      .where(inList('role_id', p.roles, dialect))
      .unionAll(
        db
          .selectFrom('access_grants')
          .select(grantRuleColumns)
          .where(inList('role_id', p.roles, dialect))
          .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
      )
      .limit(p.limit),
);

/** With what a grant comes from; null: a rule. */
export type ChainRow = LoadedRow & { source: 'share' | 'cell' | null; source_id: string | null };

/** The same at the nodes of a chain only. */
export const rulesOnChain = define<
  { roles: readonly string[]; nodes: readonly string[]; now: number },
  ChainRow
>((db, p, dialect) =>
  db
    .selectFrom('access_rules')
    .select(ruleColumns)
    .select([sql<ChainRow['source']>`null`.as('source'), sql<string | null>`null`.as('source_id')])
    .where(inList('node_id', p.nodes, dialect))
    .where(inList('role_id', p.roles, dialect))
    .unionAll(
      db
        .selectFrom('access_grants')
        .select([...grantRuleColumns, 'source', 'source_id'])
        .where(inList('node_id', p.nodes, dialect))
        .where(inList('role_id', p.roles, dialect))
        .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
    ),
);

/** A slice of one role's rules, in the order of nodes. */
export const ruleSlice = define<{ roleId: string; after: string; limit: number }, LoadedRow>((db, p) =>
  db
    .selectFrom('access_rules')
    .select(ruleColumns)
    .where('role_id', '=', p.roleId)
    .where('node_id', '>', p.after)
    .orderBy('node_id')
    .limit(p.limit),
);

/** A slice of one role's grants, those that have ended too, in the order of nodes and ids. */
export const grantSlice = define<
  { roleId: string; after: string; afterId: string; limit: number },
  LoadedRow & { id: string }
>((db, p) =>
  db
    .selectFrom('access_grants')
    .select([...grantRuleColumns, 'id'])
    .where('role_id', '=', p.roleId)
    .where((where) =>
      where.or([
        where('node_id', '>', p.after),
        where.and([where('node_id', '=', p.after), where('id', '>', p.afterId)]),
      ]),
    )
    .orderBy('node_id')
    .orderBy('id')
    .limit(p.limit),
);

/** Something that one of the roles was allowed or given, if there is anything. */
export const placesOfRoles = define<{ roles: readonly string[]; now: number }, { node_id: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('access_rules')
      .select('node_id')
      .where(inList('role_id', p.roles, dialect))
      .where('allow', '<>', 0)
      .union(
        db
          .selectFrom('access_grants')
          .select('node_id')
          .where(inList('role_id', p.roles, dialect))
          .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
      ),
);
