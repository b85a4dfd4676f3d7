import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlId, mysqlTable } from '../../stores/sql/query.ts';

interface Types {
  readonly id: string;
  readonly text: (length: number) => string;
  readonly long: string;
  readonly time: string;
  readonly flag: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: { id: 'text', text: () => 'text', long: 'text', time: 'integer', flag: 'integer', table: 'strict' },
  postgres: {
    id: 'varchar(36) collate "C"',
    text: (length) => `varchar(${length}) collate "C"`,
    long: 'text',
    time: 'bigint',
    flag: 'smallint',
    table: '',
  },
  mysql: {
    id: mysqlId,
    text: (length) => `varchar(${length})`,
    long: 'mediumtext',
    time: 'bigint',
    flag: 'smallint',
    table: mysqlTable,
  },
};

function tablesOf({ id, text, long, time, flag, table }: Types): readonly string[] {
  return [
    `create table connectors (id ${id} not null primary key, kind ${text(10)} not null, name ${text(100)} not null,
      position ${time} not null, enabled ${flag} not null, settings ${long} not null, synced_at ${time}, sync_error ${text(1000)},
      created_at ${time} not null) ${table}`,
    `create table connector_links (connector_id ${id} not null, external_id ${text(255)} not null, user_id ${id} not null,
      provisioned ${flag} not null, gone ${flag} not null, created_at ${time} not null,
      primary key (connector_id, external_id)) ${table}`,
    'create unique index connector_links_user on connector_links (user_id, connector_id)',
  ];
}

export const connectorsMigrations: readonly Migration[] = [
  {
    name: '20261122-connectors-0001',
    up: {
      sqlite: tablesOf(types.sqlite),
      postgres: tablesOf(types.postgres),
      mysql: tablesOf(types.mysql),
    },
  },
];
