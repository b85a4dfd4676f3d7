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

export const rulesOfRoles = define<{ roles: readonly string[] }, RuleRow>((db, p, dialect) =>
  db
    .selectFrom('access_rules')
    .select(['node_id', 'role_id', 'allow', 'deny'])
    .where(inList('role_id', p.roles, dialect)),
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

export const deleteRole = define<{ id: string }>((db, p) => db.deleteFrom('roles').where('id', '=', p.id));

export const roleById = define<{ id: string }, { id: string }>((db, p) =>
  db.selectFrom('roles').select('id').where('id', '=', p.id),
);

export const roleOfKind = define<{ kind: string }, { id: string }>((db, p) =>
  db.selectFrom('roles').select('id').where('kind', '=', p.kind).orderBy('id').limit(1),
);
