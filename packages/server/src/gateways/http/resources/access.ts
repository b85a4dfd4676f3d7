import type { ClientKind, Explanation } from '@volvox/api';
import type { Principal } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import {
  bitsOf,
  MANAGE,
  namesOf,
  type AccessStep,
  type NamedGrant,
  type NamedRule,
} from '../../../services/access/api.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';
import { readableAbove } from '../present.ts';
import { previewRule } from './rule-preview.ts';
import { workspaceRules } from './workspace-rules.ts';

type Names = 'listRules' | 'setRule' | 'previewRule' | 'ruleHistory' | 'why' | 'workspaceRules';

export function accessHandlers(services: Services): Pick<Handlers, Names> {
  const { access, tree, identity } = services;
  return {
    async listRules(call) {
      const located = await tree.locate(call.context, call.params.id, MANAGE);
      const { chain } = located;
      const { rules, grants } = await access.rulesAt(chain);
      const names = await namesOn(services, call.context.principal, located);
      const at = (nodeId: string) => ({
        rules: rules.filter((rule) => rule.nodeId === nodeId).map(presentRule),
        grants: grants.filter((grant) => grant.nodeId === nodeId).map(presentGrant),
      });
      const own = at(located.node.id);
      const inherited = chain
        .slice(0, -1)
        .map((nodeId, i) => ({ nodeId, nodeName: names[i] ?? '', ...at(nodeId) }));
      return {
        items: own.rules,
        grants: own.grants,
        inherited: inherited.filter((one) => one.rules.length + one.grants.length > 0),
      };
    },
    async setRule(call) {
      const { chain } = await tree.locate(call.context, call.params.id, MANAGE);
      const rule = { roleId: call.params.role, allow: bitsOf(call.body.allow), deny: bitsOf(call.body.deny) };
      await access.changeRule(call.context, chain, rule);
    },
    previewRule: (call) => previewRule(services, call),
    async ruleHistory(call) {
      await tree.locate(call.context, call.params.id, MANAGE);
      const { items, next } = await access.history(call.params.id, {
        ...given({ cursor: call.query.cursor }),
        limit: limitOf(call.query),
      });
      const names = await identity.names(items.flatMap(({ actorId }) => actorId ?? []));
      return {
        items: items.map(({ actorId, ...entry }) => ({
          ...entry,
          actor: actorId === null ? null : { id: actorId, displayName: names.get(actorId) ?? '' },
        })),
        next,
      };
    },
    async why(call) {
      const located = await tree.locate(call.context, call.params.id, MANAGE);
      return explain(services, call, located);
    },
    workspaceRules: (call) => workspaceRules(services, call),
  };
}

interface Question {
  readonly context: { readonly principal: Principal };
  readonly query: {
    readonly user: string;
    readonly address?: string;
    readonly client?: ClientKind;
    readonly at?: number;
  };
}

/** What somebody may do with a node, perhaps from elsewhere and at another time. The asker's right to know was checked. */
export async function explain(services: Services, call: Question, located: Located): Promise<Explanation> {
  const { user, address, client, at } = call.query;
  const principal = await services.identity.principalOf(user).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'not_found'
      ? new AppError('not_found', 'there is no such user')
      : error;
  });
  const asked =
    address === undefined || client === undefined
      ? principal
      : { ...principal, circumstances: { address, client } };
  const { permissions, steps } = await services.access.why(asked, located.chain, at);
  const names = await namesOn(services, call.context.principal, located);
  return {
    permissions: namesOf(permissions),
    steps: steps.map((step) => presentStep(step, names[located.chain.indexOf(step.nodeId)] ?? '')),
  };
}

/** Of the nodes of a chain; empty where the asker may not read one. */
async function namesOn(
  { access }: Services,
  principal: Principal,
  { chain, names, workspace }: Located,
): Promise<readonly string[]> {
  const above = await readableAbove(access, principal, chain);
  return [workspace.name, ...names].map((name, at) => (above[at] === false ? '' : name));
}

function presentStep(step: AccessStep, nodeName: string): Explanation['steps'][number] {
  const { allow, deny, outcomes } = step;
  return { ...step, nodeName, allow: [...allow], deny: [...deny], outcomes: [...outcomes] };
}

export function presentRule(rule: NamedRule): NamedRule {
  return { ...rule, allow: [...rule.allow], deny: [...rule.deny] };
}

export function presentGrant({ allow, ...grant }: NamedGrant) {
  return { ...grant, allow: namesOf(allow) };
}
