import type { ShareRole } from '@volvox/api';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { CellMemberRow, CellRow, CollaborationTables, ShareReviewRow, ShareRow, Via } from './tables.ts';

const define = queriesOf<CollaborationTables>();

export const shareById = define<{ id: string }, ShareRow>((db, p) =>
  db.selectFrom('shares').selectAll().where('id', '=', p.id),
);

/** Held until the commit. */
export const shareToChange = define<{ id: string }, ShareRow>((db, p, dialect) => {
  const query = db.selectFrom('shares').selectAll().where('id', '=', p.id);
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export const shareAt = define<{ nodeId: string; roleId: string }, { id: string }>((db, p) =>
  db.selectFrom('shares').select('id').where('node_id', '=', p.nodeId).where('role_id', '=', p.roleId),
);

export const sharesAtNodes = define<{ nodes: readonly string[]; now: number }, ShareRow>((db, p, dialect) =>
  db
    .selectFrom('shares')
    .selectAll()
    .where(inList('node_id', p.nodes, dialect))
    .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)]))
    .orderBy('id'),
);

/** Those that have ended, too. */
export const everyShareAt = define<{ nodes: readonly string[]; limit: number }, ShareRow>((db, p, dialect) =>
  db
    .selectFrom('shares')
    .selectAll()
    .where(inList('node_id', p.nodes, dialect))
    .orderBy('id')
    .limit(p.limit),
);

export const sharesVia = define<{ via: Via }, ShareRow>((db, p) =>
  db.selectFrom('shares').selectAll().where('via', '=', p.via),
);

type ShareWithHidden = ShareRow & { hidden_by: string | null };

/** To any of these roles, by somebody else, newest first. */
export const sharesFor = define<
  { roles: readonly string[]; userId: string; now: number; before: string; limit: number },
  ShareWithHidden
>((db, p, dialect) =>
  db
    .selectFrom('shares')
    .leftJoin('share_hidden', (join) =>
      join.onRef('share_hidden.share_id', '=', 'shares.id').on('share_hidden.user_id', '=', p.userId),
    )
    .selectAll('shares')
    .select('share_hidden.user_id as hidden_by')
    .where(inList('role_id', p.roles, dialect))
    .where((on) => on.or([on('created_by', 'is', null), on('created_by', '<>', p.userId)]))
    .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)]))
    .where('shares.id', '<', p.before)
    .orderBy('shares.id', 'desc')
    .limit(p.limit),
);

export const sharesBy = define<{ userId: string; now: number; before: string; limit: number }, ShareRow>(
  (db, p) =>
    db
      .selectFrom('shares')
      .selectAll()
      .where('created_by', '=', p.userId)
      .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)]))
      .where('id', '<', p.before)
      .orderBy('id', 'desc')
      .limit(p.limit),
);

/** In the order of ids, after that one. */
export const sharesByAny = define<
  { users: readonly string[]; now: number; after: string; limit: number },
  ShareRow
>((db, p, dialect) =>
  db
    .selectFrom('shares')
    .selectAll()
    .where(inList('created_by', p.users, dialect))
    .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', p.now)]))
    .where('id', '>', p.after)
    .orderBy('id')
    .limit(p.limit),
);

export const nextReview = define<Record<string, never>, ShareReviewRow>((db) =>
  db.selectFrom('share_reviews').selectAll().orderBy('id').limit(1),
);

export const insertReview = define<{
  id: string;
  users: string;
  places: string;
  gone: string;
  position: number;
  after: string;
  actorId: string | null;
}>((db, p) =>
  db.insertInto('share_reviews').values({
    id: p.id,
    users: p.users,
    places: p.places,
    gone: p.gone,
    position: p.position,
    after_id: p.after,
    actor_id: p.actorId,
  }),
);

export const advanceReview = define<{ id: string; gone: string; position: number; after: string }>((db, p) =>
  db
    .updateTable('share_reviews')
    .set({ gone: p.gone, position: p.position, after_id: p.after })
    .where('id', '=', p.id),
);

export const deleteReview = define<{ id: string }>((db, p) =>
  db.deleteFrom('share_reviews').where('id', '=', p.id),
);

export const sharesTo = define<{ roles: readonly string[]; limit: number }, ShareRow>((db, p, dialect) =>
  db
    .selectFrom('shares')
    .selectAll()
    .where(inList('role_id', p.roles, dialect))
    .orderBy('id')
    .limit(p.limit),
);

export const expiredShares = define<{ before: number; limit: number }, ShareRow>((db, p) =>
  db.selectFrom('shares').selectAll().where('expires_at', '<', p.before).limit(p.limit),
);

export const insertShare = define<{ [K in keyof ShareRow]: ShareRow[K] }>((db, p) =>
  db.insertInto('shares').values({
    id: p.id,
    node_id: p.node_id,
    role_id: p.role_id,
    role: p.role,
    created_at: p.created_at,
    created_by: p.created_by,
    expires_at: p.expires_at,
    message: p.message,
    via: p.via,
  }),
);

export const changeShare = define<{
  id: string;
  role: ShareRole;
  expiresAt: number | null;
  createdBy: string | null;
  via: Via | null;
}>((db, p) =>
  db
    .updateTable('shares')
    .set({ role: p.role, expires_at: p.expiresAt, created_by: p.createdBy, via: p.via })
    .where('id', '=', p.id),
);

export const deleteShare = define<{ id: string }>((db, p) => db.deleteFrom('shares').where('id', '=', p.id));

export const giveShares = define<{ from: string; to: string | null }>((db, p) =>
  db.updateTable('shares').set({ created_by: p.to }).where('created_by', '=', p.from),
);

export const hiddenBy = define<{ userId: string; shareId: string }, { share_id: string }>((db, p) =>
  db
    .selectFrom('share_hidden')
    .select('share_id')
    .where('user_id', '=', p.userId)
    .where('share_id', '=', p.shareId),
);

export const hide = define<{ userId: string; shareId: string }>((db, p) =>
  db.insertInto('share_hidden').values({ user_id: p.userId, share_id: p.shareId }),
);

export const unhide = define<{ userId: string; shareId: string }>((db, p) =>
  db.deleteFrom('share_hidden').where('user_id', '=', p.userId).where('share_id', '=', p.shareId),
);

export const unhideAll = define<{ shareId: string }>((db, p) =>
  db.deleteFrom('share_hidden').where('share_id', '=', p.shareId),
);

export const unhideOf = define<{ userId: string }>((db, p) =>
  db.deleteFrom('share_hidden').where('user_id', '=', p.userId),
);

export const cellById = define<{ id: string }, CellRow>((db, p) =>
  db.selectFrom('cells').selectAll().where('id', '=', p.id),
);

/** Held until the commit: members and mounts of a cell change one after another. */
export const cellToChange = define<{ id: string }, CellRow>((db, p, dialect) => {
  const query = db.selectFrom('cells').selectAll().where('id', '=', p.id);
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export const cellsById = define<{ ids: readonly string[] }, CellRow>((db, p, dialect) =>
  db
    .selectFrom('cells')
    .selectAll()
    .where(inList('id', p.ids, dialect)),
);

export const cellsOf = define<{ userId: string; roles: readonly string[] }, CellRow>((db, p, dialect) =>
  db
    .selectFrom('cells')
    .selectAll()
    .where((on) =>
      on.or([
        on('owner_id', '=', p.userId),
        on(
          'id',
          'in',
          on
            .selectFrom('cell_members')
            .select('cell_id')
            .where(inList('role_id', p.roles, dialect)),
        ),
      ]),
    ),
);

export const cellsOwned = define<{ userId: string }, CellRow>((db, p) =>
  db.selectFrom('cells').selectAll().where('owner_id', '=', p.userId),
);

export const insertCell = define<{ [K in keyof CellRow]: CellRow[K] }>((db, p) =>
  db.insertInto('cells').values({
    id: p.id,
    owner_id: p.owner_id,
    owner_role_id: p.owner_role_id,
    description: p.description,
    color: p.color,
    icon: p.icon,
    ends_at: p.ends_at,
    created_at: p.created_at,
  }),
);

export const changeCell = define<{
  id: string;
  description: string;
  color: string;
  icon: string;
  endsAt: number | null;
}>((db, p) =>
  db
    .updateTable('cells')
    .set({ description: p.description, color: p.color, icon: p.icon, ends_at: p.endsAt })
    .where('id', '=', p.id),
);

export const giveCell = define<{ id: string; ownerId: string | null; roleId: string | null }>((db, p) =>
  db.updateTable('cells').set({ owner_id: p.ownerId, owner_role_id: p.roleId }).where('id', '=', p.id),
);

export const deleteCell = define<{ id: string }>((db, p) => db.deleteFrom('cells').where('id', '=', p.id));

export const membersOf = define<{ cells: readonly string[] }, CellMemberRow>((db, p, dialect) =>
  db
    .selectFrom('cell_members')
    .selectAll()
    .where(inList('cell_id', p.cells, dialect))
    .orderBy('added_at')
    .orderBy('role_id'),
);

export const membershipsOf = define<{ roles: readonly string[]; limit: number }, CellMemberRow>(
  (db, p, dialect) =>
    db
      .selectFrom('cell_members')
      .selectAll()
      .where(inList('role_id', p.roles, dialect))
      .orderBy('cell_id')
      .limit(p.limit),
);

export const insertMember = define<{ cellId: string; roleId: string; role: ShareRole; at: number }>((db, p) =>
  db
    .insertInto('cell_members')
    .values({ cell_id: p.cellId, role_id: p.roleId, role: p.role, added_at: p.at }),
);

export const changeMember = define<{ cellId: string; roleId: string; role: ShareRole }>((db, p) =>
  db
    .updateTable('cell_members')
    .set({ role: p.role })
    .where('cell_id', '=', p.cellId)
    .where('role_id', '=', p.roleId),
);

export const deleteMember = define<{ cellId: string; roleId: string }>((db, p) =>
  db.deleteFrom('cell_members').where('cell_id', '=', p.cellId).where('role_id', '=', p.roleId),
);

export const deleteMembers = define<{ cellId: string }>((db, p) =>
  db.deleteFrom('cell_members').where('cell_id', '=', p.cellId),
);
