/** Lists of shares: of a node, received, given. */
import type { NodeShares } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { READ, SHARE } from '../access/api.ts';
import type { Located } from '../tree/api.ts';
import type { Given, Page, PageQuery, Received } from './api.ts';
import { requirePerson, type CollaborationDeps } from './core.ts';
import { presentShares } from './present.ts';
import * as queries from './queries.ts';
import { newest } from './received.ts';
import type { ShareRow } from './tables.ts';
import type { ShareRole } from '@volvox/api';

/** Rows looked at for one page before it is handed out short. */
const maxLooked = 2000;
const batch = 200;

export async function sharesOf(
  deps: CollaborationDeps,
  context: Context,
  nodeId: string,
): Promise<NodeShares> {
  const located = await deps.tree.locate(context, nodeId, SHARE);
  const { chain } = located;
  const now = deps.clock.now();
  const rows = await deps.sql.reader.all(queries.sharesAtNodes, { nodes: chain, now });
  const places = await readablePlaces(deps, context, located);
  const shown = await presentShares(
    deps,
    rows.filter((row) => places.has(row.node_id)),
  );
  return {
    items: shown.filter((one) => one.nodeId === nodeId),
    inherited: shown.flatMap((one) => {
      const on = places.get(one.nodeId);
      return one.nodeId === nodeId || on === undefined ? [] : [{ ...one, on }];
    }),
    cells: await cellsAt(deps, chain),
  };
}

export interface PlaceOf {
  readonly id: string;
  readonly name: string;
  readonly kind: 'folder' | 'file';
}

/** The node itself and the folders above it that the asker may read. */
export async function readablePlaces(
  { access }: Pick<CollaborationDeps, 'access'>,
  { principal }: Context,
  { chain, names, node, workspace }: Located,
): Promise<ReadonlyMap<string, PlaceOf>> {
  const places = new Map<string, PlaceOf>();
  for (const [at, id] of chain.entries()) {
    const own = at === chain.length - 1;
    if (!own && ((await access.decide(principal, chain.slice(0, at + 1))) & READ) === 0) continue;
    const name = at === 0 ? workspace.name : (names[at - 1] ?? '');
    places.set(id, { id, name, kind: own ? node.kind : 'folder' });
  }
  return places;
}

async function cellsAt(deps: CollaborationDeps, chain: readonly string[]): Promise<NodeShares['cells']> {
  const cells: NodeShares['cells'] = [];
  for (const { workspaceId, nodeId } of await deps.workspaces.mountsAt(chain)) {
    const workspace = await deps.workspaces.byId(workspaceId);
    if (workspace?.kind !== 'cell') continue;
    const members = await deps.sql.reader.all(queries.membersOf, { cells: [workspaceId] });
    cells.push({ id: workspaceId, name: workspace.name, nodeId, members: members.length });
  }
  return cells;
}

export async function sharedAmong(
  deps: CollaborationDeps,
  context: Context,
  nodeIds: readonly string[],
): Promise<readonly string[]> {
  const rows = await deps.sql.reader.all(queries.sharesAtNodes, { nodes: nodeIds, now: deps.clock.now() });
  const mounts = await deps.workspaces.mountsAt(nodeIds);
  const shared = new Set([...rows.map((row) => row.node_id), ...mounts.map((mount) => mount.nodeId)]);
  const located = await deps.tree.locateMany(context, [...shared]);
  return located.filter((one) => (one.permissions & SHARE) !== 0).map((one) => one.node.id);
}

export async function receivedShares(
  deps: CollaborationDeps,
  context: Context,
  query: PageQuery & { readonly hidden?: boolean },
): Promise<Page<Received>> {
  const userId = requirePerson(context);
  const { roles } = context.principal;
  const now = deps.clock.now();
  return pageOf(query, async (before) => {
    const rows = await deps.sql.reader.all(queries.sharesFor, { roles, userId, now, before, limit: batch });
    const wanted = rows.filter((row) => (row.hidden_by !== null) === (query.hidden === true));
    const found = await withNodes(deps, context, wanted);
    const hidden = query.hidden === true;
    const items = found.flatMap(({ share, located }): Received[] =>
      located === null || !matches(query.q, located.node.name, share.createdBy?.name ?? '')
        ? []
        : [{ ...share, hidden, located }],
    );
    return { rows, items };
  });
}

export async function givenShares(
  deps: CollaborationDeps,
  context: Context,
  query: PageQuery & { readonly role?: ShareRole },
): Promise<Page<Given>> {
  const userId = requirePerson(context);
  const now = deps.clock.now();
  return pageOf(query, async (before) => {
    const rows = await deps.sql.reader.all(queries.sharesBy, { userId, now, before, limit: batch });
    const wanted = rows.filter((row) => query.role === undefined || row.role === query.role);
    const found = await withNodes(deps, context, wanted);
    const items = found.flatMap(({ share, located }): Given[] =>
      matches(query.q, located?.node.name ?? '', share.subject.name) ? [{ ...share, located }] : [],
    );
    return { rows, items };
  });
}

type Batch<T> = { readonly rows: readonly ShareRow[]; readonly items: readonly T[] };

/** Newest first; the cursor is the id of the last one that was looked at. */
async function pageOf<T extends { readonly id: string }>(
  { cursor, limit }: PageQuery,
  read: (before: string) => Promise<Batch<T>>,
): Promise<Page<T>> {
  if (cursor !== undefined && !/^[0-9a-f-]{36}$/.test(cursor))
    throw new AppError('invalid_input', 'the cursor does not belong to this list');
  let before = cursor ?? newest;
  const items: T[] = [];
  for (let looked = 0; looked < maxLooked; looked += batch) {
    const { rows, items: more } = await read(before);
    items.push(...more);
    if (items.length > limit) {
      const page = items.slice(0, limit);
      return { items: page, next: page.at(-1)?.id ?? null };
    }
    before = rows.at(-1)?.id ?? before;
    if (rows.length < batch) return { items, next: null };
  }
  return { items, next: before };
}

/** In order. What lies in the trash is nowhere for those that it was shared with. */
async function withNodes(deps: CollaborationDeps, context: Context, rows: readonly ShareRow[]) {
  const ids = rows.map((row) => row.node_id);
  const located = (await deps.tree.locateMany(context, ids)).filter((one) => one.trashed === null);
  const byId = new Map(located.map((one) => [one.node.id, one]));
  const shares = await presentShares(deps, rows);
  return shares.map((share) => ({ share, located: byId.get(share.nodeId) ?? null }));
}

function matches(q: string | undefined, ...texts: readonly string[]): boolean {
  const asked = q?.trim().toLowerCase() ?? '';
  return asked === '' || texts.some((text) => text.toLowerCase().includes(asked));
}
