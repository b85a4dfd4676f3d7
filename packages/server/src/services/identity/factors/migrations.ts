import type { Dialect, Migration } from '../../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../../stores/sql/query.ts';

interface Types {
  readonly id: string;
  readonly hash: string;
  /** Of ASCII only, e.g. base64url. */
  readonly ascii: (length: number) => string;
  readonly text: (length: number) => string;
  readonly time: string;
  readonly flag: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    hash: 'text',
    ascii: () => 'text',
    text: () => 'text',
    time: 'integer',
    flag: 'integer',
    table: 'strict, without rowid',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    hash: 'varchar(64) collate "C"',
    ascii: (length) => `varchar(${length}) collate "C"`,
    text: (length) => `varchar(${length}) collate "C"`,
    time: 'bigint',
    flag: 'smallint',
    table: '',
  },
  mysql: {
    id: mysqlId,
    hash: `char(64) ${mysqlAscii}`,
    ascii: (length) => `varchar(${length}) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    time: 'bigint',
    flag: 'smallint',
    table: mysqlTable,
  },
};

function tablesOf({ id, hash, ascii, text, time, flag, table }: Types): readonly string[] {
  return [
    `create table factor_totp (user_id ${id} primary key, secret ${ascii(200)} not null, confirmed ${flag} not null,
      last_step ${time} not null, created_at ${time} not null) ${table}`,
    `create table factor_passkeys (id ${id} primary key, user_id ${id} not null, credential_hash ${hash} not null unique,
      credential_id ${ascii(1400)} not null, public_key ${ascii(2000)} not null, counter ${time} not null, transports ${ascii(100)} not null,
      name ${text(100)} not null, synced ${flag} not null, created_at ${time} not null, last_used_at ${time}) ${table}`,
    'create index factor_passkeys_user on factor_passkeys (user_id, created_at)',
    `create table factor_recovery (user_id ${id} not null, code_hash ${hash} not null, created_at ${time} not null,
      primary key (user_id, code_hash)) ${table}`,
    `create table signin_challenges (token_hash ${hash} primary key, purpose ${ascii(16)} not null, user_id ${id}, data ${text(1000)} not null,
      expires_at ${time} not null) ${table}`,
    'create index signin_challenges_user on signin_challenges (user_id, purpose)',
    'create index signin_challenges_expiry on signin_challenges (expires_at)',
    `create table password_states (user_id ${id} primary key, must_change ${flag} not null, changed_at ${time} not null) ${table}`,
    `create table password_history (id ${id} primary key, user_id ${id} not null, password_hash ${text(255)} not null,
      set_at ${time} not null) ${table}`,
    'create index password_history_user on password_history (user_id, set_at)',
    `create table known_devices (user_id ${id} not null, device_hash ${hash} not null, seen_at ${time} not null,
      primary key (user_id, device_hash)) ${table}`,
    'create index users_email on users (email)',
    `alter table sessions add column limited ${ascii(16)} default '' not null`,
    `alter table sessions add column proved_at ${time} default 0 not null`,
    `alter table sessions add column impersonator_id ${id}`,
    `alter table sessions add column parent_id ${id}`,
  ];
}

export const factorMigrations: readonly Migration[] = [
  {
    name: '20261122-signin-0001',
    up: { sqlite: tablesOf(types.sqlite), postgres: tablesOf(types.postgres), mysql: tablesOf(types.mysql) },
  },
];
