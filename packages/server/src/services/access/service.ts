/** Decides what a principal may do with a node. Owns roles, rules, grants, policies and the epoch; knows nothing of users, sessions or the tree. */
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import type { JournalService } from '../journal/api.ts';
import type { Logger } from '../../kernel/logger.ts';
import { MANAGE, namesOf, type AccessService } from './api.ts';
import { Decider, type DeciderDeps } from './decider.ts';
import { History } from './history.ts';
import { Inspector } from './inspector.ts';
import { PolicyAdmin } from './policy-admin.ts';
import * as queries from './queries.ts';
import { Writer } from './writer.ts';

export interface AccessDeps extends DeciderDeps {
  readonly journal: Pick<JournalService, 'append'>;
  readonly log: Logger;
}

export function startAccess(deps: AccessDeps): Started<AccessService> {
  const { sql, journal, clock } = deps;
  const decider = new Decider(deps);
  const history = new History(journal, clock);
  const writer = new Writer(history);
  const inspector = new Inspector(sql.reader, clock, decider);
  const policies = new PolicyAdmin({ sql, journal, history, decider });
  const api: AccessService = {
    ...bound(decider, [
      'decide',
      'decideChildren',
      'require',
      'current',
      'epoch',
      'lastEpoch',
      'hasPolicies',
      'placed',
    ]),
    ...bound(writer, [
      'bumpEpoch',
      'createRole',
      'renameRole',
      'roleName',
      'deleteRole',
      'setRule',
      'grant',
      'revokeGrants',
    ]),
    ...bound(inspector, ['rulesAt', 'nodesWithRules', 'grantsAt', 'grantsFor', 'preview', 'why']),
    ...bound(inspector, ['rulesPage', 'holding', 'placesOf']),
    adminsRoleId: adminsRole(sql),
    changeRule: changeRule(sql, decider, writer),
    async rulesOf(nodeId) {
      const rows = await sql.reader.all(queries.rulesAtNodes, { nodes: [nodeId] });
      return rows.map((row) => ({
        id: row.id,
        nodeId: row.node_id,
        roleId: row.role_id,
        allow: namesOf(row.allow),
        deny: namesOf(row.deny),
      }));
    },
    history: (nodeId, page) => history.of(sql.reader, nodeId, page),
    policies: () => policies.list(),
    savePolicy: (context, id, policy) => policies.save(context, id, policy),
    removePolicy: (context, id) => policies.remove(context, id),
    bindPolicy: (context, id, at, bind) => policies.bind(context, id, at, bind),
  };
  return { api, stop: async () => {} };
}

/** Those methods of a part, as functions. */
function bound<Part extends object, K extends keyof Part>(
  part: Part,
  names: readonly K[],
): { [Name in K]: Part[Name] } {
  return Object.fromEntries(
    names.map((name) => [name, (part[name] as (...rest: unknown[]) => unknown).bind(part)]),
  ) as { [Name in K]: Part[Name] }; // the edge: every name was taken from the part
}

function changeRule(sql: SqlStore, decider: Decider, writer: Writer): AccessService['changeRule'] {
  return async (context, chain, rule) => {
    const nodeId = chain.at(-1);
    if (nodeId === undefined) throw new AppError('invalid_input', 'a rule needs a node');
    await sql.transaction(async (tx) => {
      await decider.require(tx, context, chain, MANAGE);
      await decider.require(tx, context, chain, MANAGE, 'rules').catch((error: unknown) => {
        if (!isAppError(error, 'not_found') && !isAppError(error, 'forbidden')) throw error;
        throw new AppError(
          'forbidden',
          'who manages this by a share or a Cell only sets no rules, which would outlive it: share it, or change the roles in the Cell',
          { details: { reason: 'granted' } },
        );
      });
      await writer.setRule(tx, { nodeId, ...rule }, context.principal.userId);
    });
  };
}

/** It never changes once it is there. */
function adminsRole(sql: SqlStore): AccessService['adminsRoleId'] {
  let known: string | null = null;
  return async (reader: SqlReader = sql.reader) => {
    if (known !== null) return known;
    const row = await reader.get(queries.roleOfKind, { kind: 'admins' });
    if (row !== undefined && reader === sql.reader) known = row.id;
    return row?.id ?? null;
  };
}
