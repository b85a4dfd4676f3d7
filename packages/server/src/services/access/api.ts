import type { AccessRule, PermissionName } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';

/** Permissions as bits. */
export const READ = 1;
export const WRITE = 2;
export const SHARE = 4;
export const MANAGE = 8;
export const ALL = 15;
export type Permissions = number;

export interface AccessStep {
  readonly nodeId: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
  /** e.g. `denies write`, `allows read, write`, `silenced by a nearer rule`. */
  readonly effect: string;
}

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

/**
 * The one place that decides. A chain is the ids from the workspace root down to the node itself. Per permission, a deny of any role
 * anywhere on the chain wins; otherwise the nearest node with an allow-speaking rule decides, there by the last role that speaks, and
 * grants anywhere on the chain add to it. A confined principal (public link) has at most what its roots say. The system principal may do
 * everything; admins have no more rights on files than their roles give.
 */
export interface AccessService {
  /** Rules as of the principal's epoch or newer. Warm: no SQL. Scopes of the credential are applied (files:read without write loses WRITE, SHARE, MANAGE). */
  decide(principal: Principal, chain: readonly string[]): Promise<Permissions>;
  /** For the children of the chain's last node, in order; warm: one map look-up a child. */
  decideChildren(
    principal: Principal,
    chain: readonly string[],
    childIds: readonly string[],
  ): Promise<readonly Permissions[]>;
  /**
   * Inside a write: reads the epoch in `tx`, reloads user and rules if it moved on, and decides.
   * @throws not_found if READ is missing, forbidden if another asked bit is, unauthenticated if the user or credential was taken away
   */
  require(tx: SqlReader, context: Context, chain: readonly string[], need: Permissions): Promise<void>;
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
   * @throws not_found for an unknown role or without READ, forbidden without MANAGE
   */
  changeRule(
    context: Context,
    chain: readonly string[],
    rule: { readonly roleId: string; readonly allow: Permissions; readonly deny: Permissions },
  ): Promise<void>;
  rulesOf(nodeId: string): Promise<readonly AccessRule[]>;
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
  why(
    principal: Principal,
    chain: readonly string[],
  ): Promise<{ readonly permissions: Permissions; readonly steps: readonly AccessStep[] }>;
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
