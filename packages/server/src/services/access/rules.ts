/**
 * What rules mean, without any store: docs/reference/access.md in code. Of one user, the rules at a node are packed into one small
 * number of three times four bits: grants of all roles together, `deny` of all roles together, `allow` of the last role that speaks.
 */
import { ALL, READ, WRITE, type Permissions } from './api.ts';
import type { Confinement, Principal } from '../../kernel/context.ts';

export type RuleMap = ReadonlyMap<string, number>;

export interface RuleRow {
  readonly node_id: string;
  readonly role_id: string;
  readonly allow: number;
  readonly deny: number;
  /** 1: a grant, see `Grant`. */
  readonly is_grant?: number;
}

const denied = ALL << 4;
const granted = ALL << 8;

/** @param roles weakest first; rows of other roles are left out */
export function compileRules(roles: readonly string[], rows: readonly RuleRow[]): RuleMap {
  const rules = new Map<string, number>();
  for (const row of strongestFirst(roles, rows)) {
    const packed = rules.get(row.node_id) ?? 0;
    if (row.is_grant === 1) {
      rules.set(row.node_id, packed | ((row.allow & ALL) << 8));
      continue;
    }
    const allow = packed & ALL || row.allow & ALL;
    rules.set(row.node_id, (packed & (denied | granted)) | ((row.deny & ALL) << 4) | allow);
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

/** One step down: denials and grants add up, an allowance replaces the one from above. */
export function descend(state: number, rule: number): number {
  return ((state | rule) & (denied | granted)) | (rule & ALL || state & ALL);
}

/** What is left in the end; nothing without read. */
export function settle(state: number): Permissions {
  return orNothing((state | (state >> 8)) & ALL & ~(state >> 4));
}

function orNothing(bits: Permissions): Permissions {
  return bits & READ ? bits : 0;
}

/** What a confinement leaves of any permissions: what the nearest of its roots says. */
export function confinedMask({ roots }: Confinement, chain: readonly string[]): Permissions {
  let mask = 0;
  for (const id of chain) mask = roots.get(id) ?? mask;
  return mask;
}

/** Scopes and confinement take away, never add. */
export function narrow(principal: Principal, chain: readonly string[], bits: Permissions): Permissions {
  const left = bits & scopeMask(principal);
  return principal.confined === undefined ? left : orNothing(left & confinedMask(principal.confined, chain));
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
  if (principal.scopes.includes('files:drop')) return READ | WRITE;
  return principal.scopes.includes('files:read') ? READ : 0;
}
