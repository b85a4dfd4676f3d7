import type { AccessRule, PermissionName, PolicyConditions } from '@volvox/api';
import type { Circumstances, Context, Principal } from '../../kernel/context.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';

/** Permissions as bits. */
export const READ = 1;
export const WRITE = 2;
export const SHARE = 4;
export const MANAGE = 8;
export const ALL = 15;
/**
 * The root of the workspace `shared`, in which everybody finds what was shared with them: everybody, guests and visitors included, may read
 * it, and nobody may do anything else to it. No rule can hang here.
 */
export const RECEIVED_ROOT = '00000000-0000-7000-8000-000000000001';
export type Permissions = number;

/** One thing that had a say in a decision, in the order of the decision. */
export interface AccessStep {
  readonly kind: 'rule' | 'grant' | 'policy' | 'confinement';
  readonly nodeId: string;
  /** null: of a confinement, which asks for no role. */
  readonly roleId: string | null;
  readonly roleName: string;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
  /** e.g. `denies write`, `allows read, write`, `silenced by a nearer rule`. */
  readonly effect: string;
  /** The same for programs. */
  readonly outcomes: readonly Outcome[];
  /** Of a grant. */
  readonly source?: Grant['source'];
  /** Of a grant: when it ends. */
  readonly until?: number | null;
  readonly policyName?: string;
}

export type Outcome =
  | 'denies'
  | 'allows'
  | 'adds'
  | 'silenced_nearer'
  | 'silenced_stronger'
  /** A policy that denies nothing now. */
  | 'not_now'
  | 'limits';

/** What sharing gives: unlike a rule it only adds, and no nearer rule silences it. Denials win over it. */
export interface Grant {
  readonly id: string;
  readonly nodeId: string;
  readonly roleId: string;
  readonly allow: Permissions;
  /** Who made it and takes it away again. */
  readonly source: 'share' | 'cell';
  readonly sourceId: string;
  /** Holds no longer from then on, without anything having run. */
  readonly expiresAt: number | null;
}

/** A role that somebody has. */
export interface HeldRole {
  readonly id: string;
  /** When having it ends by the clock; null: never */
  readonly until: number | null;
}

/** How long somebody has permissions that were asked for. */
export interface Holding {
  readonly until: number | null;
  /** What they rest on; null: rules alone last as long */
  readonly by: Pick<Grant, 'source' | 'sourceId'> | null;
}

export interface NamedRule extends AccessRule {
  readonly roleName: string;
  readonly roleKind: string;
}

export interface NamedGrant extends Grant {
  readonly roleName: string;
  readonly roleKind: string;
}

export interface HistoryEntry {
  readonly id: string;
  readonly at: number;
  readonly kind: 'rule' | 'grant' | 'policy';
  readonly actorId: string | null;
  readonly roleId: string;
  /** As it was then. */
  readonly roleName: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface NewPolicy {
  readonly name: string;
  readonly description: string;
  readonly deny: Permissions;
  /** Whether it denies unless its conditions hold, or when they do. */
  readonly mode: 'unless' | 'when';
  readonly conditions: PolicyConditions;
}

export interface PolicyRecord extends NewPolicy {
  readonly id: string;
  readonly bindings: readonly {
    readonly nodeId: string;
    readonly roleId: string;
    readonly roleName: string;
  }[];
}

/** A rule as it might be; both zero: none. */
export interface RuleChange {
  readonly roleId: string;
  readonly allow: Permissions;
  readonly deny: Permissions;
}

/**
 * The one place that decides. A chain is the ids from the workspace root down to the node itself. Per permission, a deny of any role
 * anywhere on the chain wins; otherwise the nearest node with an allow-speaking rule decides, there by the last role that speaks, and
 * grants anywhere on the chain add to it, and policies take away what the circumstances forbid. A confined principal (public link) has at most what its roots say. The system principal may do
 * everything; admins have no more rights on files than their roles give.
 */
export interface AccessService {
  /**
   * Rules as of the principal's epoch or newer. Warm: no SQL. Scopes of the credential are applied (files:read without write loses WRITE, SHARE, MANAGE).
   * @param by rules: what grants add does not count
   */
  decide(principal: Principal, chain: readonly string[], by?: 'all' | 'rules'): Promise<Permissions>;
  /** For the children of the chain's last node, in order; warm: one map look-up a child. */
  decideChildren(
    principal: Principal,
    chain: readonly string[],
    childIds: readonly string[],
  ): Promise<readonly Permissions[]>;
  /**
   * Inside a write: reads the epoch in `tx`, reloads user and rules if it moved on, and decides.
   * @param by rules: what grants add does not count
   * @throws not_found if READ is missing, forbidden if another asked bit is, unauthenticated if the user or credential was taken away
   */
  require(
    tx: SqlReader,
    context: Context,
    chain: readonly string[],
    need: Permissions,
    by?: 'all' | 'rules',
  ): Promise<void>;
  /** Every change of users, roles, rules, sessions, tokens calls this in its transaction. */
  bumpEpoch(tx: SqlTransaction): Promise<void>;
  epoch(reader?: SqlReader): Promise<number>;
  /** The highest committed epoch that this process has read; no SQL. Never below what a request of this process was authenticated at. */
  lastEpoch(): number;
  /** The context's principal as it is inside `tx`: one statement while the epoch stands. @throws unauthenticated if the user or credential was taken away */
  current(tx: SqlReader, context: Context): Promise<Principal>;
  createRole(
    tx: SqlTransaction,
    role: {
      readonly id: string;
      readonly kind: 'user' | 'group' | 'team' | 'admins' | 'assigned';
      readonly name: string;
    },
  ): Promise<void>;
  /** As explanations call it; decides nothing. */
  renameRole(tx: SqlTransaction, id: string, name: string): Promise<void>;
  /** As explanations call it; null: there is no such role. */
  roleName(reader: SqlReader, id: string): Promise<string | null>;
  /** Removes the role and every rule that names it. */
  deleteRole(tx: SqlTransaction, id: string): Promise<void>;
  /** The role of all admins; null before set-up. Warm: no SQL. */
  adminsRoleId(reader?: SqlReader): Promise<string | null>;
  /** Empty allow and deny remove the rule. Bumps the epoch and writes the journal. */
  setRule(
    tx: SqlTransaction,
    rule: {
      readonly nodeId: string;
      readonly roleId: string;
      readonly allow: Permissions;
      readonly deny: Permissions;
    },
    actorId: string | null,
  ): Promise<void>;
  /**
   * The same in a transaction of its own (a gateway has none): checks MANAGE on the chain in it.
   * @throws not_found for an unknown role or without READ, forbidden without MANAGE, or (reason `granted`) with one that only grants give
   */
  changeRule(
    context: Context,
    chain: readonly string[],
    rule: { readonly roleId: string; readonly allow: Permissions; readonly deny: Permissions },
  ): Promise<void>;
  rulesOf(nodeId: string): Promise<readonly AccessRule[]>;
  /** Rules, and grants that hold, at these nodes, with the names of their roles. */
  rulesAt(
    nodeIds: readonly string[],
  ): Promise<{ readonly rules: readonly NamedRule[]; readonly grants: readonly NamedGrant[] }>;
  /** The same along a chain, page by page: those of its last node first, then of the folders above, the nearest first. @throws invalid_input */
  rulesPage(
    chain: readonly string[],
    page: { readonly cursor?: string; readonly limit: number },
  ): Promise<{
    readonly rules: readonly NamedRule[];
    readonly grants: readonly NamedGrant[];
    readonly next: string | null;
  }>;
  /** Nodes after one that have rules or grants, by id. */
  nodesWithRules(after: string, limit: number): Promise<readonly string[]>;
  /** What was set at a node, newest first; grants and policies too. */
  history(
    nodeId: string,
    page: { readonly cursor?: string; readonly limit: number },
  ): Promise<{ readonly items: readonly HistoryEntry[]; readonly next: string | null }>;
  /** What each of these might do at the chain's last node, now and with the change there; policies are left aside. Nothing is written. */
  preview(
    chain: readonly string[],
    change: RuleChange,
    principals: readonly Principal[],
  ): Promise<readonly { readonly before: Permissions; readonly after: Permissions }[]>;
  /** Raises the epoch and writes the journal. Whether the actor may share is checked by the caller, in `tx`. @throws not_found for an unknown role */
  grant(tx: SqlTransaction, grant: Omit<Grant, 'id'>, actorId: string | null): Promise<void>;
  /** Takes away what a share or cell gave, all of it or that of one node or role. @returns how many */
  revokeGrants(
    tx: SqlTransaction,
    which: Pick<Grant, 'source' | 'sourceId'> & { readonly nodeId?: string; readonly roleId?: string },
    actorId: string | null,
  ): Promise<number>;
  /** Grants that hold, at these nodes. */
  grantsAt(nodeIds: readonly string[]): Promise<readonly Grant[]>;
  /** Grants that hold, of any of the principal's roles: what was shared with it. */
  grantsFor(principal: Principal): Promise<readonly Grant[]>;
  /**
   * Until when these roles (weakest first) give permissions at the chain's last node, as `reader` sees it; null: they do not. Policies are left
   * aside, as what they ask for (networks, hours) is known of requests only.
   */
  holding(
    reader: SqlReader,
    roles: readonly HeldRole[],
    chain: readonly string[],
    need: Permissions,
  ): Promise<Holding | null>;
  /** Nodes at which any of these roles is allowed or given anything, each once: on a chain with none of them they have no say. */
  placesOf(reader: SqlReader, roleIds: readonly string[]): Promise<readonly string[]>;
  /** @param at for what ends or holds by the clock; the present, unless given */
  why(
    principal: Principal,
    chain: readonly string[],
    at?: number,
  ): Promise<{ readonly permissions: Permissions; readonly steps: readonly AccessStep[] }>;
  /** Whether any policy is bound to anything, as of the newest epoch that this process has read; no SQL. */
  hasPolicies(): boolean;
  /** For gateways, right after they authenticated: the principal with where it comes from. Itself where no policy could ask. */
  placed(principal: Principal, circumstances: Circumstances): Principal;
  policies(): Promise<readonly PolicyRecord[]>;
  /** @param id null: a new one @throws forbidden to all but admins, not_found, invalid_input (details.reason: network, time_zone, window) */
  savePolicy(context: Context, id: string | null, policy: NewPolicy): Promise<PolicyRecord>;
  removePolicy(context: Context, id: string): Promise<void>;
  /** Whether it holds for a role at a node and below. That the node is there is checked by the caller. @throws not_found */
  bindPolicy(
    context: Context,
    id: string,
    at: { readonly nodeId: string; readonly roleId: string },
    bound: boolean,
  ): Promise<void>;
}

export function namesOf(bits: Permissions): PermissionName[] {
  const names: PermissionName[] = [];
  if (bits & READ) names.push('read');
  if (bits & WRITE) names.push('write');
  if (bits & SHARE) names.push('share');
  if (bits & MANAGE) names.push('manage');
  return names;
}

export function bitsOf(names: readonly PermissionName[]): Permissions {
  let bits = 0;
  for (const name of names)
    bits |= name === 'read' ? READ : name === 'write' ? WRITE : name === 'share' ? SHARE : MANAGE;
  return bits;
}
