import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';

function tablesOf({ id, text, long, integer, flag, rowidTable }: ColumnTypes): readonly string[] {
  return [
    `create table connectors (id ${id} not null primary key, kind ${text(10)} not null, name ${text(100)} not null,
      position ${integer} not null, enabled ${flag} not null, settings ${long} not null, synced_at ${integer}, sync_error ${text(1000)},
      created_at ${integer} not null) ${rowidTable}`,
    `create table connector_links (connector_id ${id} not null, external_id ${text(255)} not null, user_id ${id} not null,
      provisioned ${flag} not null, gone ${flag} not null, created_at ${integer} not null,
      primary key (connector_id, external_id)) ${rowidTable}`,
    'create unique index connector_links_user on connector_links (user_id, connector_id)',
  ];
}

export const connectorsMigrations: readonly Migration[] = [
  {
    name: '20261122-connectors-0001',
    up: inEach(tablesOf),
  },
];
