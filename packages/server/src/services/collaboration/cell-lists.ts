/** Cells as the asker sees them. */
import type { Cell, CellDetail } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { SHARE } from '../access/api.ts';
import { noCell } from './cell-hold.ts';
import { roleIn, stateOf, type CellState } from './cell-rights.ts';
import { requirePerson, stillMay, type CollaborationDeps } from './core.ts';
import { shownSubject, whoOf } from './present.ts';
import * as queries from './queries.ts';

export async function cells(deps: CollaborationDeps, context: Context): Promise<readonly Cell[]> {
  const userId = requirePerson(context);
  const { roles } = context.principal;
  const rows = await deps.sql.reader.all(queries.cellsOf, { userId, roles });
  const shown: Cell[] = [];
  for (const row of rows) {
    const state = await stateOf(deps, deps.sql.reader, row);
    const role = state === null ? null : roleIn(state, context.principal, deps.clock.now());
    if (state !== null && role !== null) shown.push(await present(deps, state, role));
  }
  return shown.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
}

async function present(deps: CollaborationDeps, state: CellState, role: Cell['role']): Promise<Cell> {
  const { row, workspace, members } = state;
  const names = await deps.identity.names(row.owner_id === null ? [] : [row.owner_id]);
  return {
    id: row.id,
    slug: workspace.slug,
    rootId: workspace.rootId,
    name: workspace.name,
    description: row.description,
    color: row.color,
    icon: row.icon,
    endsAt: row.ends_at,
    quota: workspace.quota,
    owner: whoOf(row.owner_id, names),
    role,
    used: (await deps.tree.usage(workspace)).used,
    createdAt: row.created_at,
    members: members.length,
    mounts: (await deps.workspaces.mountsOf(null, row.id)).length,
    ended: row.ends_at !== null && row.ends_at <= deps.clock.now(),
  };
}

/** Also right after a change: the asker's rights are read anew. */
export async function cell(deps: CollaborationDeps, context: Context, id: string): Promise<CellDetail> {
  requirePerson(context);
  await deps.access.epoch();
  const principal = await deps.access.current(deps.sql.reader, context);
  const row = await deps.sql.reader.get(queries.cellById, { id });
  const state = row === undefined ? null : await stateOf(deps, deps.sql.reader, row);
  const role = state === null ? null : roleIn(state, principal, deps.clock.now());
  if (state === null || role === null) throw noCell();
  const { members } = state;
  const subjects = await deps.identity.subjects(
    null,
    members.map((member) => member.role_id),
  );
  return {
    ...(await present(deps, state, role)),
    people: members.flatMap(({ role_id: roleId, role: as, added_at: addedAt }) => {
      const subject = subjects.get(roleId);
      return subject === undefined ? [] : [{ subject: shownSubject(subject), role: as, addedAt }];
    }),
    shown: await shownOf(deps, { ...context, principal }, id),
  };
}

async function shownOf(deps: CollaborationDeps, context: Context, id: string): Promise<CellDetail['shown']> {
  const mounts = await deps.workspaces.mountsOf(null, id);
  const ids = mounts.map((mount) => mount.nodeId);
  const located = (await deps.tree.locateMany(context, ids)).filter((one) => one.trashed === null);
  const byId = new Map(located.map((one) => [one.node.id, one]));
  const names = await deps.identity.names(mounts.flatMap((mount) => mount.addedBy ?? []));
  const shown: CellDetail['shown'] = [];
  for (const { nodeId, addedBy } of mounts) {
    const there = byId.get(nodeId);
    const name =
      there === undefined ? null : there.names.length === 0 ? there.workspace.name : there.node.name;
    const stale = !(await stillMay(deps, deps.sql.reader, addedBy, nodeId, SHARE));
    shown.push({ nodeId, name, kind: there?.node.kind ?? null, addedBy: whoOf(addedBy, names), stale });
  }
  return shown;
}

export async function ownersOf(
  { sql }: CollaborationDeps,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.reader.all(queries.cellsById, { ids });
  return new Map(rows.flatMap((row) => (row.owner_id === null ? [] : [[row.id, row.owner_id]])));
}
