import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

/** Column types per dialect; the statements are the same otherwise. */
interface Types {
  readonly id: string;
  readonly word: (length: number) => string;
  readonly text: (length: number) => string;
  readonly long: string;
  readonly time: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    word: () => 'text',
    text: () => 'text',
    long: 'text',
    time: 'integer',
    table: 'strict',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    word: (length) => `varchar(${length}) collate "C"`,
    text: (length) => `varchar(${length}) collate "C"`,
    long: 'text',
    time: 'bigint',
    table: '',
  },
  mysql: {
    id: mysqlId,
    word: (length) => `varchar(${length}) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    long: 'mediumtext',
    time: 'bigint',
    table: mysqlTable,
  },
};

function tablesOf({ id, word, text, long, time, table }: Types): readonly string[] {
  return [
    `create table oidc_records (record_key ${word(64)} not null primary key, id ${id} not null unique, model ${word(40)} not null,
      payload ${long} not null, grant_key ${word(64)}, lookup_key ${word(64)}, session_key ${word(64)}, user_id ${id},
      client_id ${word(64)}, scopes ${text(1000)}, session_id ${id}, created_at ${time} not null, expires_at ${time} not null,
      consumed_at ${time}) ${table}`,
    'create index oidc_records_grant on oidc_records (grant_key)',
    'create index oidc_records_lookup on oidc_records (lookup_key)',
    'create index oidc_records_user on oidc_records (user_id, model)',
    'create index oidc_records_client on oidc_records (client_id)',
    'create index oidc_records_expiry on oidc_records (expires_at)',
    `create table oidc_clients (id ${word(64)} not null primary key, name ${text(200)} not null, metadata ${long} not null,
      secret_hash ${word(64)}, created_at ${time} not null, updated_at ${time} not null) ${table}`,
    `create table oidc_logins (session_id ${id} not null, client_id ${word(64)} not null, user_id ${id} not null, sid ${word(64)} not null,
      issuer ${text(300)} not null, created_at ${time} not null, primary key (session_id, client_id)) ${table}`,
    `create table oidc_logouts (id ${id} not null primary key, client_id ${word(64)} not null, user_id ${id} not null,
      sid ${word(64)} not null, issuer ${text(300)} not null, attempts ${time} not null, next_at ${time} not null,
      created_at ${time} not null) ${table}`,
    'create index oidc_logouts_next on oidc_logouts (next_at)',
  ];
}

export const oidcMigrations: readonly Migration[] = [
  {
    name: '20261122-oidc-0001',
    up: {
      sqlite: tablesOf(types.sqlite),
      postgres: tablesOf(types.postgres),
      mysql: tablesOf(types.mysql),
    },
  },
];
