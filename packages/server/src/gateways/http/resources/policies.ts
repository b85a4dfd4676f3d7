import type { Policy } from '@volvox/api';
import { systemContext, type Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import { bitsOf, namesOf, type NewPolicy, type PolicyRecord } from '../../../services/access/api.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { explain } from './explanation.ts';
import { pathsOf } from './workspace-rules.ts';

type Names =
  | 'listPolicies'
  | 'createPolicy'
  | 'updatePolicy'
  | 'deletePolicy'
  | 'bindPolicy'
  | 'unbindPolicy'
  | 'testPolicies';
type Body = Parameters<Handlers['createPolicy']>[0]['body'];

export function policyHandlers(services: Services): Pick<Handlers, Names> {
  const { access, identity } = services;
  /** What takes a policy away, in part or whole, opens what it has kept shut. */
  const requireProof = (context: Context): Promise<void> => identity.signIn.requireProof(context);
  return {
    async listPolicies(call) {
      const policies = await access.policies();
      const bound = policies.flatMap(({ bindings }) => bindings.map(({ nodeId }) => nodeId));
      const paths = await pathsOf(services, call.context, [...new Set(bound)]);
      return { items: policies.map((policy) => present(policy, paths)) };
    },
    async createPolicy(call) {
      return present(await access.savePolicy(call.context, null, policyOf(call.body)), new Map());
    },
    async updatePolicy(call) {
      await requireProof(call.context);
      const saved = await access.savePolicy(call.context, call.params.id, policyOf(call.body));
      const ids = saved.bindings.map(({ nodeId }) => nodeId);
      return present(saved, await pathsOf(services, call.context, ids));
    },
    async deletePolicy(call) {
      await requireProof(call.context);
      await access.removePolicy(call.context, call.params.id);
    },
    async bindPolicy(call) {
      const { id, node, role } = call.params;
      await locateAnywhere(services, node);
      await access.bindPolicy(call.context, id, { nodeId: node, roleId: role }, true);
    },
    async unbindPolicy(call) {
      await requireProof(call.context);
      const { id, node, role } = call.params;
      await access.bindPolicy(call.context, id, { nodeId: node, roleId: role }, false);
    },
    async testPolicies(call) {
      return explain(services, call, await locateAnywhere(services, call.query.node));
    },
  };
}

/** Policies are the administrators', on files that they may not read, too. */
async function locateAnywhere({ tree }: Services, nodeId: string): Promise<Located> {
  const [located] = await tree.locateMany(systemContext(), [nodeId]);
  if (located === undefined) throw new AppError('not_found', 'there is no such file or folder');
  return located;
}

function policyOf({ name, description, deny, mode, conditions }: Body): NewPolicy {
  return { name, description: description ?? '', deny: bitsOf(deny), mode, conditions };
}

function present(policy: PolicyRecord, paths: ReadonlyMap<string, string>): Policy {
  return {
    ...policy,
    deny: namesOf(policy.deny),
    bindings: policy.bindings.map((binding) => ({ ...binding, path: paths.get(binding.nodeId) ?? null })),
  };
}
