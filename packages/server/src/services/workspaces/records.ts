/** Rows of workspaces as other services meet them. */
import type { Workspace } from '@volvox/api';
import type { Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { RECEIVED_ROOT } from '../access/api.ts';
import type { WorkspaceRecord } from './api.ts';
import type { WorkspaceRow } from './tables.ts';

/** The one workspace in which everybody sees what was shared with them; its ids are the same everywhere, so that there can't be two. */
export const received = {
  id: '00000000-0000-7000-8000-000000000003',
  rootId: RECEIVED_ROOT,
  trashId: '00000000-0000-7000-8000-000000000002',
  slug: 'shared',
  name: 'Shared with me',
  kind: 'received',
  ownerId: null,
  quota: null,
  mounted: true,
  archived: false,
} as const;

export function recordOf(row: WorkspaceRow): WorkspaceRecord {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    kind: row.kind,
    ownerId: row.owner_id,
    rootId: row.root_id,
    trashId: row.trash_id,
    quota: row.quota,
    mounted: row.mounted === 1,
    archived: row.archived_at !== null,
  };
}

/** What was put away is there for admins only. */
export function mayMeet(principal: Principal, record: WorkspaceRecord): boolean {
  return !record.archived || principal.admin;
}

export function inOrder(a: Workspace, b: Workspace): number {
  const rank = (w: Workspace): number => (w.kind === 'personal' ? 0 : 1);
  return rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || (a.id < b.id ? -1 : 1);
}

export function noWorkspace(): AppError {
  return new AppError('not_found', 'there is no such workspace');
}
