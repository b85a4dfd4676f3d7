import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';
import { factorMigrations } from './factors/migrations.ts';
import { directoryTables } from './directory-migrations.ts';

function tablesOf({ id, hash, ascii, text, integer, flag, table }: ColumnTypes): readonly string[] {
  return [
    `create table users (id ${id} primary key, login ${text(64)} not null unique, display_name ${text(200)} not null, email ${text(254)},
      password_hash ${text(255)} not null, admin ${flag} not null, disabled ${flag} not null, group_id ${id} not null, role_id ${id} not null,
      quota ${integer}, created_at ${integer} not null, last_login_at ${integer}, folded ${text(600)} not null) ${table}`,
    'create index users_group on users (group_id)',
    'create index users_admin on users (admin, disabled)',
    `create table user_groups (id ${id} primary key, parent_id ${id}, name ${text(100)} not null, role_id ${id} not null,
      unique (parent_id, name)) ${table}`,
    `create table sessions (id ${id} primary key, user_id ${id} not null, secret_hash ${hash} not null unique, remember ${flag} not null,
      address ${text(64)} not null, client ${text(300)} not null, created_at ${integer} not null, last_seen_at ${integer} not null,
      expires_at ${integer} not null) ${table}`,
    'create index sessions_user on sessions (user_id, created_at)',
    'create index sessions_expiry on sessions (expires_at)',
    `create table tokens (id ${id} primary key, user_id ${id} not null, kind ${text(16)} not null, label ${text(100)} not null,
      scopes ${text(100)} not null, secret_hash ${hash} not null unique, created_at ${integer} not null, last_used_at ${integer},
      expires_at ${integer}) ${table}`,
    'create index tokens_user on tokens (user_id, created_at)',
    'create index tokens_expiry on tokens (expires_at)',
    `create table login_attempts (attempt_key ${hash} primary key, login_key ${ascii(64)} not null, failures ${integer} not null,
      last_at ${integer} not null, blocked_until ${integer} not null) ${table}`,
    'create index login_attempts_login on login_attempts (login_key)',
    'create index login_attempts_age on login_attempts (last_at)',
    `create table setup_state (id ${flag} primary key, root_group_id ${id} not null, done_at ${integer} not null) ${table}`,
  ];
}

/** Among the many words of users those of the few groups are found without a walk over both. */
const wordsByKind = 'create index user_words_kind on user_words (kind, word, mail, subject_id)';

/** What statements look rows up by: whose a role is, and the sessions that end with an administrator's own. */
function lookedUpBy(): readonly string[] {
  return [
    'create index users_role on users (role_id)',
    'create index user_groups_role on user_groups (role_id)',
    'create index teams_role on teams (role_id)',
    'create index sessions_parent on sessions (parent_id)',
  ];
}

/**
 * Addresses without regard to case. MariaDB has no index over an expression, but one over a column that is computed; unseen, so that rows are
 * read and copied without it.
 */
const mailByCase = 'create index users_mail on users (lower(email))';
const mailColumn = `alter table users add column mail_lower varchar(254) generated always as (lower(email)) virtual invisible,
  add key users_mail (mail_lower)`;

export const identityMigrations: readonly Migration[] = [
  {
    name: '20261101-identity-0001',
    up: inEach(tablesOf),
  },
  { name: '20261122-identity-0002', up: inEach(directoryTables) },
  ...factorMigrations,
  {
    name: '20261122-identity-0009',
    up: {
      sqlite: [wordsByKind, 'drop index user_words_word'],
      postgres: [wordsByKind, 'drop index user_words_word'],
      mysql: [wordsByKind, 'drop index user_words_word on user_words'],
    },
  },
  { name: '20261123-identity-0010', up: inEach(lookedUpBy) },
  {
    name: '20261123-identity-0011',
    up: { sqlite: [mailByCase], postgres: [mailByCase], mysql: [mailColumn] },
  },
];
