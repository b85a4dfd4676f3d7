import type { Migration } from '../../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../../stores/sql/query.ts';

function tablesOf({ id, hash, ascii, text, integer, flag, table }: ColumnTypes): readonly string[] {
  return [
    `create table factor_totp (user_id ${id} primary key, secret ${ascii(200)} not null, confirmed ${flag} not null,
      last_step ${integer} not null, created_at ${integer} not null) ${table}`,
    `create table factor_passkeys (id ${id} primary key, user_id ${id} not null, credential_hash ${hash} not null unique,
      credential_id ${ascii(1400)} not null, public_key ${ascii(2000)} not null, counter ${integer} not null, transports ${ascii(100)} not null,
      name ${text(100)} not null, synced ${flag} not null, created_at ${integer} not null, last_used_at ${integer}) ${table}`,
    'create index factor_passkeys_user on factor_passkeys (user_id, created_at)',
    `create table factor_recovery (user_id ${id} not null, code_hash ${hash} not null, created_at ${integer} not null,
      primary key (user_id, code_hash)) ${table}`,
    `create table signin_challenges (token_hash ${hash} primary key, purpose ${ascii(16)} not null, user_id ${id}, data ${text(1000)} not null,
      expires_at ${integer} not null) ${table}`,
    'create index signin_challenges_user on signin_challenges (user_id, purpose)',
    'create index signin_challenges_expiry on signin_challenges (expires_at)',
    `create table password_states (user_id ${id} primary key, must_change ${flag} not null, changed_at ${integer} not null) ${table}`,
    `create table password_history (id ${id} primary key, user_id ${id} not null, password_hash ${text(255)} not null,
      set_at ${integer} not null) ${table}`,
    'create index password_history_user on password_history (user_id, set_at)',
    `create table known_devices (user_id ${id} not null, device_hash ${hash} not null, seen_at ${integer} not null,
      primary key (user_id, device_hash)) ${table}`,
    'create index users_email on users (email)',
    `alter table sessions add column limited ${ascii(16)} default '' not null`,
    `alter table sessions add column proved_at ${integer} default 0 not null`,
    `alter table sessions add column impersonator_id ${id}`,
    `alter table sessions add column parent_id ${id}`,
  ];
}

export const factorMigrations: readonly Migration[] = [
  {
    name: '20261122-signin-0001',
    up: inEach(tablesOf),
  },
];
