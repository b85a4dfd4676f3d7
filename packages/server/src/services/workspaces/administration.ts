/** What administrators do with workspaces that are nobody's own: look at all of them, add roots, put them away, delete them. */
import type { Workspace } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { Mounts } from './mounts.ts';
import * as queries from './queries.ts';
import type { WorkspaceRow } from './tables.ts';
import type { MountedNode, WorkspaceRecord, WorkspacesService } from './api.ts';

export interface AdministrationDeps {
  readonly sql: SqlStore;
  readonly mounts: Mounts;
  readonly requireAdmin: (tx: SqlTransaction, context: Context) => Promise<void>;
  readonly present: (records: readonly WorkspaceRecord[]) => Promise<readonly Workspace[]>;
  readonly recordOf: (row: WorkspaceRow) => WorkspaceRecord;
  readonly changed: (
    tx: SqlTransaction,
    old: WorkspaceRecord,
    next: { readonly archived: boolean },
    actorId: string | null,
  ) => Promise<void>;
  readonly mountChanged: (
    tx: SqlTransaction,
    record: WorkspaceRecord,
    node: MountedNode,
    added: boolean,
    actorId: string | null,
  ) => Promise<void>;
  readonly remove: (tx: SqlTransaction, id: string, actorId: string | null) => Promise<void>;
  readonly now: () => number;
}

type Part = Pick<WorkspacesService, 'all' | 'mount' | 'unmount' | 'archive' | 'delete'>;

export function administration(deps: AdministrationDeps): Part {
  const { sql } = deps;
  return {
    async all(context) {
      if (!context.principal.admin) throw new AppError('forbidden', 'only admins may do this');
      const rows = await sql.reader.all(queries.selectNotOwned, queries.nothing);
      const shown = rows.filter((row) => row.kind !== 'received');
      const presented = await deps.present(shown.map(deps.recordOf));
      return Promise.all(
        presented.map(async (workspace, at) => ({
          workspace,
          archivedAt: shown[at]?.archived_at ?? null,
          mounts: (await deps.mounts.of(sql.reader, workspace.id)).map((mount) => mount.nodeId),
        })),
      );
    },
    mount: (context, id, node) =>
      sql.transaction(async (tx) => {
        await deps.requireAdmin(tx, context);
        const row = await adminsOwn(tx, id);
        const { id: nodeId } = node;
        if (row.root_id === nodeId)
          throw new AppError('conflict', 'a root does not show in itself', { details: { reason: 'mount' } });
        // Rules give rights on it, nobody gets any by this.
        const { userId: addedBy } = context.principal;
        await deps.mounts.add(tx, { workspaceId: id, nodeId, addedBy, allow: 0, via: null, until: null });
        await deps.mountChanged(tx, deps.recordOf(row), node, true, addedBy);
      }),
    unmount: (context, id, node) =>
      sql.transaction(async (tx) => {
        await deps.requireAdmin(tx, context);
        const row = await adminsOwn(tx, id);
        if (!(await deps.mounts.remove(tx, id, node.id)))
          throw new AppError('not_found', 'it is not shown there');
        await deps.mountChanged(tx, deps.recordOf(row), node, false, context.principal.userId);
      }),
    archive: (context, id, archived) =>
      sql.transaction(async (tx) => {
        await deps.requireAdmin(tx, context);
        const row = await adminsOwn(tx, id);
        if ((row.archived_at !== null) === archived) return;
        await tx.run(queries.setArchived, { id, at: archived ? deps.now() : null });
        await deps.changed(tx, deps.recordOf(row), { archived }, context.principal.userId);
      }),
    delete: (context, id, confirmation) =>
      sql.transaction(async (tx) => {
        await deps.requireAdmin(tx, context);
        const row = await adminsOwn(tx, id);
        if (row.slug !== confirmation)
          throw new AppError('invalid_input', 'give the slug of the workspace to confirm', {
            details: { reason: 'confirm' },
          });
        await deps.remove(tx, id, context.principal.userId);
      }),
  };
}

/** Held until the commit. @throws not_found, conflict for what isn't the administrators' to change: personal ones, Cells, `common` */
async function adminsOwn(tx: SqlTransaction, id: string): Promise<WorkspaceRow> {
  const row = await tx.get(queries.selectToChange, { id });
  if (row === undefined) throw new AppError('not_found', 'there is no such workspace');
  if (row.kind !== 'shared')
    throw new AppError('conflict', 'this can be done with workspaces that admins made', {
      details: { reason: 'kind' },
    });
  return row;
}
