/** Rules and decisions as the wire contract has them. */
import type { ClientKind, Explanation } from '@volvox/api';
import type { Principal } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import { namesOf, type AccessStep, type NamedGrant, type NamedRule } from '../../../services/access/api.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import { readableAbove } from '../present.ts';

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
export async function namesOn(
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
