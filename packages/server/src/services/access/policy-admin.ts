/** Makes, changes and binds policies: admins only, checked inside the transaction. */
import type { PolicyConditions } from '@volvox/api';
import { PolicyConditions as ConditionsSchema } from '@volvox/api';
import { Value } from 'typebox/value';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { JournalService } from '../journal/api.ts';
import { namesOf, type NewPolicy, type PolicyRecord } from './api.ts';
import { compileConditions } from './conditions.ts';
import type { Decider } from './decider.ts';
import { raiseEpoch } from './epoch.ts';
import type { History } from './history.ts';
import * as q from './policy-queries.ts';
import * as queries from './queries.ts';
import type { PolicyRow } from './tables.ts';

/** All of them are looked at for every decision, and shown on one page. */
const maxPolicies = 200;
const maxBindings = 5_000;

interface Deps {
  readonly sql: SqlStore;
  readonly journal: Pick<JournalService, 'append'>;
  readonly history: History;
  readonly decider: Pick<Decider, 'current'>;
}

export class PolicyAdmin {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async list(): Promise<readonly PolicyRecord[]> {
    const { reader } = this.#deps.sql;
    const rows = await reader.all(q.allPolicies, queries.nothing);
    const bindings = Map.groupBy(await reader.all(q.allBindings, queries.nothing), (row) => row.policy_id);
    return rows.map((row) => recordOf(row, bindings.get(row.id) ?? []));
  }

  async save(context: Context, id: string | null, input: NewPolicy): Promise<PolicyRecord> {
    const fields = { ...checked(input), id: id ?? newId() };
    await this.#change(context, async (tx, actorId) => {
      const before = await tx.get(q.policyById, { id: fields.id });
      if (id !== null && before === undefined) throw noPolicy();
      if (id === null) {
        await checkRoom(tx, 'policies');
        await tx.run(q.insertPolicy, fields);
      } else await tx.run(q.updatePolicy, fields);
      await this.#tell(tx, actorId, before ?? null, fields);
    });
    const made = (await this.list()).find((policy) => policy.id === fields.id);
    if (made === undefined) throw noPolicy();
    return made;
  }

  async remove(context: Context, id: string): Promise<void> {
    await this.#change(context, async (tx, actorId) => {
      const policy = await tx.get(q.policyById, { id });
      if (policy === undefined) throw noPolicy();
      for (const { node_id, role_id } of await tx.all(q.bindingsOf, { id }))
        await this.#recordBinding(tx, policy, { nodeId: node_id, roleId: role_id }, actorId, false);
      await tx.run(q.deleteBindingsOf, { id });
      await tx.run(q.deletePolicy, { id });
      await this.#tell(tx, actorId, policy, null);
    });
  }

  /** Whether the node is there is checked by the caller. @throws not_found for an unknown policy or role */
  async bind(
    context: Context,
    id: string,
    at: { readonly nodeId: string; readonly roleId: string },
    bound: boolean,
  ): Promise<void> {
    await this.#change(context, async (tx, actorId) => {
      const policy = await tx.get(q.policyById, { id });
      if (policy === undefined) throw noPolicy();
      const there = (await tx.all(q.bindingsOf, { id })).some(
        (row) => row.node_id === at.nodeId && row.role_id === at.roleId,
      );
      if (there === bound) return;
      if (bound) await checkRoom(tx, 'bindings');
      await this.#recordBinding(tx, policy, at, actorId, bound);
      await tx.run(bound ? q.insertBinding : q.deleteBinding, { policyId: id, ...at });
    });
  }

  /** The epoch first: such changes run one after another over all nodes, and see users as they are. */
  #change(
    context: Context,
    work: (tx: SqlTransaction, actorId: string | null) => Promise<void>,
  ): Promise<void> {
    return this.#deps.sql.transaction(async (tx) => {
      await raiseEpoch(tx);
      const principal = await this.#deps.decider.current(tx, context);
      if (!principal.admin || !principal.scopes.includes('admin'))
        throw new AppError('forbidden', 'only admins may do this');
      await work(tx, principal.userId);
      await tx.run(q.markPolicies, queries.nothing);
    });
  }

  async #tell(
    tx: SqlTransaction,
    actorId: string | null,
    before: PolicyRow | null,
    after: PolicyRow | null,
  ): Promise<void> {
    await this.#deps.journal.append(tx, {
      kind: 'policy.changed',
      actorId,
      nodeId: null,
      parentId: null,
      workspaceId: null,
      before: before === null ? null : factsOf(before),
      after: after === null ? null : factsOf(after),
      bytes: 0,
      files: 0,
    });
  }

  async #recordBinding(
    tx: SqlTransaction,
    policy: PolicyRow,
    at: { readonly nodeId: string; readonly roleId: string },
    actorId: string | null,
    bound: boolean,
  ): Promise<void> {
    const role = await tx.get(queries.roleById, { id: at.roleId });
    if (role === undefined && bound) throw new AppError('not_found', 'there is no such role');
    const facts = { policyId: policy.id, policy: policy.name };
    await this.#deps.history.record(tx, {
      ...at,
      kind: 'policy',
      roleName: role?.name ?? '',
      actorId,
      before: bound ? null : facts,
      after: bound ? facts : null,
    });
  }
}

function noPolicy(): AppError {
  return new AppError('not_found', 'there is no such policy');
}

async function checkRoom(tx: SqlReader, what: 'policies' | 'bindings'): Promise<void> {
  const count = await tx.get(q.countPolicies, queries.nothing);
  const most = what === 'policies' ? maxPolicies : maxBindings;
  if ((count?.[what] ?? 0) >= most) throw new AppError('conflict', `there are at most ${most} ${what}`);
}

/** @throws invalid_input */
function checked(input: NewPolicy): Omit<PolicyRow, 'id'> {
  const { conditions, deny, mode } = input;
  if (!Value.Check(ConditionsSchema, conditions))
    throw new AppError('invalid_input', 'these are no conditions of a policy');
  compileConditions(conditions);
  if (deny === 0) throw new AppError('invalid_input', 'a policy denies at least one permission');
  const name = input.name.trim();
  if (name === '') throw new AppError('invalid_input', 'a policy needs a name');
  return { name, description: input.description, deny, mode, conditions: JSON.stringify(conditions) };
}

function factsOf({ id, name, description, deny, mode, conditions }: PolicyRow) {
  return { id, name, description, deny: namesOf(deny), mode, conditions };
}

function recordOf(
  row: PolicyRow,
  bindings: readonly { readonly node_id: string; readonly role_id: string; readonly role_name: string }[],
): PolicyRecord {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    deny: row.deny,
    mode: row.mode === 'unless' ? 'unless' : 'when',
    conditions: JSON.parse(row.conditions) as PolicyConditions, // the edge: checked before it was written
    bindings: bindings.map((binding) => ({
      nodeId: binding.node_id,
      roleId: binding.role_id,
      roleName: binding.role_name,
    })),
  };
}
