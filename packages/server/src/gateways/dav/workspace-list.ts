import type { Depth, DavRequest } from './request.ts';
import { Refusal } from './errors.ts';
import { Multistatus } from './multistatus.ts';
import { hrefOf, prefix } from './path.ts';
import { renderResponse, type PropfindPlan } from './propfind-request.ts';

/** `/dav/` itself: no node, but a list of the workspaces that the user may read. */
export async function sendRoot(dav: DavRequest, plan: PropfindPlan, depth: Depth): Promise<void> {
  const { services, context } = dav;
  if (depth === 'infinity') {
    throw new Refusal(403, 'forbidden', 'ask for the list of workspaces with Depth: 0 or 1', {
      condition: 'propfind-finite-depth',
    });
  }
  const answer = new Multistatus(dav.res);
  const name = services.settings.get('branding.name');
  answer.add(
    renderResponse(plan, {
      kind: 'root',
      name,
      href: `/${prefix}/`,
      node: null,
      locks: '',
      quota: null,
      dead: undefined,
    }),
  );
  if (depth === '1') {
    const workspaces = await services.workspaces.list(context);
    const roots = await services.tree.locateMany(
      context,
      workspaces.map((w) => w.rootId),
    );
    const nodes = new Map(roots.map(({ node }) => [node.id, node]));
    for (const workspace of workspaces) {
      const { quota: limit, used } = workspace;
      answer.add(
        renderResponse(plan, {
          kind: 'folder',
          name: workspace.name,
          href: hrefOf(workspace.slug, [], true),
          node: nodes.get(workspace.rootId) ?? null,
          locks: '',
          quota: { used, free: limit === null ? null : Math.max(0, limit - used) },
          dead: undefined,
        }),
      );
    }
  }
  answer.end();
}
