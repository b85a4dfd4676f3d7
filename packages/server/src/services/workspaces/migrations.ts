import type { Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

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
];
