import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { WorkspaceMountRow, WorkspaceRow, WorkspacesTables } from './tables.ts';

const define = queriesOf<WorkspacesTables>();

export const nothing: Record<string, never> = {};

export const selectBySlug = define<{ slug: string; ownerKey: string }, WorkspaceRow>((db, p) =>
  db.selectFrom('workspaces').selectAll().where('slug', '=', p.slug).where('owner_key', '=', p.ownerKey),
);

export const selectByRoots = define<{ rootIds: readonly string[] }, WorkspaceRow>((db, p, dialect) =>
  db
    .selectFrom('workspaces')
    .selectAll()
    .where(inList('root_id', p.rootIds, dialect)),
);

export const selectById = define<{ id: string }, WorkspaceRow>((db, p) =>
  db.selectFrom('workspaces').selectAll().where('id', '=', p.id),
);

/** Held until the commit: of two changes at once each sees the other's. */
export const selectToChange = define<{ id: string }, WorkspaceRow>((db, p, dialect) => {
  const query = db.selectFrom('workspaces').selectAll().where('id', '=', p.id);
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export const selectAll = define<Record<string, never>, WorkspaceRow>((db) =>
  db.selectFrom('workspaces').selectAll(),
);

export const selectNotOwned = define<Record<string, never>, WorkspaceRow>((db) =>
  db.selectFrom('workspaces').selectAll().where('owner_key', '=', '').orderBy('name').orderBy('id'),
);

/** A user's own and those of nobody. */
export const selectFor = define<{ ownerKey: string }, WorkspaceRow>((db, p) =>
  db
    .selectFrom('workspaces')
    .selectAll()
    .where((on) => on.or([on('owner_key', '=', p.ownerKey), on('owner_key', '=', '')])),
);

export const insertWorkspace = define<{
  id: string;
  slug: string;
  name: string;
  kind: WorkspaceRow['kind'];
  ownerId: string | null;
  ownerKey: string;
  rootId: string;
  trashId: string;
  quota: number | null;
  mounted: number;
  at: number;
}>((db, p) =>
  db.insertInto('workspaces').values({
    id: p.id,
    slug: p.slug,
    name: p.name,
    kind: p.kind,
    owner_id: p.ownerId,
    owner_key: p.ownerKey,
    root_id: p.rootId,
    trash_id: p.trashId,
    quota: p.quota,
    created_at: p.at,
    mounted: p.mounted,
    archived_at: null,
  }),
);

export const updateWorkspace = define<{ id: string; name: string; quota: number | null }>((db, p) =>
  db.updateTable('workspaces').set({ name: p.name, quota: p.quota }).where('id', '=', p.id),
);

export const updatePersonalQuota = define<{ ownerId: string; quota: number | null }>((db, p) =>
  db
    .updateTable('workspaces')
    .set({ quota: p.quota })
    .where('owner_key', '=', p.ownerId)
    .where('slug', '=', 'personal'),
);

export const releaseOwner = define<{ id: string; slug: string; name: string }>((db, p) =>
  db
    .updateTable('workspaces')
    .set({ slug: p.slug, name: p.name, kind: 'shared', owner_id: null, owner_key: '' })
    .where('id', '=', p.id),
);

export const deleteWorkspace = define<{ id: string }>((db, p) =>
  db.deleteFrom('workspaces').where('id', '=', p.id),
);

export const setMounted = define<{ id: string; mounted: number }>((db, p) =>
  db.updateTable('workspaces').set({ mounted: p.mounted }).where('id', '=', p.id),
);

export const setArchived = define<{ id: string; at: number | null }>((db, p) =>
  db.updateTable('workspaces').set({ archived_at: p.at }).where('id', '=', p.id),
);

export const mountsOf = define<{ workspaceId: string }, WorkspaceMountRow>((db, p) =>
  db
    .selectFrom('workspace_mounts')
    .selectAll()
    .where('workspace_id', '=', p.workspaceId)
    .orderBy('added_at')
    .orderBy('node_id'),
);

export const mountAt = define<{ workspaceId: string; nodeId: string }, WorkspaceMountRow>((db, p) =>
  db
    .selectFrom('workspace_mounts')
    .selectAll()
    .where('workspace_id', '=', p.workspaceId)
    .where('node_id', '=', p.nodeId),
);

export const mountsVia = define<{ via: string }, WorkspaceMountRow>((db, p) =>
  db.selectFrom('workspace_mounts').selectAll().where('via', '=', p.via),
);

export const mountsBy = define<{ users: readonly string[] }, WorkspaceMountRow>((db, p, dialect) =>
  db
    .selectFrom('workspace_mounts')
    .selectAll()
    .where(inList('added_by', p.users, dialect)),
);

export const mountsAtNodes = define<{ nodes: readonly string[] }, WorkspaceMountRow>((db, p, dialect) =>
  db
    .selectFrom('workspace_mounts')
    .selectAll()
    .where(inList('node_id', p.nodes, dialect)),
);

export const insertMount = define<{
  workspaceId: string;
  nodeId: string;
  addedBy: string | null;
  at: number;
  allow: number;
  via: string | null;
  until: number | null;
}>((db, p) =>
  db.insertInto('workspace_mounts').values({
    workspace_id: p.workspaceId,
    node_id: p.nodeId,
    added_by: p.addedBy,
    added_at: p.at,
    allow: p.allow,
    via: p.via,
    ends_at: p.until,
  }),
);

export const changeMountWay = define<{
  workspaceId: string;
  nodeId: string;
  via: string | null;
  until: number | null;
}>((db, p) =>
  db
    .updateTable('workspace_mounts')
    .set({ via: p.via, ends_at: p.until })
    .where('workspace_id', '=', p.workspaceId)
    .where('node_id', '=', p.nodeId),
);

export const deleteMount = define<{ workspaceId: string; nodeId: string }>((db, p) =>
  db.deleteFrom('workspace_mounts').where('workspace_id', '=', p.workspaceId).where('node_id', '=', p.nodeId),
);

export const deleteMounts = define<{ workspaceId: string }>((db, p) =>
  db.deleteFrom('workspace_mounts').where('workspace_id', '=', p.workspaceId),
);

export const giveMounts = define<{ from: string; to: string | null }>((db, p) =>
  db.updateTable('workspace_mounts').set({ added_by: p.to }).where('added_by', '=', p.from),
);
