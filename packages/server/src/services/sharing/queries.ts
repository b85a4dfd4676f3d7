/** Statements on links, what they show and whom they were sent to. */
import { sql } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { LinkAddressRow, LinkRecipientRow, LinkRootRow, LinkRow, SharingTables } from './tables.ts';

const define = queriesOf<SharingTables>();

type Row<T> = { [K in keyof T]: T[K] };

export const linkByToken = define<{ token: string }, LinkRow>((db, p) =>
  db.selectFrom('links').selectAll().where('token', '=', p.token),
);

export const linkById = define<{ id: string }, LinkRow>((db, p) =>
  db.selectFrom('links').selectAll().where('id', '=', p.id),
);

/** Held until the commit. */
export const linkToChange = define<{ id: string }, LinkRow>((db, p, dialect) => {
  const query = db.selectFrom('links').selectAll().where('id', '=', p.id);
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export interface LinkFilter {
  readonly ownerId: string;
  /** '' for any, as the kind. */
  readonly nodeId: string;
  readonly kind: string;
  /** Newest first: ids below this one. */
  readonly before: string;
  readonly limit: number;
}

/** Ids rise with time. Whose they are is asked in a statement of its own: only so it goes by the index of owners. */
const linksWhere = (ofOwner: boolean) =>
  define<Row<LinkFilter>, LinkRow>((db, p) =>
    db
      .selectFrom('links')
      .selectAll()
      .$if(ofOwner, (query) => query.where('owner_id', '=', p.ownerId))
      .where('id', '<', p.before)
      .where((where) =>
        where.and([
          where.or([sql<boolean>`kind = ${p.kind}`, sql<boolean>`${p.kind} = ''`]),
          where.or([
            sql<boolean>`${p.nodeId} = ''`,
            where.exists(
              where
                .selectFrom('link_roots')
                .select('link_id')
                .whereRef('link_id', '=', 'links.id')
                .where('node_id', '=', p.nodeId),
            ),
          ]),
        ]),
      )
      .orderBy('id', 'desc')
      .limit(p.limit),
  );

/** Newest first: those that have a root among these nodes and were not switched off. */
export const linksOnChain = define<{ nodes: readonly string[]; before: string; limit: number }, LinkRow>(
  (db, p, dialect) =>
    db
      .selectFrom('links')
      .selectAll()
      .where(
        'id',
        'in',
        db
          .selectFrom('link_roots')
          .select('link_id')
          .where(inList('node_id', p.nodes, dialect)),
      )
      .where('disabled', '=', 0)
      .where('id', '<', p.before)
      .orderBy('id', 'desc')
      .limit(p.limit),
);

export const selectLinks = linksWhere(false);
export const selectLinksOf = linksWhere(true);

type ChangedLink = Row<Omit<LinkRow, 'kind' | 'owner_id' | 'downloads' | 'visits' | 'created_at'>>;

/** What an owner may change. Each is named: a statement is built with placeholders, which can't be spread. */
const changeable = (p: ChangedLink) => ({
  token: p.token,
  custom: p.custom,
  label: p.label,
  description: p.description,
  permissions: p.permissions,
  password_hash: p.password_hash,
  password_revision: p.password_revision,
  starts_at: p.starts_at,
  expires_at: p.expires_at,
  max_downloads: p.max_downloads,
  layout: p.layout,
  disclaimer: p.disclaimer,
  watermark: p.watermark,
  notify: p.notify,
  show_owner: p.show_owner,
  restricted: p.restricted,
  ask_name: p.ask_name,
  ask_email: p.ask_email,
  subfolders: p.subfolders,
  max_file_size: p.max_file_size,
  disabled: p.disabled,
  updated_at: p.updated_at,
});

export const insertLink = define<Row<LinkRow>>((db, p) =>
  db.insertInto('links').values({
    ...changeable(p),
    id: p.id,
    owner_id: p.owner_id,
    kind: p.kind,
    downloads: p.downloads,
    visits: p.visits,
    created_at: p.created_at,
  }),
);

/** All that an owner may change; counters are not touched. */
export const updateLink = define<ChangedLink>((db, p) =>
  db.updateTable('links').set(changeable(p)).where('id', '=', p.id),
);

export const keptAddress = define<{ token: string }, LinkAddressRow>((db, p) =>
  db.selectFrom('link_addresses').selectAll().where('token', '=', p.token),
);

export const insertAddress = define<Row<LinkAddressRow>>((db, p) =>
  db.insertInto('link_addresses').values({ token: p.token, owner_id: p.owner_id, kept_until: p.kept_until }),
);

export const forgetAddress = define<{ token: string }>((db, p) =>
  db.deleteFrom('link_addresses').where('token', '=', p.token),
);

export const forgetOldAddresses = define<{ now: number }>((db, p) =>
  db.deleteFrom('link_addresses').where('kept_until', '<=', p.now),
);

export const handOverAddresses = define<{ from: string; to: string }>((db, p) =>
  db.updateTable('link_addresses').set({ owner_id: p.to }).where('owner_id', '=', p.from),
);

export const linksOfOwner = define<{ ownerId: string }, { id: string }>((db, p) =>
  db.selectFrom('links').select('id').where('owner_id', '=', p.ownerId),
);

export const handOver = define<{ from: string; to: string; at: number }>((db, p) =>
  db.updateTable('links').set({ owner_id: p.to, updated_at: p.at }).where('owner_id', '=', p.from),
);

/** Links with a root among these nodes. */
export const linksAtNodes = define<{ nodes: readonly string[]; limit: number }, { link_id: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('link_roots')
      .select('link_id')
      .distinct()
      .where(inList('node_id', p.nodes, dialect))
      .orderBy('link_id')
      .limit(p.limit),
);

export const deleteRootsAt = define<{ ids: readonly string[]; nodes: readonly string[] }>((db, p, dialect) =>
  db
    .deleteFrom('link_roots')
    .where(inList('link_id', p.ids, dialect))
    .where(inList('node_id', p.nodes, dialect)),
);

export const deleteLink = define<{ id: string }>((db, p) => db.deleteFrom('links').where('id', '=', p.id));

/** Everything that hangs on a link. */
export const deleteOfLink = (
  ['link_roots', 'link_recipients', 'link_events', 'link_days', 'link_receipts'] as const
).map((table) => define<{ id: string }>((db, p) => db.deleteFrom(table).where('link_id', '=', p.id)));

export const rootsOfLinks = define<{ ids: readonly string[] }, LinkRootRow>((db, p, dialect) =>
  db
    .selectFrom('link_roots')
    .selectAll()
    .where(inList('link_id', p.ids, dialect))
    .orderBy('link_id')
    .orderBy('position'),
);

export const insertRoot = define<Row<LinkRootRow>>((db, p) =>
  db.insertInto('link_roots').values({ link_id: p.link_id, node_id: p.node_id, position: p.position }),
);

export const recipientsOfLinks = define<{ ids: readonly string[] }, LinkRecipientRow>((db, p, dialect) =>
  db
    .selectFrom('link_recipients')
    .selectAll()
    .where(inList('link_id', p.ids, dialect))
    .orderBy('link_id')
    .orderBy('email'),
);

export const insertRecipient = define<Row<LinkRecipientRow>>((db, p) =>
  db.insertInto('link_recipients').values({
    id: p.id,
    link_id: p.link_id,
    email: p.email,
    key_hash: p.key_hash,
    sent_at: p.sent_at,
  }),
);

export const deleteRecipient = define<{ id: string }>((db, p) =>
  db.deleteFrom('link_recipients').where('id', '=', p.id),
);

export const keyRecipient = define<{ id: string; keyHash: string; at: number }>((db, p) =>
  db.updateTable('link_recipients').set({ key_hash: p.keyHash, sent_at: p.at }).where('id', '=', p.id),
);
