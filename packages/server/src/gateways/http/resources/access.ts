import { bitsOf, MANAGE } from '../../../services/access/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';
import { explain, namesOn, presentGrant, presentRule } from './explanation.ts';
import { previewRule } from './rule-preview.ts';
import { workspaceRules } from './workspace-rules.ts';

type Names = 'listRules' | 'setRule' | 'previewRule' | 'ruleHistory' | 'why' | 'workspaceRules';

export function accessHandlers(services: Services): Pick<Handlers, Names> {
  const { access, tree, identity } = services;
  return {
    async listRules(call) {
      const located = await tree.locate(call.context, call.params.id, MANAGE);
      const { chain } = located;
      const { cursor } = call.query;
      const page = { ...given({ cursor }), limit: limitOf(call.query) };
      const { rules, grants, next } = await access.rulesPage(chain, page);
      const names = await namesOn(services, call.context.principal, located);
      const at = (nodeId: string) => ({
        rules: rules.filter((rule) => rule.nodeId === nodeId).map(presentRule),
        grants: grants.filter((grant) => grant.nodeId === nodeId).map(presentGrant),
      });
      const own = at(located.node.id);
      const inherited = chain
        .slice(0, -1)
        .map((nodeId, i) => ({ nodeId, nodeName: names[i] ?? '', ...at(nodeId) }))
        .reverse();
      return {
        settable: ((await access.decide(call.context.principal, chain, 'rules')) & MANAGE) !== 0,
        items: own.rules,
        grants: own.grants,
        inherited: inherited.filter((one) => one.rules.length + one.grants.length > 0),
        next,
      };
    },
    async setRule(call) {
      const { chain } = await tree.locate(call.context, call.params.id, MANAGE);
      if (chain.length === 1) await identity.signIn.requireProof(call.context); // opens or shuts a whole workspace
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
