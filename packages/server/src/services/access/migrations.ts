import type { Migration } from '../../stores/sql/contract.ts';
import { mysqlId, mysqlTable } from '../../stores/sql/query.ts';

const historyIndex = 'create index access_history_node on access_history (node_id, id)';
const firstEpoch = 'insert into access_epoch (id, epoch) values (1, 1)';

export const accessMigrations: readonly Migration[] = [
  {
    name: '20261101-access-0001',
    up: {
      sqlite: [
        'create table access_epoch (id integer primary key, epoch integer not null) strict',
        firstEpoch,
        'create table roles (id text primary key, kind text not null, name text not null) strict, without rowid',
        'create index roles_kind on roles (kind)',
        `create table access_rules (id text not null unique, node_id text not null, role_id text not null,
          allow integer not null, deny integer not null, primary key (node_id, role_id)) strict, without rowid`,
        'create index access_rules_role on access_rules (role_id, node_id, allow, deny)',
      ],
      postgres: [
        'create table access_epoch (id integer primary key, epoch bigint not null)',
        firstEpoch,
        'create table roles (id varchar(36) collate "C" primary key, kind varchar(16) collate "C" not null, name text collate "C" not null)',
        'create index roles_kind on roles (kind)',
        `create table access_rules (id varchar(36) collate "C" not null unique, node_id varchar(36) collate "C" not null,
          role_id varchar(36) collate "C" not null, allow integer not null, deny integer not null, primary key (node_id, role_id))`,
        'create index access_rules_role on access_rules (role_id) include (node_id, allow, deny)',
      ],
      mysql: [
        `create table access_epoch (id int primary key, epoch bigint not null) ${mysqlTable}`,
        firstEpoch,
        `create table roles (id ${mysqlId} primary key, kind varchar(16) not null, name varchar(255) not null, key roles_kind (kind)) ${mysqlTable}`,
        `create table access_rules (id ${mysqlId} not null unique, node_id ${mysqlId} not null, role_id ${mysqlId} not null,
          allow int not null, deny int not null, primary key (node_id, role_id), key access_rules_role (role_id, node_id, allow, deny)) ${mysqlTable}`,
      ],
    },
  },
  {
    name: '20261122-access-0002',
    up: {
      sqlite: [
        `create table access_grants (id text primary key, node_id text not null, role_id text not null, allow integer not null,
          source text not null, source_id text not null, expires_at integer, unique (source, source_id, node_id, role_id)) strict, without rowid`,
        'create index access_grants_role on access_grants (role_id, node_id, allow, expires_at)',
        'create index access_grants_node on access_grants (node_id)',
      ],
      postgres: [
        `create table access_grants (id varchar(36) collate "C" primary key, node_id varchar(36) collate "C" not null,
          role_id varchar(36) collate "C" not null, allow integer not null, source varchar(16) collate "C" not null,
          source_id varchar(36) collate "C" not null, expires_at bigint, unique (source, source_id, node_id, role_id))`,
        'create index access_grants_role on access_grants (role_id) include (node_id, allow, expires_at)',
        'create index access_grants_node on access_grants (node_id)',
      ],
      mysql: [
        `create table access_grants (id ${mysqlId} primary key, node_id ${mysqlId} not null, role_id ${mysqlId} not null, allow int not null,
          source varchar(16) not null, source_id ${mysqlId} not null, expires_at bigint, unique key (source, source_id, node_id, role_id),
          key access_grants_role (role_id, node_id, allow, expires_at), key access_grants_node (node_id)) ${mysqlTable}`,
      ],
    },
  },
  {
    name: '20261122-access-0003',
    up: {
      sqlite: [
        'alter table access_epoch add column policy_epoch integer not null default 0',
        `create table access_policies (id text primary key, name text not null, description text not null, deny integer not null,
          mode text not null, conditions text not null) strict, without rowid`,
        `create table access_policy_bindings (policy_id text not null, node_id text not null, role_id text not null,
          primary key (policy_id, node_id, role_id)) strict, without rowid`,
        `create table access_history (id text primary key, node_id text not null, at integer not null, actor_id text, role_id text not null,
          role_name text not null, kind text not null, "before" text, "after" text) strict, without rowid`,
        historyIndex,
      ],
      postgres: [
        'alter table access_epoch add column policy_epoch bigint not null default 0',
        `create table access_policies (id varchar(36) collate "C" primary key, name text collate "C" not null, description text not null,
          deny integer not null, mode varchar(16) collate "C" not null, conditions text not null)`,
        `create table access_policy_bindings (policy_id varchar(36) collate "C" not null, node_id varchar(36) collate "C" not null,
          role_id varchar(36) collate "C" not null, primary key (policy_id, node_id, role_id))`,
        `create table access_history (id varchar(36) collate "C" primary key, node_id varchar(36) collate "C" not null, at bigint not null,
          actor_id varchar(36) collate "C", role_id varchar(36) collate "C" not null, role_name text collate "C" not null,
          kind varchar(16) collate "C" not null, "before" text, "after" text)`,
        historyIndex,
      ],
      mysql: [
        'alter table access_epoch add column policy_epoch bigint not null default 0',
        `create table access_policies (id ${mysqlId} primary key, name varchar(255) not null, description text not null, deny int not null,
          mode varchar(16) not null, conditions mediumtext not null) ${mysqlTable}`,
        `create table access_policy_bindings (policy_id ${mysqlId} not null, node_id ${mysqlId} not null, role_id ${mysqlId} not null,
          primary key (policy_id, node_id, role_id)) ${mysqlTable}`,
        `create table access_history (id ${mysqlId} primary key, node_id ${mysqlId} not null, at bigint not null, actor_id ${mysqlId},
          role_id ${mysqlId} not null, role_name varchar(255) not null, kind varchar(16) not null, \`before\` text, \`after\` text) ${mysqlTable}`,
        historyIndex,
      ],
    },
  },
];
