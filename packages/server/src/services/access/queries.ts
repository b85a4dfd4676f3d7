import { sql, type Kysely } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { RuleRow } from './rules.ts';
import type { AccessTables, HistoryRow } from './tables.ts';

const define = queriesOf<AccessTables>();
type Nothing = Record<string, never>;

export const nothing: Nothing = {};

export const selectEpoch = define<Nothing, { epoch: number; policy_epoch: number }>((db) =>
  db.selectFrom('access_epoch').select(['epoch', 'policy_epoch']).where('id', '=', 1),
);

export const raiseEpoch = define<Nothing>((db) =>
  db
    .updateTable('access_epoch')
    .set({ epoch: sql`epoch + 1` })
    .where('id', '=', 1),
);

export const ruleAt = define<{ nodeId: string; roleId: string }, { allow: number; deny: number }>((db, p) =>
  db
    .selectFrom('access_rules')
    .select(['allow', 'deny'])
    .where('node_id', '=', p.nodeId)
    .where('role_id', '=', p.roleId),
);

/** Nodes after one that have rules or grants, in order. */
export const nodesWithRules = define<{ after: string; now: number; limit: number }, { node_id: string }>(
  (db, p) =>
    db
      .selectFrom(
        db
          .selectFrom('access_rules')
          .select('node_id')
          .distinct()
          .where('node_id', '>', p.after)
          .orderBy('node_id')
          .limit(p.limit)
          .as('of_rules'),
      )
      .select('node_id')
      .union(
        db
          .selectFrom(
            db
              .selectFrom('access_grants')
              .select('node_id')
              .distinct()
              .where('node_id', '>', p.after)
              .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)]))
              .orderBy('node_id')
              .limit(p.limit)
              .as('of_grants'),
          )
          .select('node_id'),
      )
      .orderBy('node_id')
      .limit(p.limit),
);

export type NamedRuleRow = RuleRow & { id: string; role_name: string; role_kind: string };

/** Every rule, with whose it is. */
export function namedRules(db: Kysely<AccessTables>) {
  return db
    .selectFrom('access_rules')
    .innerJoin('roles', 'roles.id', 'access_rules.role_id')
    .select(['access_rules.id', 'node_id', 'role_id', 'allow', 'deny'])
    .select(['roles.name as role_name', 'roles.kind as role_kind']);
}

export const rulesAtNodes = define<{ nodes: readonly string[] }, NamedRuleRow>((db, p, dialect) =>
  namedRules(db)
    .where(inList('node_id', p.nodes, dialect))
    .orderBy('role_id'),
);

export const upsertRule = define<{
  id: string;
  nodeId: string;
  roleId: string;
  allow: number;
  deny: number;
}>((db, p, dialect) => {
  const insert = db
    .insertInto('access_rules')
    .values({ id: p.id, node_id: p.nodeId, role_id: p.roleId, allow: p.allow, deny: p.deny });
  // Without parameters after the values, many rows go as one.
  if (dialect === 'mysql')
    return insert.onDuplicateKeyUpdate({ allow: sql`values(allow)`, deny: sql`values(deny)` });
  const change = { allow: p.allow, deny: p.deny };
  return insert.onConflict((clash) => clash.columns(['node_id', 'role_id']).doUpdateSet(change));
});

export const deleteRule = define<{ nodeId: string; roleId: string }>((db, p) =>
  db.deleteFrom('access_rules').where('node_id', '=', p.nodeId).where('role_id', '=', p.roleId),
);

export const deleteRulesOfRole = define<{ roleId: string }>((db, p) =>
  db.deleteFrom('access_rules').where('role_id', '=', p.roleId),
);

export const insertRole = define<{ id: string; kind: string; name: string }>((db, p) =>
  db.insertInto('roles').values({ id: p.id, kind: p.kind, name: p.name }),
);

export const renameRole = define<{ id: string; name: string }>((db, p) =>
  db.updateTable('roles').set({ name: p.name }).where('id', '=', p.id),
);

export const deleteRole = define<{ id: string }>((db, p) => db.deleteFrom('roles').where('id', '=', p.id));

export const roleById = define<{ id: string }, { id: string; name: string }>((db, p) =>
  db.selectFrom('roles').select(['id', 'name']).where('id', '=', p.id),
);

export const roleOfKind = define<{ kind: string }, { id: string }>((db, p) =>
  db.selectFrom('roles').select('id').where('kind', '=', p.kind).orderBy('id').limit(1),
);

export type GrantRow = AccessTables['access_grants'];

const grantColumns = ['id', 'node_id', 'role_id', 'allow', 'source', 'source_id', 'expires_at'] as const;

export const grantsOfRoles = define<{ roles: readonly string[]; now: number }, GrantRow>((db, p, dialect) =>
  db
    .selectFrom('access_grants')
    .select(grantColumns)
    .where(inList('role_id', p.roles, dialect))
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
);

export type NamedGrantRow = GrantRow & { role_name: string; role_kind: string };

/** Every grant that holds, with whose it is. */
export function namedGrants(db: Kysely<AccessTables>, now: number) {
  return db
    .selectFrom('access_grants')
    .innerJoin('roles', 'roles.id', 'access_grants.role_id')
    .select(grantColumns.map((column) => `access_grants.${column}` as const))
    .select(['roles.name as role_name', 'roles.kind as role_kind'])
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]));
}

export const namedGrantsAt = define<{ nodes: readonly string[]; now: number }, NamedGrantRow>(
  (db, p, dialect) =>
    namedGrants(db, p.now)
      .where(inList('node_id', p.nodes, dialect))
      .orderBy('role_id'),
);

export const grantsAtNodes = define<{ nodes: readonly string[]; now: number }, GrantRow>((db, p, dialect) =>
  db
    .selectFrom('access_grants')
    .select(grantColumns)
    .where(inList('node_id', p.nodes, dialect))
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
);

type OfSource = {
  source: GrantRow['source'];
  sourceId: string;
  nodeId: string | null;
  roleId: string | null;
};

export const grantsOfSource = define<OfSource, GrantRow>((db, p) =>
  db
    .selectFrom('access_grants')
    .select(grantColumns)
    .where('source', '=', p.source)
    .where('source_id', '=', p.sourceId)
    .where('node_id', '=', sql<string>`coalesce(${p.nodeId}, node_id)`)
    .where('role_id', '=', sql<string>`coalesce(${p.roleId}, role_id)`),
);

export const deleteGrantsOfSource = define<OfSource>((db, p) =>
  db
    .deleteFrom('access_grants')
    .where('source', '=', p.source)
    .where('source_id', '=', p.sourceId)
    .where('node_id', '=', sql<string>`coalesce(${p.nodeId}, node_id)`)
    .where('role_id', '=', sql<string>`coalesce(${p.roleId}, role_id)`),
);

export const grantAt = define<OfGrant, GrantRow>((db, p) =>
  db
    .selectFrom('access_grants')
    .select(grantColumns)
    .where('source', '=', p.source)
    .where('source_id', '=', p.sourceId)
    .where('node_id', '=', p.nodeId)
    .where('role_id', '=', p.roleId),
);
type OfGrant = { source: GrantRow['source']; sourceId: string; nodeId: string; roleId: string };

export const deleteGrantsOfRole = define<{ roleId: string }>((db, p) =>
  db.deleteFrom('access_grants').where('role_id', '=', p.roleId),
);

export const upsertGrant = define<{
  id: string;
  nodeId: string;
  roleId: string;
  allow: number;
  source: GrantRow['source'];
  sourceId: string;
  expiresAt: number | null;
}>((db, p, dialect) => {
  const insert = db.insertInto('access_grants').values({
    id: p.id,
    node_id: p.nodeId,
    role_id: p.roleId,
    allow: p.allow,
    source: p.source,
    source_id: p.sourceId,
    expires_at: p.expiresAt,
  });
  if (dialect === 'mysql')
    return insert.onDuplicateKeyUpdate({ allow: sql`values(allow)`, expires_at: sql`values(expires_at)` });
  const change = { allow: p.allow, expires_at: p.expiresAt };
  return insert.onConflict((clash) =>
    clash.columns(['source', 'source_id', 'node_id', 'role_id']).doUpdateSet(change),
  );
});

export const rolesByIds = define<{ ids: readonly string[] }, { id: string; name: string; kind: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('roles')
      .select(['id', 'name', 'kind'])
      .where(inList('id', p.ids, dialect)),
);

export const insertHistory = define<{
  id: string;
  nodeId: string;
  at: number;
  actorId: string | null;
  roleId: string;
  roleName: string;
  kind: HistoryRow['kind'];
  before: string | null;
  after: string | null;
}>((db, p) =>
  db.insertInto('access_history').values({
    id: p.id,
    node_id: p.nodeId,
    at: p.at,
    actor_id: p.actorId,
    role_id: p.roleId,
    role_name: p.roleName,
    kind: p.kind,
    before: p.before,
    after: p.after,
  }),
);

/** Newest first. @param before an id, `g` for all */
export const historyOf = define<{ nodeId: string; before: string; limit: number }, HistoryRow>((db, p) =>
  db
    .selectFrom('access_history')
    .selectAll()
    .where('node_id', '=', p.nodeId)
    .where('id', '<', p.before)
    .orderBy('id', 'desc')
    .limit(p.limit),
);
