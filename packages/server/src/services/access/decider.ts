/** Decides: rules and grants from memory, then policies, then the scopes and the link of who asks. */
import type { Clock } from '../../kernel/clock.ts';
import type { Circumstances, Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import { attribute } from '../journal/api.ts';
import { ALL, namesOf, READ, type Permissions } from './api.ts';
import type { Situation } from './conditions.ts';
import { EpochReader } from './epoch.ts';
import { rulesOnChain } from './load-queries.ts';
import { deniedBy, policiesOn, propertyOn, type NodeProperties, type PolicyMap } from './policies.ts';
import { deniedBelow } from './policies-below.ts';
import { PolicyCache } from './policy-cache.ts';
import { RuleCache } from './rule-cache.ts';
import {
  compileRules,
  narrow,
  settle,
  settleChildren,
  walk,
  withoutGrants,
  type DeniedBelow,
  type RuleMap,
} from './rules.ts';

export interface DeciderDeps {
  readonly sql: SqlStore;
  readonly clock: Clock;
  /** The principal as `reader` sees its user and credential now; null if one of them was taken away. From identity, through boot. */
  readonly reloadPrincipal: (reader: SqlReader, principal: Principal) => Promise<Principal | null>;
  /** Dead properties of nodes, by node and name. From the tree, through boot; absent: none can be read, and policies that ask for one deny. */
  readonly nodeProperties?: (
    reader: SqlReader,
    nodeIds: readonly string[],
  ) => Promise<NonNullable<NodeProperties>>;
}

export class Decider {
  readonly #deps: DeciderDeps;
  readonly #reader: SqlReader;
  readonly #clock: Clock;
  readonly #rules: RuleCache;
  readonly #policies: PolicyCache;
  /** Of principals with circumstances: what identity knows them as. */
  readonly #plain = new WeakMap<Principal, Principal>();
  readonly #epochs: EpochReader;
  #lastEpoch = 0;

  constructor(deps: DeciderDeps) {
    this.#deps = deps;
    this.#reader = deps.sql.reader;
    this.#clock = deps.clock;
    this.#epochs = new EpochReader(deps.sql);
    this.#rules = new RuleCache(this.#reader, deps.clock);
    this.#policies = new PolicyCache(this.#reader);
  }

  async decide(
    principal: Principal,
    chain: readonly string[],
    by: 'all' | 'rules' = 'all',
  ): Promise<Permissions> {
    if (principal.userId === null) return ALL;
    const rules = this.#rules.peek(principal) ?? (await this.#rules.load(principal));
    const policies = this.#currentPolicies(principal) ?? (await this.#loadPolicies(principal));
    const denied =
      policies.size === 0
        ? 0
        : await this.#denied(this.#reader, policies, principal, chain, this.#clock.now());
    const state = walk(rules, chain);
    return narrow(principal, chain, settle(by === 'rules' ? withoutGrants(state) : state, denied));
  }

  async decideChildren(
    principal: Principal,
    chain: readonly string[],
    childIds: readonly string[],
  ): Promise<readonly Permissions[]> {
    if (principal.userId === null) return new Array<Permissions>(childIds.length).fill(ALL);
    const rules = this.#rules.peek(principal) ?? (await this.#rules.load(principal));
    const policies = this.#currentPolicies(principal) ?? (await this.#loadPolicies(principal));
    if (policies.size === 0) return settleChildren(rules, chain, childIds, principal);
    const denied = await this.#deniedBelow(policies, principal, chain, childIds);
    return settleChildren(rules, chain, childIds, principal, denied);
  }

  /** @param by rules: what grants add does not count */
  async require(
    tx: SqlReader,
    context: Context,
    chain: readonly string[],
    need: Permissions,
    by: 'all' | 'rules' = 'all',
  ): Promise<void> {
    attribute(tx, context);
    if (context.principal.userId === null) return;
    const row = await this.#epochs.row(tx);
    const principal = await this.#reloaded(tx, context.principal, row.epoch);
    const rules = await this.#rulesInside(tx, principal, chain, principal === context.principal);
    const policies = await this.#policies.inside(tx, row.policy_epoch);
    const denied =
      policies.size === 0 ? 0 : await this.#denied(tx, policies, principal, chain, this.#clock.now());
    const state = walk(rules, chain);
    const granted = narrow(principal, chain, settle(by === 'rules' ? withoutGrants(state) : state, denied));
    if (!(granted & READ)) throw new AppError('not_found', 'there is no such file or folder');
    const missing = need & ~granted;
    if (missing !== 0) {
      throw new AppError('forbidden', `this needs the permission to ${namesOf(missing).join(', ')}`, {
        details: { missing: namesOf(missing) },
      });
    }
  }

  async current(tx: SqlReader, context: Context): Promise<Principal> {
    attribute(tx, context);
    const { principal } = context;
    if (principal.userId === null) return principal;
    return this.#reloaded(tx, principal, (await this.#epochs.row(tx)).epoch);
  }

  async epoch(reader: SqlReader = this.#reader): Promise<number> {
    const row = await this.#epochs.row(reader);
    if (reader === this.#reader && row.epoch >= this.#lastEpoch) {
      this.#lastEpoch = row.epoch;
      this.#policies.note(row.policy_epoch);
    }
    return row.epoch;
  }

  lastEpoch(): number {
    return this.#lastEpoch;
  }

  hasPolicies(): boolean {
    return this.#policies.any;
  }

  placed(principal: Principal, circumstances: Circumstances): Principal {
    if (!this.#policies.any || principal.userId === null) return principal;
    const placed = { ...principal, circumstances };
    this.#plain.set(placed, this.#plain.get(principal) ?? principal);
    return placed;
  }

  /** As `principal` would meet them at a time; those of now, whatever its epoch. */
  async policiesFor(
    principal: Principal,
    chain: readonly string[],
    at: number,
  ): Promise<{ readonly policies: ReturnType<typeof policiesOn>; readonly situation: Situation }> {
    await this.epoch();
    const all = this.#policies.peek() ?? (await this.#policies.load());
    const policies = policiesOn(all, principal.roles, chain);
    return { policies, situation: await this.#situation(this.#reader, policies, principal, chain, at) };
  }

  async #reloaded(tx: SqlReader, principal: Principal, epoch: number): Promise<Principal> {
    if (epoch === principal.epoch && this.#clock.now() < (principal.validUntil ?? Infinity)) return principal;
    const now = await this.#deps.reloadPrincipal(tx, this.#plain.get(principal) ?? principal);
    if (now === null) throw new AppError('unauthenticated', 'the credentials are no longer valid');
    // What keeps somebody in never gets lost on the way.
    const confined = now.confined ?? principal.confined;
    const { circumstances } = principal;
    return {
      ...now,
      epoch,
      ...(confined === undefined ? {} : { confined }),
      ...(circumstances === undefined ? {} : { circumstances }),
    };
  }

  /** After the epoch moved, the transaction may see rules of its own that are never committed: nothing is kept, only the chain is read. */
  async #rulesInside(
    tx: SqlReader,
    principal: Principal,
    chain: readonly string[],
    unchanged: boolean,
  ): Promise<RuleMap> {
    const known = unchanged ? this.#rules.peek(principal) : undefined;
    if (known !== undefined) return known;
    const { roles } = principal;
    if (roles.length === 0) return new Map();
    return compileRules(roles, await tx.all(rulesOnChain, { roles, nodes: chain, now: this.#clock.now() }));
  }

  #currentPolicies(principal: Principal): PolicyMap | undefined {
    return principal.epoch > this.#lastEpoch ? undefined : this.#policies.peek();
  }

  async #loadPolicies(principal: Principal): Promise<PolicyMap> {
    if (principal.epoch > this.#lastEpoch) await this.epoch();
    return this.#policies.peek() ?? this.#policies.load();
  }

  async #denied(
    reader: SqlReader,
    all: PolicyMap,
    principal: Principal,
    chain: readonly string[],
    at: number,
  ): Promise<Permissions> {
    const met = policiesOn(all, principal.roles, chain);
    return met.length === 0 ? 0 : deniedBy(met, await this.#situation(reader, met, principal, chain, at));
  }

  async #situation(
    reader: SqlReader,
    met: ReturnType<typeof policiesOn>,
    principal: Principal,
    chain: readonly string[],
    at: number,
  ): Promise<Situation> {
    const properties = met.some(({ conditions }) => conditions.property !== null)
      ? await this.#properties(reader, chain)
      : null;
    const circumstances = principal.circumstances ?? null;
    return { circumstances, at, property: propertyOn(properties, chain) };
  }

  async #deniedBelow(
    all: PolicyMap,
    principal: Principal,
    chain: readonly string[],
    childIds: readonly string[],
  ): Promise<DeniedBelow> {
    return deniedBelow({
      all,
      roles: principal.roles,
      chain,
      childIds,
      circumstances: principal.circumstances ?? null,
      at: this.#clock.now(),
      properties: (nodeIds) => this.#properties(this.#reader, nodeIds),
    });
  }

  async #properties(reader: SqlReader, nodeIds: readonly string[]): Promise<NodeProperties> {
    return (await this.#deps.nodeProperties?.(reader, nodeIds)) ?? null;
  }
}
