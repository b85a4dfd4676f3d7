/**
 * What rules mean, without any store: docs/reference/access.md in code. Of one user, the rules at a node are packed into one small
 * number: `deny` of all roles together in the upper four bits, `allow` of the last role that speaks in the lower four.
 */
import { ALL, READ, type Permissions } from './api.ts';
import type { Principal } from '../../kernel/context.ts';

export type RuleMap = ReadonlyMap<string, number>;

export interface RuleRow {
  readonly node_id: string;
  readonly role_id: string;
  readonly allow: number;
  readonly deny: number;
}

/** @param roles weakest first; rows of other roles are left out */
export function compileRules(roles: readonly string[], rows: readonly RuleRow[]): RuleMap {
  const rules = new Map<string, number>();
  for (const row of strongestFirst(roles, rows)) {
    const packed = rules.get(row.node_id) ?? 0;
    const allow = packed & ALL || row.allow & ALL;
    rules.set(row.node_id, (packed & (ALL << 4)) | ((row.deny & ALL) << 4) | allow);
  }
  return rules;
}

export function strongestFirst<R extends { readonly role_id: string }>(
  roles: readonly string[],
  rows: readonly R[],
): readonly R[] {
  const rank = new Map(roles.map((role, index) => [role, index]));
  const rankOf = (row: R): number => rank.get(row.role_id) ?? -1;
  return rows.filter((row) => rank.has(row.role_id)).sort((a, b) => rankOf(b) - rankOf(a));
}

/** One step down: denials add up, an allowance replaces the one from above. */
export function descend(state: number, rule: number): number {
  return ((state | rule) & (ALL << 4)) | (rule & ALL || state & ALL);
}

/** What is left in the end; nothing without read. */
export function settle(state: number): Permissions {
  const bits = state & ALL & ~(state >> 4);
  return bits & READ ? bits : 0;
}

export function walk(rules: RuleMap, chain: readonly string[]): number {
  let state = 0;
  for (const id of chain) {
    const rule = rules.get(id);
    if (rule !== undefined) state = descend(state, rule);
  }
  return state;
}

export function settleChildren(
  rules: RuleMap,
  chain: readonly string[],
  childIds: readonly string[],
  mask: Permissions,
): readonly Permissions[] {
  const state = walk(rules, chain);
  const inherited = settle(state) & mask;
  const result = new Array<Permissions>(childIds.length).fill(inherited);
  let elsewhere = rules.size;
  for (const id of chain) if (rules.has(id)) elsewhere--;
  if (elsewhere === 0) return result;
  for (let i = 0; i < childIds.length; i++) {
    const rule = rules.get(childIds[i] ?? '');
    if (rule !== undefined) result[i] = settle(descend(state, rule)) & mask;
  }
  return result;
}

/** What the scopes of the credential leave of any permissions. */
export function scopeMask(principal: Principal): Permissions {
  if (principal.scopes.includes('files:write')) return ALL;
  return principal.scopes.includes('files:read') ? READ : 0;
}
