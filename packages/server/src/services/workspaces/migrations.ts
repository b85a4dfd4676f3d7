import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

export const workspacesMigrations: readonly Migration[] = [
  {
    name: '20261101-workspaces-0001',
    up: {
      sqlite: [
        `create table workspaces (id text primary key, slug text not null, name text not null, kind text not null, owner_id text,
          owner_key text not null, root_id text not null unique, trash_id text not null, quota integer, created_at integer not null,
          unique (owner_key, slug)) strict, without rowid`,
      ],
      postgres: [
        `create table workspaces (id varchar(36) collate "C" primary key, slug varchar(80) collate "C" not null, name text collate "C" not null,
          kind varchar(16) collate "C" not null, owner_id varchar(36) collate "C", owner_key varchar(36) collate "C" not null,
          root_id varchar(36) collate "C" not null unique, trash_id varchar(36) collate "C" not null, quota bigint, created_at bigint not null,
          unique (owner_key, slug))`,
      ],
      mysql: [
        `create table workspaces (id ${mysqlId} primary key, slug varchar(80) not null, name varchar(255) not null,
          kind varchar(16) not null, owner_id ${mysqlId}, owner_key varchar(36) ${mysqlAscii} not null,
          root_id ${mysqlId} not null unique, trash_id ${mysqlId} not null, quota bigint, created_at bigint not null,
          unique (owner_key, slug)) ${mysqlTable}`,
      ],
    },
  },
  {
    name: '20261122-workspaces-0002',
    up: {
      sqlite: [
        'alter table workspaces add column mounted integer not null default 0',
        'alter table workspaces add column archived_at integer',
        `create table workspace_mounts (workspace_id text not null, node_id text not null, added_by text, added_at integer not null,
          allow integer not null, via text, ends_at integer,
          primary key (workspace_id, node_id)) strict, without rowid`,
        'create index workspace_mounts_node on workspace_mounts (node_id)',
        'create index workspace_mounts_via on workspace_mounts (via)',
      ],
      postgres: [
        'alter table workspaces add column mounted smallint not null default 0',
        'alter table workspaces add column archived_at bigint',
        `create table workspace_mounts (workspace_id varchar(36) collate "C" not null, node_id varchar(36) collate "C" not null,
          added_by varchar(36) collate "C", added_at bigint not null, allow integer not null, via varchar(50) collate "C",
          ends_at bigint, primary key (workspace_id, node_id))`,
        'create index workspace_mounts_node on workspace_mounts (node_id)',
        'create index workspace_mounts_via on workspace_mounts (via)',
      ],
      mysql: [
        'alter table workspaces add column mounted smallint not null default 0',
        'alter table workspaces add column archived_at bigint',
        `create table workspace_mounts (workspace_id ${mysqlId} not null, node_id ${mysqlId} not null, added_by ${mysqlId},
          added_at bigint not null, allow int not null, via varchar(50), ends_at bigint, primary key (workspace_id, node_id), key workspace_mounts_node (node_id),
          key workspace_mounts_via (via)) ${mysqlTable}`,
      ],
    },
  },
  {
    name: '20261123-workspaces-0003',
    up: inEach(() => ['create index workspace_mounts_added on workspace_mounts (added_by)']),
  },
];
