/** Statements on policies and on what they are bound to. */
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { AccessTables, PolicyRow } from './tables.ts';

const define = queriesOf<AccessTables>();
type Nothing = Record<string, never>;

export type BoundPolicyRow = Omit<PolicyRow, 'id' | 'description'> & {
  policy_id: string;
  node_id: string;
  role_id: string;
};

/** Every policy that is bound to something, once for each binding. */
export const boundPolicies = define<Nothing, BoundPolicyRow>((db) =>
  db
    .selectFrom('access_policy_bindings as b')
    .innerJoin('access_policies as p', 'p.id', 'b.policy_id')
    .select(['b.policy_id', 'b.node_id', 'b.role_id', 'p.name', 'p.deny', 'p.mode', 'p.conditions']),
);

/** After the epoch was raised. */
export const markPolicies = define<Nothing>((db) =>
  db
    .updateTable('access_epoch')
    .set({
      policy_epoch: sql`case when exists (select 1 from access_policy_bindings) then epoch else 0 end`,
    })
    .where('id', '=', 1),
);

export const allPolicies = define<Nothing, PolicyRow>((db) =>
  db.selectFrom('access_policies').selectAll().orderBy('name').orderBy('id'),
);

export const policyById = define<{ id: string }, PolicyRow>((db, p) =>
  db.selectFrom('access_policies').selectAll().where('id', '=', p.id),
);

export type Binding = { policy_id: string; node_id: string; role_id: string };

export const allBindings = define<Nothing, Binding & { role_name: string }>((db) =>
  db
    .selectFrom('access_policy_bindings')
    .innerJoin('roles', 'roles.id', 'access_policy_bindings.role_id')
    .select(['policy_id', 'node_id', 'role_id', 'roles.name as role_name'])
    .orderBy('node_id')
    .orderBy('role_id'),
);

export const bindingsOf = define<{ id: string }, Binding>((db, p) =>
  db
    .selectFrom('access_policy_bindings')
    .select(['policy_id', 'node_id', 'role_id'])
    .where('policy_id', '=', p.id),
);

export const countPolicies = define<Nothing, { policies: number; bindings: number }>((db) =>
  db
    .selectFrom('access_epoch')
    .select([
      sql<number>`(select count(*) from access_policies)`.as('policies'),
      sql<number>`(select count(*) from access_policy_bindings)`.as('bindings'),
    ])
    .where('id', '=', 1),
);

type Fields = {
  id: string;
  name: string;
  description: string;
  deny: number;
  mode: string;
  conditions: string;
};

export const insertPolicy = define<Fields>((db, p) =>
  db.insertInto('access_policies').values({
    id: p.id,
    name: p.name,
    description: p.description,
    deny: p.deny,
    mode: p.mode,
    conditions: p.conditions,
  }),
);

export const updatePolicy = define<Fields>((db, p) =>
  db
    .updateTable('access_policies')
    .set({ name: p.name, description: p.description, deny: p.deny, mode: p.mode, conditions: p.conditions })
    .where('id', '=', p.id),
);

export const deletePolicy = define<{ id: string }>((db, p) =>
  db.deleteFrom('access_policies').where('id', '=', p.id),
);

export const insertBinding = define<{ policyId: string; nodeId: string; roleId: string }>((db, p) =>
  db
    .insertInto('access_policy_bindings')
    .values({ policy_id: p.policyId, node_id: p.nodeId, role_id: p.roleId }),
);

export const deleteBinding = define<{ policyId: string; nodeId: string; roleId: string }>((db, p) =>
  db
    .deleteFrom('access_policy_bindings')
    .where('policy_id', '=', p.policyId)
    .where('node_id', '=', p.nodeId)
    .where('role_id', '=', p.roleId),
);

export const deleteBindingsOf = define<{ id: string }>((db, p) =>
  db.deleteFrom('access_policy_bindings').where('policy_id', '=', p.id),
);

export const deleteBindingsOfRole = define<{ roleId: string }>((db, p) =>
  db.deleteFrom('access_policy_bindings').where('role_id', '=', p.roleId),
);
