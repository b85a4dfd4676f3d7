import { AppError } from '../../../kernel/errors.ts';
import { bitsOf, MANAGE, namesOf } from '../../../services/access/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { readableAbove } from '../present.ts';

export function accessHandlers({
  access,
  tree,
  identity,
}: Services): Pick<Handlers, 'listRules' | 'setRule' | 'why'> {
  return {
    async listRules(call) {
      await tree.locate(call.context, call.params.id, MANAGE);
      return { items: [...(await access.rulesOf(call.params.id))] };
    },
    async setRule(call) {
      const { chain } = await tree.locate(call.context, call.params.id, MANAGE);
      const rule = { roleId: call.params.role, allow: bitsOf(call.body.allow), deny: bitsOf(call.body.deny) };
      await access.changeRule(call.context, chain, rule);
    },
    async why(call) {
      const { chain, names, workspace } = await tree.locate(call.context, call.params.id, MANAGE);
      const principal = await identity.principalOf(call.query.user).catch((error: unknown) => {
        throw error instanceof AppError && error.code === 'not_found'
          ? new AppError('not_found', 'there is no such user')
          : error;
      });
      const { permissions, steps } = await access.why(principal, chain);
      const above = await readableAbove(access, call.context.principal, chain);
      const nodeNames = [workspace.name, ...names].map((name, at) => (above[at] === false ? '' : name));
      return {
        permissions: namesOf(permissions),
        steps: steps.map((step) => ({
          ...step,
          nodeName: nodeNames[chain.indexOf(step.nodeId)] ?? '',
          allow: [...step.allow],
          deny: [...step.deny],
        })),
      };
    },
  };
}
