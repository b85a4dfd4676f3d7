import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';

function tablesOf({ id, ascii, text, long, integer, rowidTable }: ColumnTypes): readonly string[] {
  return [
    `create table oidc_records (record_key ${ascii(64)} not null primary key, id ${id} not null unique, model ${ascii(40)} not null,
      payload ${long} not null, grant_key ${ascii(64)}, lookup_key ${ascii(64)}, session_key ${ascii(64)}, user_id ${id},
      client_id ${ascii(64)}, scopes ${text(1000)}, session_id ${id}, created_at ${integer} not null, expires_at ${integer} not null,
      consumed_at ${integer}) ${rowidTable}`,
    'create index oidc_records_grant on oidc_records (grant_key)',
    'create index oidc_records_lookup on oidc_records (lookup_key)',
    'create index oidc_records_user on oidc_records (user_id, model)',
    'create index oidc_records_client on oidc_records (client_id)',
    'create index oidc_records_expiry on oidc_records (expires_at)',
    `create table oidc_clients (id ${ascii(64)} not null primary key, name ${text(200)} not null, metadata ${long} not null,
      secret_hash ${ascii(64)}, created_at ${integer} not null, updated_at ${integer} not null) ${rowidTable}`,
    `create table oidc_logins (session_id ${id} not null, client_id ${ascii(64)} not null, user_id ${id} not null, sid ${ascii(64)} not null,
      issuer ${text(300)} not null, created_at ${integer} not null, primary key (session_id, client_id)) ${rowidTable}`,
    `create table oidc_logouts (id ${id} not null primary key, client_id ${ascii(64)} not null, user_id ${id} not null,
      sid ${ascii(64)} not null, issuer ${text(300)} not null, attempts ${integer} not null, next_at ${integer} not null,
      created_at ${integer} not null) ${rowidTable}`,
    'create index oidc_logouts_next on oidc_logouts (next_at)',
  ];
}

export const oidcMigrations: readonly Migration[] = [
  {
    name: '20261122-oidc-0001',
    up: inEach(tablesOf),
  },
];
