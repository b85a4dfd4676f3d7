import { sql } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { RuleRow } from './rules.ts';
import type { AccessTables } from './tables.ts';

const define = queriesOf<AccessTables>();
type Nothing = Record<string, never>;

export const nothing: Nothing = {};

export const selectEpoch = define<Nothing, { epoch: number }>((db) =>
  db.selectFrom('access_epoch').select('epoch').where('id', '=', 1),
);

export const raiseEpoch = define<Nothing>((db) =>
  db
    .updateTable('access_epoch')
    .set({ epoch: sql`epoch + 1` })
    .where('id', '=', 1),
);

/** Rules and the grants that hold, in one statement. */
export const rulesOfRoles = define<
  { roles: readonly string[]; now: number },
  RuleRow & { is_grant: number; expires_at: number | null }
>((db, p, dialect) =>
  db
    .selectFrom('access_rules')
    .select(['node_id', 'role_id', 'allow', 'deny'])
    .select([sql<number>`0`.as('is_grant'), sql<number | null>`null`.as('expires_at')])
    .where(inList('role_id', p.roles, dialect))
    .unionAll(
      db
        .selectFrom('access_grants')
        .select(['node_id', 'role_id', 'allow', sql<number>`0`.as('deny')])
        .select([sql<number>`1`.as('is_grant'), 'expires_at'])
        .where(inList('role_id', p.roles, dialect))
        .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', p.now)])),
    ),
);

export const rulesAtNodes = define<{ nodes: readonly string[] }, RuleRow & { id: string; role_name: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('access_rules')
      .innerJoin('roles', 'roles.id', 'access_rules.role_id')
      .select(['access_rules.id', 'node_id', 'role_id', 'allow', 'deny', 'roles.name as role_name'])
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

export const roleById = define<{ id: string }, { id: string }>((db, p) =>
  db.selectFrom('roles').select('id').where('id', '=', p.id),
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
