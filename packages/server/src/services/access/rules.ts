/**
 * What rules mean, without any store: docs/reference/access.md in code. Of one user, the rules at a node are packed into one small
 * number of three times four bits: grants of all roles together, `deny` of all roles together, `allow` of the last role that speaks.
 */
import { ALL, READ, RECEIVED_ROOT, SHARE, WRITE, type Permissions } from './api.ts';
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
  for (const row of strongestFirst(roles, rows)) addRule(rules, row);
  return rules;
}

/** Rows of stronger roles must come before those of weaker ones. */
export function addRule(rules: Map<string, number>, row: RuleRow): void {
  const packed = rules.get(row.node_id) ?? 0;
  if (row.is_grant === 1) {
    rules.set(row.node_id, packed | ((row.allow & ALL) << 8));
    return;
  }
  const allow = packed & ALL || row.allow & ALL;
  rules.set(row.node_id, (packed & (denied | granted)) | ((row.deny & ALL) << 4) | allow);
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

/** The same as if nothing had been shared. */
export function withoutGrants(state: number): number {
  return state & ~granted;
}

/** What is left in the end; nothing without read. @param more what else is denied (policies) */
export function settle(state: number, more: Permissions = 0): Permissions {
  return orNothing((state | (state >> 8)) & ALL & ~(state >> 4) & ~more);
}

function orNothing(bits: Permissions): Permissions {
  return bits & READ ? bits : 0;
}

/** What a confinement leaves of any permissions: what the nearest of its roots says. */
export function confinedMask({ roots }: Confinement, chain: readonly string[]): Permissions {
  let mask = chain[0] === RECEIVED_ROOT ? READ : 0;
  for (const id of chain) mask = roots.get(id) ?? mask;
  return mask;
}

/**
 * What the owner of a link may share there; a visitor has the owner's rights, and gets to no node that the owner may not show. The list of
 * what was shared with somebody is a place, not a node.
 */
function shareable(confined: boolean, bits: Permissions, chain: readonly string[]): Permissions {
  return !confined || bits & SHARE || chain[0] === RECEIVED_ROOT ? bits : 0;
}

/** Scopes and confinement take away, never add. */
export function narrow(
  principal: Pick<Principal, 'scopes' | 'confined'>,
  chain: readonly string[],
  bits: Permissions,
): Permissions {
  if (principal.confined === undefined) return bits & scopeMask(principal);
  const left = shareable(true, bits, chain) & scopeMask(principal);
  return orNothing(left & confinedMask(principal.confined, chain));
}

export function walk(rules: RuleMap, chain: readonly string[]): number {
  let state = chain[0] === RECEIVED_ROOT ? READ << 8 : 0;
  for (const id of chain) {
    const rule = rules.get(id);
    if (rule !== undefined) state = descend(state, rule);
  }
  return state;
}

/** What policies deny at the children of a folder: the same at most of them. */
export interface DeniedBelow {
  readonly usual: Permissions;
  readonly at: ReadonlyMap<string, Permissions>;
}

const nothingDenied: DeniedBelow = { usual: 0, at: new Map() };
const noRoots: Confinement['roots'] = new Map();

/** One look-up a child, where anything is set elsewhere than on the chain. */
export function settleChildren(
  rules: RuleMap,
  chain: readonly string[],
  childIds: readonly string[],
  principal: Pick<Principal, 'scopes' | 'confined'>,
  denials: DeniedBelow = nothingDenied,
): readonly Permissions[] {
  const state = walk(rules, chain);
  const scopes = scopeMask(principal);
  const roots = principal.confined?.roots ?? noRoots;
  const mask = principal.confined === undefined ? ALL : confinedMask(principal.confined, chain);
  const confined = principal.confined !== undefined;
  const inherited = orNothing(shareable(confined, settle(state, denials.usual), chain) & scopes & mask);
  const result = new Array<Permissions>(childIds.length).fill(inherited);
  let elsewhere = rules.size + roots.size + denials.at.size;
  for (const id of chain) elsewhere -= (rules.has(id) ? 1 : 0) + (roots.has(id) ? 1 : 0);
  if (elsewhere === 0) return result;
  for (let i = 0; i < childIds.length; i++) {
    const id = childIds[i] ?? '';
    const rule = rules.get(id);
    const root = roots.size === 0 ? undefined : roots.get(id);
    const more = denials.at.size === 0 ? undefined : denials.at.get(id);
    if (rule === undefined && root === undefined && more === undefined) continue;
    const bits = settle(rule === undefined ? state : descend(state, rule), more ?? denials.usual);
    result[i] = orNothing(shareable(confined, bits, chain) & scopes & (root ?? mask));
  }
  return result;
}

/** What the scopes of the credential leave of any permissions. */
export function scopeMask(principal: Pick<Principal, 'scopes'>): Permissions {
  if (principal.scopes.includes('files:write')) return ALL;
  if (principal.scopes.includes('files:drop')) return READ | WRITE;
  return principal.scopes.includes('files:read') ? READ : 0;
}
