/** Policies as they meet a chain: which are bound there to a role of somebody, and what they deny now. */
import { Value } from 'typebox/value';
import { PolicyConditions } from '@volvox/api';
import type { Permissions } from './api.ts';
import { compileConditions, textOf, type Answer, type Compiled, type Situation } from './conditions.ts';
import type { BoundPolicyRow } from './policy-queries.ts';

export interface BoundPolicy {
  readonly nodeId: string;
  readonly roleId: string;
  readonly policyId: string;
  readonly name: string;
  readonly deny: Permissions;
  readonly mode: 'unless' | 'when';
  readonly conditions: Compiled;
}

/** By the node that they are bound to. */
export type PolicyMap = ReadonlyMap<string, readonly BoundPolicy[]>;

export const noPolicies: PolicyMap = new Map();

export function compilePolicies(rows: readonly BoundPolicyRow[]): PolicyMap {
  const compiled = new Map<string, Compiled>();
  const byNode = new Map<string, BoundPolicy[]>();
  for (const row of rows) {
    let conditions = compiled.get(row.policy_id);
    if (conditions === undefined) compiled.set(row.policy_id, (conditions = readConditions(row.conditions)));
    const bound = byNode.get(row.node_id) ?? [];
    bound.push({
      nodeId: row.node_id,
      roleId: row.role_id,
      policyId: row.policy_id,
      name: row.name,
      deny: row.deny,
      mode: row.mode === 'unless' ? 'unless' : 'when',
      conditions,
    });
    byNode.set(row.node_id, bound);
  }
  return byNode;
}

/** Of a row that this program can't read, e.g. of a newer one, nothing can be told: it denies. */
const unreadable: Compiled = { property: null, holds: () => null };

function readConditions(text: string): Compiled {
  try {
    const conditions: unknown = JSON.parse(text);
    return Value.Check(PolicyConditions, conditions) ? compileConditions(conditions) : unreadable;
  } catch {
    return unreadable;
  }
}

/** From the root down. */
export function policiesOn(
  policies: PolicyMap,
  roles: readonly string[],
  chain: readonly string[],
): readonly BoundPolicy[] {
  return chain.flatMap((id) => (policies.get(id) ?? []).filter((policy) => roles.includes(policy.roleId)));
}

/** What can't be told is decided against whoever asks. */
export function denies(policy: Pick<BoundPolicy, 'mode'>, holds: Answer): boolean {
  return policy.mode === 'unless' ? holds !== true : holds !== false;
}

export function deniedBy(policies: readonly BoundPolicy[], situation: Situation): Permissions {
  let denied = 0;
  for (const policy of policies)
    if ((policy.deny & ~denied) !== 0 && denies(policy, policy.conditions.holds(situation)))
      denied |= policy.deny;
  return denied;
}

/** Dead properties of nodes, by node and name; null: they can't be read here. */
export type NodeProperties = ReadonlyMap<string, ReadonlyMap<string, string>> | null;

/** Looks a property up at every node of a chain. */
export function propertyOn(properties: NodeProperties, chain: readonly string[]): Situation['property'] {
  if (properties === null) return () => null;
  return (name) =>
    chain.flatMap((id) => {
      const value = properties.get(id)?.get(name);
      return value === undefined ? [] : [textOf(value)];
    });
}
