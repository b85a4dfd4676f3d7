/** The links that lead to a node: for those who may share it, and so should see who can reach it. */
import type { Context } from '../../kernel/context.ts';
import { READ } from '../access/api.ts';
import type { LeadingLink, SharingService } from './api.ts';
import type { SharingDeps } from './deps.ts';
import * as queries from './queries.ts';
import { endOf, permissionNames, stateOf } from './rules.ts';
import type { LinkRow } from './tables.ts';
import { afterAll } from './links.ts';
import type { Visits } from './visits.ts';

const batch = 100;

type Leading = SharingService['leadingTo'];

export async function leadingTo(
  deps: SharingDeps,
  visits: Visits,
  ...[context, chain, { limit, cursor }]: Parameters<Leading>
): ReturnType<Leading> {
  const { sql } = deps;
  const found: LinkRow[] = [];
  let before = cursor ?? afterAll;
  for (;;) {
    const rows = await sql.reader.all(queries.linksOnChain, { nodes: chain, before, limit: batch });
    for (const row of rows) if (await leads(deps, visits, row, chain)) found.push(row);
    before = rows.at(-1)?.id ?? before;
    if (found.length > limit || rows.length < batch) break;
  }
  const page = found.slice(0, limit);
  return {
    items: await present(deps, context, page, chain),
    next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

/** Open, or about to be, and its owner may still share what is there. */
async function leads(
  { settings, clock, access }: SharingDeps,
  visits: Visits,
  row: LinkRow,
  chain: readonly string[],
): Promise<boolean> {
  const state = stateOf(row, settings, clock.now());
  if (state !== 'active' && state !== 'scheduled') return false;
  const visitor = await visits.anyVisitor(row);
  return visitor !== null && ((await access.decide(visitor, chain)) & READ) !== 0;
}

async function present(
  { sql, identity, settings }: SharingDeps,
  { principal }: Context,
  rows: readonly LinkRow[],
  chain: readonly string[],
): Promise<LeadingLink[]> {
  if (rows.length === 0) return [];
  const roots = await sql.reader.all(queries.rootsOfLinks, { ids: rows.map((row) => row.id) });
  const names = await identity.names([...new Set(rows.map((row) => row.owner_id))]);
  return rows.flatMap((row) => {
    const own = new Set(roots.filter((root) => root.link_id === row.id).map((root) => root.node_id));
    const rootId = chain.findLast((id) => own.has(id));
    if (rootId === undefined) return []; // its last root was purged just now
    return {
      id: row.id,
      kind: row.kind,
      label: row.label,
      permissions: permissionNames(row.permissions),
      owner: { id: row.owner_id, displayName: names.get(row.owner_id) ?? '' },
      mine: row.owner_id === principal.userId,
      hasPassword: row.password_hash !== null,
      restricted: row.restricted === 1,
      startsAt: row.starts_at,
      endsAt: endOf(row, settings),
      rootId,
    };
  });
}
