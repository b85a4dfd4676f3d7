/** The links that lead to a node: for those who may share it, and so should see who can reach it. */
import type { Context } from '../../kernel/context.ts';
import { READ } from '../access/api.ts';
import type { LeadingLink, SharingService } from './api.ts';
import type { SharingDeps } from './deps.ts';
import * as queries from './queries.ts';
import { endOf, permissionNames, stateOf } from './rules.ts';
import type { LinkRootRow, LinkRow } from './tables.ts';
import { afterAll } from './links.ts';
import type { Visits } from './visits.ts';

const batch = 100;
/** Links that lead nowhere are looked at like those that do: so many for one page, which then has less items. */
const most = 500;
const locatedAtOnce = 500;

type Leading = SharingService['leadingTo'];

export async function leadingTo(
  deps: SharingDeps,
  visits: Visits,
  ...[context, chain, { limit, cursor }]: Parameters<Leading>
): ReturnType<Leading> {
  const { sql } = deps;
  const leads = await leadingOnly(deps, visits, chain);
  const found: LinkRow[] = [];
  let before = cursor ?? afterAll;
  let more = true;
  for (let looked = 0; more && looked < most && found.length <= limit; looked += batch) {
    const rows = await sql.reader.all(queries.linksOnChain, { nodes: chain, before, limit: batch });
    found.push(...(await leads(rows)));
    before = rows.at(-1)?.id ?? before;
    more = rows.length === batch;
  }
  const page = found.slice(0, limit);
  const rest = more ? before : null;
  return {
    items: await present(deps, context, page, chain),
    next: found.length > limit ? (page.at(-1)?.id ?? null) : rest,
  };
}

/** Open, or about to be, and its owner may still share what is there. */
async function leadingOnly(
  { sql, settings, clock, access }: SharingDeps,
  visits: Visits,
  chain: readonly string[],
): Promise<(rows: readonly LinkRow[]) => Promise<LinkRow[]>> {
  const anyVisitor = await visits.anyVisitors();
  return async (rows) => {
    const open = rows.filter((row) => ['active', 'scheduled'].includes(stateOf(row, settings, clock.now())));
    const roots = await sql.reader.all(queries.rootsOfLinks, { ids: open.map((row) => row.id) });
    const rootsOf = Map.groupBy(roots, (root) => root.link_id);
    const leading: LinkRow[] = [];
    for (const row of open) {
      const rootIds = (rootsOf.get(row.id) ?? []).map((root) => root.node_id);
      const visitor = await anyVisitor(row, rootIds);
      if (visitor !== null && ((await access.decide(visitor, chain)) & READ) !== 0) leading.push(row);
    }
    return leading;
  };
}

async function present(
  deps: SharingDeps,
  context: Context,
  rows: readonly LinkRow[],
  chain: readonly string[],
): Promise<LeadingLink[]> {
  if (rows.length === 0) return [];
  const { sql, identity, settings } = deps;
  const mine = ({ owner_id: ownerId }: LinkRow): boolean => ownerId === context.principal.userId;
  const roots = await sql.reader.all(queries.rootsOfLinks, { ids: rows.map((row) => row.id) });
  const others = new Set(rows.filter((row) => !mine(row)).map((row) => row.id));
  const hidden = await withHiddenRoot(
    deps,
    context,
    roots.filter((root) => others.has(root.link_id)),
  );
  const names = await identity.names([...new Set(rows.map((row) => row.owner_id))]);
  return rows.flatMap((row) => {
    const own = new Set(roots.filter((root) => root.link_id === row.id).map((root) => root.node_id));
    const rootId = chain.findLast((id) => own.has(id));
    if (rootId === undefined) return []; // its last root was purged just now
    return {
      id: row.id,
      kind: row.kind,
      label: hidden.has(row.id) ? '' : row.label,
      permissions: permissionNames(row.permissions),
      owner: { id: row.owner_id, displayName: names.get(row.owner_id) ?? '' },
      mine: mine(row),
      hasPassword: row.password_hash !== null,
      restricted: row.restricted === 1,
      startsAt: row.starts_at,
      endsAt: endOf(row, settings),
      rootId,
    };
  });
}

/** Links with a root that the asker may not read: what a link is called unless its owner said otherwise is the name of its root. */
async function withHiddenRoot(
  { tree }: SharingDeps,
  context: Context,
  roots: readonly LinkRootRow[],
): Promise<ReadonlySet<string>> {
  const readable = new Set<string>();
  const ids = [...new Set(roots.map((root) => root.node_id))];
  for (let from = 0; from < ids.length; from += locatedAtOnce)
    for (const { node } of await tree.locateMany(context, ids.slice(from, from + locatedAtOnce)))
      readable.add(node.id);
  return new Set(roots.filter((root) => !readable.has(root.node_id)).map((root) => root.link_id));
}
