import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';

function tablesOf({ id, text, integer, table }: ColumnTypes): readonly string[] {
  return [
    `create table shares (id ${id} primary key, node_id ${id} not null, role_id ${id} not null, role ${text(16)} not null,
      created_at ${integer} not null, created_by ${id}, expires_at ${integer}, message ${text(2000)} not null, via ${text(50)},
      unique (node_id, role_id)) ${table}`,
    'create index shares_role on shares (role_id, id)',
    'create index shares_creator on shares (created_by, id)',
    'create index shares_via on shares (via)',
    'create index shares_expiry on shares (expires_at)',
    `create table share_hidden (user_id ${id} not null, share_id ${id} not null, primary key (user_id, share_id)) ${table}`,
    'create index share_hidden_share on share_hidden (share_id)',
    `create table cells (id ${id} primary key, owner_id ${id}, owner_role_id ${id}, description ${text(2000)} not null, color ${text(20)} not null,
      icon ${text(40)} not null, ends_at ${integer}, created_at ${integer} not null) ${table}`,
    'create index cells_owner on cells (owner_id)',
    `create table cell_members (cell_id ${id} not null, role_id ${id} not null, role ${text(16)} not null, added_at ${integer} not null,
      primary key (cell_id, role_id)) ${table}`,
    'create index cell_members_role on cell_members (role_id, cell_id)',
  ];
}

export const collaborationMigrations: readonly Migration[] = [
  {
    name: '20261122-collaboration-0001',
    up: inEach(tablesOf),
  },
  {
    name: '20261123-collaboration-0002',
    up: inEach(({ id, ascii, long, integer, rowidTable }) => [
      `create table share_reviews (id ${id} not null primary key, users ${long} not null, places ${long} not null, position ${integer} not null,
        after_id ${ascii(36)} not null, actor_id ${id}) ${rowidTable}`,
    ]),
  },
  {
    name: '20261123-collaboration-0003',
    up: inEach(({ long }) => [`alter table share_reviews add column gone ${long}`]),
  },
];
