import type { Routes } from '@volvox/api';
import { systemContext, type Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import { isId } from '../../../kernel/ids.ts';
import { MANAGE, READ } from '../../../services/access/api.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { WorkspaceRecord } from '../../../services/workspaces/api.ts';
import type { Services } from '../../contract.ts';
import type { Call, Result } from '../handler.ts';
import { limitOf } from '../paging.ts';
import { pathOf, readableAbove } from '../present.ts';
import { presentGrant, presentRule } from './explanation.ts';

type Route = Routes['workspaceRules'];

/** Nodes with rules, of any workspace, that are looked at for one page. */
const scanLimit = 2_000;
const batch = 200;

/**
 * Rules know their node, nodes their way up: so the nodes with rules are looked through, not everything in the workspace. Admins see
 * rules of nodes that they may not read, but not what these are called.
 */
export async function workspaceRules(services: Services, call: Call<Route>): Promise<Result<Route>> {
  const { access, workspaces } = services;
  const { principal } = call.context;
  const workspace = await workspaces.byId(call.params.id);
  if (workspace === null) throw noWorkspace();
  const admin = principal.admin && principal.scopes.includes('admin');
  const permissions = await access.decide(principal, [workspace.rootId]);
  if (!admin && (permissions & READ) === 0) throw noWorkspace();
  if (!admin && (permissions & MANAGE) === 0)
    throw new AppError('forbidden', 'only admins and whoever manages the workspace see all of its rules');
  const { ids, next } = await nodesIn(services, workspace, call.query.cursor, limitOf(call.query));
  const { rules, grants } = await access.rulesAt(ids);
  const paths = await pathsOf(services, call.context, ids);
  return {
    items: ids
      .filter((nodeId) => admin || paths.has(nodeId))
      .map((nodeId) => ({
        nodeId,
        path: paths.get(nodeId) ?? null,
        rules: rules.filter((rule) => rule.nodeId === nodeId).map(presentRule),
        grants: grants.filter((grant) => grant.nodeId === nodeId).map(presentGrant),
      })),
    next,
  };
}

function noWorkspace(): AppError {
  return new AppError('not_found', 'there is no such workspace');
}

async function nodesIn(
  { access, tree }: Services,
  workspace: WorkspaceRecord,
  cursor: string | undefined,
  limit: number,
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  if (cursor !== undefined && !isId(cursor))
    throw new AppError('invalid_input', 'the cursor does not belong to this list');
  const ids: string[] = [];
  let after = cursor ?? '';
  for (let scanned = 0; scanned < scanLimit; scanned += batch) {
    const nodes = await access.nodesWithRules(after, batch);
    const located = await tree.locateMany(systemContext(), nodes);
    const inside = new Set(located.filter((one) => isIn(one, workspace)).map((one) => one.node.id));
    for (const id of nodes) {
      after = id;
      if (inside.has(id) && ids.push(id) >= limit) return { ids, next: after };
    }
    if (nodes.length < batch) return { ids, next: null };
  }
  return { ids, next: after };
}

function isIn(located: Located, workspace: WorkspaceRecord): boolean {
  return located.workspace.id === workspace.id && located.trashed === null;
}

/** Of those that may be read, along with every folder above. */
export async function pathsOf(
  { access, tree }: Services,
  context: Context,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const located of await tree.locateMany(context, ids)) {
    const above = await readableAbove(access, context.principal, located.chain);
    if (!above.includes(false)) paths.set(located.node.id, pathOf(located));
  }
  return paths;
}
