import { queriesOf } from '../../stores/sql/query.ts';
import type { ConnectorLinkRow, ConnectorRow, ConnectorTables } from './tables.ts';

const define = queriesOf<ConnectorTables>();

export const allConnectors = define<Record<string, never>, ConnectorRow>((db) =>
  db.selectFrom('connectors').selectAll().orderBy('position').orderBy('name').orderBy('id').limit(200),
);
export const connectorById = define<{ id: string }, ConnectorRow>((db, p) =>
  db.selectFrom('connectors').selectAll().where('id', '=', p.id),
);
export type ConnectorParameters = {
  id: string;
  name: string;
  position: number;
  enabled: number;
  settings: string;
};
export const insertConnector = define<ConnectorParameters & { kind: ConnectorRow['kind']; at: number }>(
  (db, p) =>
    db.insertInto('connectors').values({
      id: p.id,
      kind: p.kind,
      name: p.name,
      position: p.position,
      enabled: p.enabled,
      settings: p.settings,
      synced_at: null,
      sync_error: null,
      created_at: p.at,
    }),
);
export const updateConnector = define<ConnectorParameters>((db, p) =>
  db
    .updateTable('connectors')
    .set({ name: p.name, position: p.position, enabled: p.enabled, settings: p.settings })
    .where('id', '=', p.id),
);
export const deleteConnector = define<{ id: string }>((db, p) =>
  db.deleteFrom('connectors').where('id', '=', p.id),
);
export const noteSync = define<{ id: string; at: number; error: string | null }>((db, p) =>
  db.updateTable('connectors').set({ synced_at: p.at, sync_error: p.error }).where('id', '=', p.id),
);

export const linkByExternal = define<{ connectorId: string; externalId: string }, ConnectorLinkRow>((db, p) =>
  db
    .selectFrom('connector_links')
    .selectAll()
    .where('connector_id', '=', p.connectorId)
    .where('external_id', '=', p.externalId),
);
export const linksOfUser = define<{ userId: string }, ConnectorLinkRow>((db, p) =>
  db.selectFrom('connector_links').selectAll().where('user_id', '=', p.userId),
);
export const linksAfter = define<{ connectorId: string; externalId: string }, ConnectorLinkRow>((db, p) =>
  db
    .selectFrom('connector_links')
    .selectAll()
    .where('connector_id', '=', p.connectorId)
    .where('external_id', '>', p.externalId)
    .orderBy('external_id')
    .limit(500),
);
export const countLinks = define<{ connectorId: string }, { count: number }>((db, p) =>
  db
    .selectFrom('connector_links')
    .select((f) => f.fn.countAll<number>().as('count'))
    .where('connector_id', '=', p.connectorId),
);
export const insertLink = define<{
  connectorId: string;
  externalId: string;
  userId: string;
  provisioned: number;
  at: number;
}>((db, p) =>
  db.insertInto('connector_links').values({
    connector_id: p.connectorId,
    external_id: p.externalId,
    user_id: p.userId,
    provisioned: p.provisioned,
    gone: 0,
    created_at: p.at,
  }),
);
export const markGone = define<{ connectorId: string; externalId: string; gone: number }>((db, p) =>
  db
    .updateTable('connector_links')
    .set({ gone: p.gone })
    .where('connector_id', '=', p.connectorId)
    .where('external_id', '=', p.externalId),
);
export const deleteOwnLink = define<{ connectorId: string; userId: string }>((db, p) =>
  db
    .deleteFrom('connector_links')
    .where('connector_id', '=', p.connectorId)
    .where('user_id', '=', p.userId)
    .where('provisioned', '=', 0),
);
export const deleteLinksOfUser = define<{ userId: string }>((db, p) =>
  db.deleteFrom('connector_links').where('user_id', '=', p.userId),
);
export const deleteLinksOfConnector = define<{ connectorId: string }>((db, p) =>
  db.deleteFrom('connector_links').where('connector_id', '=', p.connectorId),
);
