/** Decides what a principal may do with a node. Owns roles, rules and the epoch; knows nothing of users, sessions or the tree. */
import type { AccessRule } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { JournalService } from '../journal/api.ts';
import { ALL, MANAGE, namesOf, READ, type AccessService, type Grant, type Permissions } from './api.ts';
import { explain } from './explain.ts';
import * as queries from './queries.ts';
import { loadRules, RuleCache } from './rule-cache.ts';
import { narrow, scopeMask, settle, settleChildren, walk, type RuleMap } from './rules.ts';

export interface AccessDeps {
  readonly sql: SqlStore;
  readonly journal: Pick<JournalService, 'append'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The principal as `reader` sees its user and credential now; null if one of them was taken away. From identity, through boot. */
  readonly reloadPrincipal: (reader: SqlReader, principal: Principal) => Promise<Principal | null>;
}

export function startAccess(deps: AccessDeps): Started<AccessService> {
  return { api: new Access(deps), stop: async () => {} };
}

class Access implements AccessService {
  readonly #sql: SqlStore;
  readonly #journal: Pick<JournalService, 'append'>;
  readonly #reload: AccessDeps['reloadPrincipal'];
  readonly #cache: RuleCache;
  readonly #clock: Clock;
  #lastEpoch = 0;
  #adminsRoleId: string | null = null;

  constructor(deps: AccessDeps) {
    this.#sql = deps.sql;
    this.#journal = deps.journal;
    this.#reload = deps.reloadPrincipal;
    this.#clock = deps.clock;
    this.#cache = new RuleCache(deps.clock);
  }

  async decide(principal: Principal, chain: readonly string[]): Promise<Permissions> {
    if (principal.userId === null) return ALL;
    const rules = this.#cache.peek(principal) ?? (await this.#cache.load(this.#sql.reader, principal));
    return narrow(principal, chain, settle(walk(rules, chain)));
  }

  async decideChildren(
    principal: Principal,
    chain: readonly string[],
    childIds: readonly string[],
  ): Promise<readonly Permissions[]> {
    if (principal.userId === null) return new Array<Permissions>(childIds.length).fill(ALL);
    const rules = this.#cache.peek(principal) ?? (await this.#cache.load(this.#sql.reader, principal));
    if (principal.confined !== undefined)
      return childIds.map((id) => {
        const way = [...chain, id];
        return narrow(principal, way, settle(walk(rules, way)));
      });
    return settleChildren(rules, chain, childIds, scopeMask(principal));
  }

  async require(tx: SqlReader, context: Context, chain: readonly string[], need: Permissions): Promise<void> {
    if (context.principal.userId === null) return;
    const principal = await this.current(tx, context);
    const rules = await this.#rulesInside(tx, principal, principal === context.principal);
    const granted = narrow(principal, chain, settle(walk(rules, chain)));
    if (!(granted & READ)) throw new AppError('not_found', 'there is no such file or folder');
    const missing = need & ~granted;
    if (missing !== 0) {
      throw new AppError('forbidden', `this needs the permission to ${namesOf(missing).join(', ')}`, {
        details: { missing: namesOf(missing) },
      });
    }
  }

  async current(tx: SqlReader, context: Context): Promise<Principal> {
    const { principal } = context;
    if (principal.userId === null) return principal;
    const epoch = await this.epoch(tx);
    if (epoch === principal.epoch) return principal;
    const now = await this.#reload(tx, principal);
    if (now === null) throw new AppError('unauthenticated', 'the credentials are no longer valid');
    return { ...now, epoch };
  }

  /** After the epoch moved, the transaction may see rules of its own that are never committed: those stay out of the cache. */
  #rulesInside(tx: SqlReader, principal: Principal, mayKeep: boolean): RuleMap | Promise<RuleMap> {
    if (!mayKeep) return loadRules(tx, principal.roles, this.#clock.now()).then(({ rules }) => rules);
    return this.#cache.peek(principal) ?? this.#cache.fill(tx, principal);
  }

  async bumpEpoch(tx: SqlTransaction): Promise<void> {
    await tx.run(queries.raiseEpoch, queries.nothing);
  }

  async epoch(reader: SqlReader = this.#sql.reader): Promise<number> {
    const row = await reader.get(queries.selectEpoch, queries.nothing);
    if (row === undefined) throw new AppError('internal', 'the access epoch is missing');
    if (reader === this.#sql.reader && row.epoch > this.#lastEpoch) this.#lastEpoch = row.epoch;
    return row.epoch;
  }

  lastEpoch(): number {
    return this.#lastEpoch;
  }

  async createRole(
    tx: SqlTransaction,
    role: { readonly id: string; readonly kind: string; readonly name: string },
  ): Promise<void> {
    await tx.run(queries.insertRole, { id: role.id, kind: role.kind, name: role.name });
    await this.bumpEpoch(tx);
  }

  async renameRole(tx: SqlTransaction, id: string, name: string): Promise<void> {
    await tx.run(queries.renameRole, { id, name });
  }

  async deleteRole(tx: SqlTransaction, id: string): Promise<void> {
    await tx.run(queries.deleteRulesOfRole, { roleId: id });
    await tx.run(queries.deleteGrantsOfRole, { roleId: id });
    await tx.run(queries.deleteRole, { id });
    await this.bumpEpoch(tx);
  }

  async adminsRoleId(reader: SqlReader = this.#sql.reader): Promise<string | null> {
    if (this.#adminsRoleId !== null) return this.#adminsRoleId;
    const row = await reader.get(queries.roleOfKind, { kind: 'admins' });
    if (row !== undefined && reader === this.#sql.reader) this.#adminsRoleId = row.id;
    return row?.id ?? null;
  }

  async setRule(
    tx: SqlTransaction,
    rule: {
      readonly nodeId: string;
      readonly roleId: string;
      readonly allow: Permissions;
      readonly deny: Permissions;
    },
    actorId: string | null,
  ): Promise<void> {
    const { nodeId, roleId, allow, deny } = rule;
    checkBits(allow, deny);
    await this.bumpEpoch(tx);
    const role = await tx.get(queries.roleById, { id: roleId });
    if (role === undefined) throw new AppError('not_found', 'there is no such role');
    if (allow === 0 && deny === 0) await tx.run(queries.deleteRule, { nodeId, roleId });
    else await tx.run(queries.upsertRule, { id: newId(), nodeId, roleId, allow, deny });
    await this.#journal.append(tx, {
      kind: 'access.changed',
      actorId,
      nodeId,
      parentId: null,
      workspaceId: null,
      before: null,
      after: { roleId, allow: namesOf(allow), deny: namesOf(deny) },
      bytes: 0,
      files: 0,
    });
  }

  async changeRule(
    context: Context,
    chain: readonly string[],
    rule: { readonly roleId: string; readonly allow: Permissions; readonly deny: Permissions },
  ): Promise<void> {
    const nodeId = chain.at(-1);
    if (nodeId === undefined) throw new AppError('invalid_input', 'a rule needs a node');
    await this.#sql.transaction(async (tx) => {
      await this.require(tx, context, chain, MANAGE);
      await this.setRule(tx, { nodeId, ...rule }, context.principal.userId);
    });
  }

  async rulesOf(nodeId: string): Promise<readonly AccessRule[]> {
    const rows = await this.#sql.reader.all(queries.rulesAtNodes, { nodes: [nodeId] });
    return rows.map((row) => ({
      id: row.id,
      nodeId: row.node_id,
      roleId: row.role_id,
      allow: namesOf(row.allow),
      deny: namesOf(row.deny),
    }));
  }

  async grant(tx: SqlTransaction, grant: Omit<Grant, 'id'>, actorId: string | null): Promise<void> {
    checkBits(grant.allow, 0);
    await this.bumpEpoch(tx);
    if ((await tx.get(queries.roleById, { id: grant.roleId })) === undefined)
      throw new AppError('not_found', 'there is no such role');
    await tx.run(queries.upsertGrant, { id: newId(), ...grant });
    await this.#journalGrant(tx, grant, actorId);
  }

  async revokeGrants(
    tx: SqlTransaction,
    which: Pick<Grant, 'source' | 'sourceId'> & { readonly nodeId?: string; readonly roleId?: string },
    actorId: string | null,
  ): Promise<number> {
    await this.bumpEpoch(tx);
    const { source, sourceId } = which;
    const of = { source, sourceId, nodeId: which.nodeId ?? null, roleId: which.roleId ?? null };
    const gone = await tx.all(queries.grantsOfSource, of);
    await tx.run(queries.deleteGrantsOfSource, of);
    for (const row of gone) await this.#journalGrant(tx, { ...grantOf(row), allow: 0 }, actorId);
    return gone.length;
  }

  async grantsAt(nodeIds: readonly string[]): Promise<readonly Grant[]> {
    if (nodeIds.length === 0) return [];
    const now = this.#clock.now();
    return (await this.#sql.reader.all(queries.grantsAtNodes, { nodes: nodeIds, now })).map(grantOf);
  }

  async grantsFor(principal: Principal): Promise<readonly Grant[]> {
    if (principal.roles.length === 0) return [];
    const now = this.#clock.now();
    return (await this.#sql.reader.all(queries.grantsOfRoles, { roles: principal.roles, now })).map(grantOf);
  }

  async #journalGrant(
    tx: SqlTransaction,
    { nodeId, roleId, allow, source, sourceId, expiresAt }: Omit<Grant, 'id'>,
    actorId: string | null,
  ): Promise<void> {
    await this.#journal.append(tx, {
      kind: 'access.changed',
      actorId,
      nodeId,
      parentId: null,
      workspaceId: null,
      before: null,
      after: { roleId, grant: namesOf(allow), source, sourceId, expiresAt },
      bytes: 0,
      files: 0,
    });
  }

  async why(principal: Principal, chain: readonly string[]): ReturnType<AccessService['why']> {
    const permissions = await this.decide(principal, chain);
    if (principal.userId === null) return { permissions, steps: [] };
    const rows = await this.#sql.reader.all(queries.rulesAtNodes, { nodes: chain });
    return { permissions, steps: explain(principal.roles, chain, rows) };
  }
}

function grantOf(row: queries.GrantRow): Grant {
  const { id, allow, source } = row;
  return {
    id,
    nodeId: row.node_id,
    roleId: row.role_id,
    allow,
    source,
    sourceId: row.source_id,
    expiresAt: row.expires_at,
  };
}

function checkBits(allow: Permissions, deny: Permissions): void {
  const odd = (bits: number): boolean => !Number.isInteger(bits) || bits < 0 || bits > ALL;
  if (odd(allow) || odd(deny)) throw new AppError('invalid_input', 'no such permission');
  if (allow & deny) throw new AppError('invalid_input', 'a rule cannot allow and deny the same permission');
}
