import type { Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

const indexes = [
  'create index locks_node on locks (node_id)',
  'create index locks_expiry on locks (expires_at)',
  'create index lock_chain_token on lock_chain (token)',
];

export const locksMigrations: readonly Migration[] = [
  {
    name: '20261122-locks-0001',
    up: {
      sqlite: [
        `create table locks (token text not null primary key, node_id text not null, root_id text not null, scope text not null,
          depth text not null, owner text not null, user_id text, expires_at integer not null) strict, without rowid`,
        `create table lock_chain (node_id text not null, token text not null, primary key (node_id, token)) strict, without rowid`,
        `create table lock_guards (root_id text not null primary key, turns integer not null) strict, without rowid`,
        ...indexes,
      ],
      postgres: [
        `create table locks (token varchar(64) collate "C" primary key, node_id varchar(36) collate "C" not null,
          root_id varchar(36) collate "C" not null, scope varchar(9) not null, depth varchar(8) not null, owner text not null,
          user_id varchar(36) collate "C", expires_at bigint not null)`,
        `create table lock_chain (node_id varchar(36) collate "C" not null, token varchar(64) collate "C" not null,
          primary key (node_id, token))`,
        `create table lock_guards (root_id varchar(36) collate "C" primary key, turns bigint not null)`,
        ...indexes,
      ],
      mysql: [
        `create table locks (token varchar(64) ${mysqlAscii} primary key,
          node_id ${mysqlId} not null,
          root_id ${mysqlId} not null, scope varchar(9) not null, depth varchar(8) not null,
          owner text not null, user_id ${mysqlId},
          expires_at bigint not null) ${mysqlTable}`,
        `create table lock_chain (node_id ${mysqlId} not null,
          token varchar(64) ${mysqlAscii} not null, primary key (node_id, token)) ${mysqlTable}`,
        `create table lock_guards (root_id ${mysqlId} primary key,
          turns bigint not null) ${mysqlTable}`,
        ...indexes,
      ],
    },
  },
];
