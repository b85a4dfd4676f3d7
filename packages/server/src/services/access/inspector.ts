/** Looks at rules without changing anything: who may what and why, what would change, what was set when. */
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import {
  ALL,
  namesOf,
  type AccessService,
  type Grant,
  type Holding,
  type NamedGrant,
  type NamedRule,
  type Permissions,
  type RuleChange,
} from './api.ts';
import type { Decider } from './decider.ts';
import { explainConfinement, explainPolicies, explainRules } from './explain.ts';
import { holdingOf } from './holding.ts';
import { placesOfRoles, rulesOnChain } from './load-queries.ts';
import { deniedBy } from './policies.ts';
import * as queries from './queries.ts';
import { rulesPage } from './rule-pages.ts';
import { checkBits } from './writer.ts';
import { compileRules, narrow, settle, walk, type RuleRow } from './rules.ts';

export class Inspector {
  readonly #reader: SqlReader;
  readonly #clock: Clock;
  readonly #decider: Decider;

  constructor(reader: SqlReader, clock: Clock, decider: Decider) {
    this.#reader = reader;
    this.#clock = clock;
    this.#decider = decider;
  }

  async rulesAt(
    nodeIds: readonly string[],
  ): Promise<{ readonly rules: readonly NamedRule[]; readonly grants: readonly NamedGrant[] }> {
    if (nodeIds.length === 0) return { rules: [], grants: [] };
    const { rules, grants } = await this.#rowsAt(nodeIds, this.#clock.now());
    return { rules: rules.map(namedRule), grants: grants.map(namedGrant) };
  }

  async rulesPage(
    ...[chain, page]: Parameters<AccessService['rulesPage']>
  ): ReturnType<AccessService['rulesPage']> {
    const { rules, grants, next } = await rulesPage(this.#reader, chain, page, this.#clock.now());
    return { rules: rules.map(namedRule), grants: grants.map(namedGrant), next };
  }

  async nodesWithRules(after: string, limit: number): Promise<readonly string[]> {
    const now = this.#clock.now();
    return (await this.#reader.all(queries.nodesWithRules, { after, now, limit })).map((row) => row.node_id);
  }

  async grantsAt(nodeIds: readonly string[]): Promise<readonly Grant[]> {
    if (nodeIds.length === 0) return [];
    const now = this.#clock.now();
    return (await this.#reader.all(queries.grantsAtNodes, { nodes: nodeIds, now })).map(grantOf);
  }

  /** Nothing was shared with a visitor: what was shared with the link's owner is none of its business. */
  async grantsFor(principal: Principal): Promise<readonly Grant[]> {
    if (principal.roles.length === 0 || principal.confined !== undefined) return [];
    const now = this.#clock.now();
    return (await this.#reader.all(queries.grantsOfRoles, { roles: principal.roles, now })).map(grantOf);
  }

  async holding(
    ...[reader, roles, chain, need]: Parameters<AccessService['holding']>
  ): Promise<Holding | null> {
    if (roles.length === 0) return null;
    const now = this.#clock.now();
    const asked = { roles: roles.map((role) => role.id), nodes: chain, now };
    return holdingOf(roles, await reader.all(rulesOnChain, asked), chain, need, now);
  }

  async placesOf(...[reader, roles]: Parameters<AccessService['placesOf']>): Promise<readonly string[]> {
    if (roles.length === 0) return [];
    const rows = await reader.all(placesOfRoles, { roles, now: this.#clock.now() });
    return rows.map((row) => row.node_id);
  }

  async preview(
    chain: readonly string[],
    { roleId, allow, deny }: RuleChange,
    principals: readonly Principal[],
  ): ReturnType<AccessService['preview']> {
    checkBits(allow, deny);
    const nodeId = chain.at(-1) ?? '';
    const { rules, grants } = await this.#rowsAt(chain, this.#clock.now());
    const added = grants.map((row) => asRule(row));
    const others = rules.filter((row) => row.node_id !== nodeId || row.role_id !== roleId);
    const changed = { node_id: nodeId, role_id: roleId, allow, deny };
    const decide = (rows: readonly RuleRow[], principal: Principal): Permissions =>
      principal.userId === null
        ? ALL
        : narrow(principal, chain, settle(walk(compileRules(principal.roles, rows), chain)));
    return principals.map((principal) => ({
      before: decide([...rules, ...added], principal),
      after: decide([...others, changed, ...added], principal),
    }));
  }

  async why(
    principal: Principal,
    chain: readonly string[],
    at: number = this.#clock.now(),
  ): ReturnType<AccessService['why']> {
    if (principal.userId === null) return { permissions: ALL, steps: [] };
    const { rules, grants } = await this.#rowsAt(chain, at);
    const { policies, situation } = await this.#decider.policiesFor(principal, chain, at);
    const compiled = compileRules(principal.roles, [...rules, ...grants.map((row) => asRule(row))]);
    const left = settle(walk(compiled, chain), deniedBy(policies, situation));
    return {
      permissions: narrow(principal, chain, left),
      steps: [
        ...explainRules(principal.roles, chain, rules, grants),
        ...explainPolicies(policies, situation, await this.#namesOf(policies.map(({ roleId }) => roleId))),
        ...explainConfinement(principal, chain),
      ],
    };
  }

  async #rowsAt(
    nodes: readonly string[],
    now: number,
  ): Promise<{ readonly rules: queries.NamedRuleRow[]; readonly grants: queries.NamedGrantRow[] }> {
    return {
      rules: await this.#reader.all(queries.rulesAtNodes, { nodes }),
      grants: await this.#reader.all(queries.namedGrantsAt, { nodes, now }),
    };
  }

  async #namesOf(roleIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (roleIds.length === 0) return new Map();
    const rows = await this.#reader.all(queries.rolesByIds, { ids: [...new Set(roleIds)] });
    return new Map(rows.map((row) => [row.id, row.name]));
  }
}

function asRule({ node_id, role_id, allow }: queries.GrantRow): RuleRow {
  return { node_id, role_id, allow, deny: 0, is_grant: 1 };
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

function namedRule(row: queries.NamedRuleRow): NamedRule {
  return {
    id: row.id,
    nodeId: row.node_id,
    roleId: row.role_id,
    roleName: row.role_name,
    roleKind: row.role_kind,
    allow: namesOf(row.allow),
    deny: namesOf(row.deny),
  };
}

function namedGrant(row: queries.NamedGrantRow): NamedGrant {
  return { ...grantOf(row), roleName: row.role_name, roleKind: row.role_kind };
}
