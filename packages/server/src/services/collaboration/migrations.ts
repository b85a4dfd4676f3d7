import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlId, mysqlTable } from '../../stores/sql/query.ts';

/** Column types per dialect; the statements are the same otherwise. */
interface Types {
  readonly id: string;
  readonly text: (length: number) => string;
  readonly time: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: { id: 'text', text: () => 'text', time: 'integer', table: 'strict, without rowid' },
  postgres: {
    id: 'varchar(36) collate "C"',
    text: (length) => `varchar(${length}) collate "C"`,
    time: 'bigint',
    table: '',
  },
  mysql: { id: mysqlId, text: (length) => `varchar(${length})`, time: 'bigint', table: mysqlTable },
};

function tablesOf({ id, text, time, table }: Types): readonly string[] {
  return [
    `create table shares (id ${id} primary key, node_id ${id} not null, role_id ${id} not null, role ${text(16)} not null,
      created_at ${time} not null, created_by ${id}, expires_at ${time}, message ${text(2000)} not null, via ${text(50)},
      unique (node_id, role_id)) ${table}`,
    'create index shares_role on shares (role_id, id)',
    'create index shares_creator on shares (created_by, id)',
    'create index shares_via on shares (via)',
    'create index shares_expiry on shares (expires_at)',
    `create table share_hidden (user_id ${id} not null, share_id ${id} not null, primary key (user_id, share_id)) ${table}`,
    'create index share_hidden_share on share_hidden (share_id)',
    `create table cells (id ${id} primary key, owner_id ${id}, owner_role_id ${id}, description ${text(2000)} not null, color ${text(20)} not null,
      icon ${text(40)} not null, ends_at ${time}, created_at ${time} not null) ${table}`,
    'create index cells_owner on cells (owner_id)',
    `create table cell_members (cell_id ${id} not null, role_id ${id} not null, role ${text(16)} not null, added_at ${time} not null,
      primary key (cell_id, role_id)) ${table}`,
    'create index cell_members_role on cell_members (role_id, cell_id)',
  ];
}

export const collaborationMigrations: readonly Migration[] = [
  {
    name: '20261122-collaboration-0001',
    up: { sqlite: tablesOf(types.sqlite), postgres: tablesOf(types.postgres), mysql: tablesOf(types.mysql) },
  },
];
