import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

interface Types {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly hash: string;
  readonly text: string;
  readonly long: string;
  readonly small: string;
  readonly end: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    name: 'text',
    key: 'text',
    hash: 'text',
    text: 'text',
    long: 'integer',
    small: 'integer',
    end: 'strict, without rowid',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    name: 'varchar(255) collate "C"',
    key: 'varchar(400) collate "C"',
    hash: 'varchar(64) collate "C"',
    text: 'text collate "C"',
    long: 'bigint',
    small: 'smallint',
    end: '',
  },
  mysql: {
    id: mysqlId,
    name: 'varchar(255)',
    key: 'varchar(400)',
    hash: `char(64) ${mysqlAscii}`,
    text: 'mediumtext',
    long: 'bigint',
    small: 'smallint',
    end: mysqlTable,
  },
};

function tables(t: Types): string[] {
  const propertyName = t.end.startsWith('engine') ? 'varchar(600)' : t.text;
  const sortKey = t.key.replace('400', '160');
  return [
    `create table nodes (id ${t.id} not null primary key, parent_id ${t.id}, name ${t.name} not null, name_key ${t.name} not null, sort_key ${sortKey} not null,
      folded ${t.key}, kind ${t.small} not null, version_id ${t.id}, size ${t.long} not null, files ${t.long} not null,
      sha256 ${t.hash}, created_at ${t.long} not null, modified_at ${t.long} not null, created_by ${t.id}, modified_by ${t.id}) ${t.end}`,
    'create unique index nodes_place on nodes (parent_id, name_key)',
    'create index nodes_by_name on nodes (parent_id, kind, sort_key, name)',
    'create index nodes_by_size on nodes (parent_id, kind, size, name)',
    'create index nodes_by_time on nodes (parent_id, kind, modified_at, name)',
    `create table roots (root_id ${t.id} not null primary key, trash_id ${t.id} not null) ${t.end}`,
    'create unique index roots_trash on roots (trash_id)',
    `create table versions (id ${t.id} not null primary key, node_id ${t.id} not null, size ${t.long} not null, sha256 ${t.hash},
      created_at ${t.long} not null, created_by ${t.id}) ${t.end}`,
    'create index versions_node on versions (node_id, id)',
    `create table trash (node_id ${t.id} not null primary key, root_id ${t.id} not null, parent_id ${t.id} not null,
      name ${t.name} not null, deleted_at ${t.long} not null, deleted_by ${t.id}, from_path ${t.text} not null,
      chain ${t.text} not null, purging ${t.small} not null) ${t.end}`,
    'create index trash_list on trash (root_id, purging, deleted_at, node_id)',
    'create index trash_age on trash (purging, deleted_at)',
    `create table node_properties (node_id ${t.id} not null, name ${propertyName} not null, value ${t.text} not null,
      primary key (node_id, name)) ${t.end}`,
    `create table staged_copies (top_id ${t.id} not null primary key, touched_at ${t.long} not null) ${t.end}`,
    `create table size_rollup (id ${t.small} not null primary key, position ${t.long} not null, fence ${t.long} not null) ${t.end}`,
    'insert into size_rollup (id, position, fence) values (1, 0, 0)',
  ];
}

export const treeMigrations: readonly Migration[] = [
  {
    name: '20261122-tree-0001',
    up: { sqlite: tables(types.sqlite), postgres: tables(types.postgres), mysql: tables(types.mysql) },
  },
];
