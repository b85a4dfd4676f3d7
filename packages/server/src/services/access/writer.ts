/** Sets rules, gives and takes grants, makes and removes roles. Everything raises the epoch first, whose row then is a lock over all nodes. */
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import { ALL, namesOf, type AccessService, type Grant, type Permissions } from './api.ts';
import { raiseEpoch } from './epoch.ts';
import type { History } from './history.ts';
import { deleteBindingsOfRole } from './policy-queries.ts';
import * as queries from './queries.ts';

type Rule = Parameters<AccessService['setRule']>[1];
type GrantKey = Pick<Grant, 'source' | 'sourceId' | 'nodeId' | 'roleId'>;

export class Writer {
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  async bumpEpoch(tx: SqlTransaction): Promise<void> {
    await raiseEpoch(tx);
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

  async roleName(reader: SqlReader, id: string): Promise<string | null> {
    return (await reader.get(queries.roleById, { id }))?.name ?? null;
  }

  async deleteRole(tx: SqlTransaction, id: string): Promise<void> {
    await tx.run(queries.deleteRulesOfRole, { roleId: id });
    await tx.run(queries.deleteGrantsOfRole, { roleId: id });
    await tx.run(deleteBindingsOfRole, { roleId: id });
    await tx.run(queries.deleteRole, { id });
    await this.bumpEpoch(tx);
  }

  async setRule(tx: SqlTransaction, rule: Rule, actorId: string | null): Promise<void> {
    const { nodeId, roleId, allow, deny } = rule;
    checkBits(allow, deny);
    await this.bumpEpoch(tx);
    const roleName = await this.#nameOf(tx, roleId);
    const before = await tx.get(queries.ruleAt, { nodeId, roleId });
    if ((before?.allow ?? 0) === allow && (before?.deny ?? 0) === deny) return;
    const gone = allow === 0 && deny === 0;
    if (gone) await tx.run(queries.deleteRule, { nodeId, roleId });
    else await tx.run(queries.upsertRule, { id: newId(), nodeId, roleId, allow, deny });
    await this.#history.record(tx, {
      kind: 'rule',
      nodeId,
      roleId,
      roleName,
      actorId,
      before: before === undefined ? null : { allow: namesOf(before.allow), deny: namesOf(before.deny) },
      after: gone ? null : { allow: namesOf(allow), deny: namesOf(deny) },
    });
  }

  async grant(tx: SqlTransaction, grant: Omit<Grant, 'id'>, actorId: string | null): Promise<void> {
    checkBits(grant.allow, 0);
    await this.bumpEpoch(tx);
    const roleName = await this.#nameOf(tx, grant.roleId);
    const { source, sourceId, nodeId, roleId } = grant;
    const before = await tx.get(queries.grantAt, { source, sourceId, nodeId, roleId });
    await tx.run(queries.upsertGrant, { id: newId(), ...grant });
    const was = before === undefined ? null : factsOf(grant, before.allow, before.expires_at);
    await this.#recordGrant(tx, grant, roleName, actorId, was, factsOf(grant, grant.allow, grant.expiresAt));
  }

  async revokeGrants(
    tx: SqlTransaction,
    which: Pick<Grant, 'source' | 'sourceId'> & { readonly nodeId?: string; readonly roleId?: string },
    actorId: string | null,
  ): Promise<number> {
    await this.bumpEpoch(tx);
    const { source, sourceId } = which;
    const of = { source, sourceId, nodeId: which.nodeId ?? null, roleId: which.roleId ?? null };
    const rows = await tx.all(queries.grantsOfSource, of);
    if (rows.length === 0) return 0;
    await tx.run(queries.deleteGrantsOfSource, of);
    const roles = await tx.all(queries.rolesByIds, { ids: [...new Set(rows.map((row) => row.role_id))] });
    const names = new Map(roles.map((role) => [role.id, role.name]));
    for (const row of rows) {
      const key = { source, sourceId, nodeId: row.node_id, roleId: row.role_id };
      const was = factsOf(key, row.allow, row.expires_at);
      await this.#recordGrant(tx, key, names.get(row.role_id) ?? '', actorId, was, null);
    }
    return rows.length;
  }

  #recordGrant(
    tx: SqlTransaction,
    { nodeId, roleId }: GrantKey,
    roleName: string,
    actorId: string | null,
    before: ReturnType<typeof factsOf> | null,
    after: ReturnType<typeof factsOf> | null,
  ): Promise<void> {
    return this.#history.record(tx, { kind: 'grant', nodeId, roleId, roleName, actorId, before, after });
  }

  async #nameOf(tx: SqlTransaction, roleId: string): Promise<string> {
    const role = await tx.get(queries.roleById, { id: roleId });
    if (role === undefined) throw new AppError('not_found', 'there is no such role');
    return role.name;
  }
}

function factsOf({ source, sourceId }: GrantKey, allow: Permissions, expiresAt: number | null) {
  return { grant: namesOf(allow), source, sourceId, expiresAt };
}

/** @throws invalid_input */
export function checkBits(allow: Permissions, deny: Permissions): void {
  const odd = (bits: number): boolean => !Number.isInteger(bits) || bits < 0 || bits > ALL;
  if (odd(allow) || odd(deny)) throw new AppError('invalid_input', 'no such permission');
  if (allow & deny) throw new AppError('invalid_input', 'a rule cannot allow and deny the same permission');
}
