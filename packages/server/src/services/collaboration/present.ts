/** Rows of shares as the wire contract has them. */
import type { Share, ShareSubject } from '@volvox/api';
import { SHARE } from '../access/api.ts';
import type { Subject } from '../identity/api.ts';
import { stillMay, type CollaborationDeps } from './core.ts';
import type { ShareRow } from './tables.ts';

/** In order; those whose receiver is gone are left out. */
export async function presentShares(
  deps: CollaborationDeps,
  rows: readonly ShareRow[],
): Promise<readonly Share[]> {
  const subjects = await deps.identity.subjects(
    null,
    rows.map((row) => row.role_id),
  );
  const names = await deps.identity.names(rows.flatMap((row) => row.created_by ?? []));
  const stale = await staleOnes(deps, rows);
  return rows.flatMap((row) => {
    const subject = subjects.get(row.role_id);
    if (subject === undefined) return [];
    return {
      id: row.id,
      nodeId: row.node_id,
      subject: shownSubject(subject),
      role: row.role,
      createdAt: row.created_at,
      createdBy: whoOf(row.created_by, names),
      expiresAt: row.expires_at,
      message: row.message,
      stale: stale.has(row.id),
    };
  });
}

/** Those whose maker may share the node no longer; each maker and node is asked about once. */
async function staleOnes(deps: CollaborationDeps, rows: readonly ShareRow[]): Promise<ReadonlySet<string>> {
  const asked = new Map<string, Promise<boolean>>();
  const stale = new Set<string>();
  for (const row of rows) {
    const key = `${row.created_by} ${row.node_id}`;
    let may = asked.get(key);
    if (may === undefined)
      asked.set(key, (may = stillMay(deps, deps.sql.reader, row.created_by, row.node_id, SHARE)));
    if (!(await may)) stale.add(row.id);
  }
  return stale;
}

export function shownSubject({ roleId, kind, id, name, login }: Subject): ShareSubject {
  return { roleId, kind, id, name, login };
}

export function whoOf(
  id: string | null,
  names: ReadonlyMap<string, string>,
): { readonly id: string; readonly name: string } | null {
  const name = id === null ? undefined : names.get(id);
  return id === null || name === undefined ? null : { id, name };
}
