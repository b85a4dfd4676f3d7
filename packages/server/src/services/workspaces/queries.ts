import { queriesOf } from '../../stores/sql/query.ts';
import type { WorkspaceRow, WorkspacesTables } from './tables.ts';

const define = queriesOf<WorkspacesTables>();

export const nothing: Record<string, never> = {};

export const selectBySlug = define<{ slug: string; ownerKey: string }, WorkspaceRow>((db, p) =>
  db.selectFrom('workspaces').selectAll().where('slug', '=', p.slug).where('owner_key', '=', p.ownerKey),
);

export const selectByRoot = define<{ rootId: string }, WorkspaceRow>((db, p) =>
  db.selectFrom('workspaces').selectAll().where('root_id', '=', p.rootId),
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
