import type { Workspace } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';

/** A workspace's row. Each user's `personal` is a row of its own with `ownerId`. */
export interface WorkspaceRecord {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly kind: 'personal' | 'common' | 'shared';
  readonly ownerId: string | null;
  readonly rootId: string;
  readonly trashId: string;
  readonly quota: number | null;
}

export interface WorkspacesService {
  /** What the principal may read, personal first, then by name. The system sees all, personal ones of everybody included. */
  list(context: Context): Promise<readonly Workspace[]>;
  /** By slug as the principal sees it. Warm: no SQL beyond the epoch. @throws not_found */
  bySlug(context: Context, slug: string): Promise<WorkspaceRecord>;
  byRoot(rootId: string): Promise<WorkspaceRecord | null>;
  byId(id: string): Promise<WorkspaceRecord | null>;
  create(
    context: Context,
    input: { readonly slug: string; readonly name: string; readonly quota?: number | null },
  ): Promise<Workspace>;
  update(
    context: Context,
    id: string,
    change: { readonly name?: string; readonly quota?: number | null },
  ): Promise<Workspace>;
  /** Makes `common` at set-up. */
  createCommon(tx: SqlTransaction, rootRoleId: string, adminsRoleId: string): Promise<void>;
  /** Makes a user's personal root, with all rights for the user's role. */
  createPersonal(
    tx: SqlTransaction,
    user: { readonly id: string; readonly roleId: string; readonly quota: number | null },
  ): Promise<void>;
  /** Of a user's personal workspace; `null`: none. */
  setPersonalQuota(tx: SqlTransaction, ownerId: string, quota: number | null): Promise<void>;
  /** The owner goes, the files stay: the personal workspace becomes a shared one that only admins see. */
  archivePersonal(
    tx: SqlTransaction,
    owner: { readonly id: string; readonly login: string },
    actorId: string | null,
  ): Promise<void>;
}
