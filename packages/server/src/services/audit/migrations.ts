import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';
import { genesis } from './canonical.ts';

function tablesOf({
  id: uuid,
  hash,
  ascii,
  text,
  long,
  integer,
  flag,
  table,
  rowidTable,
}: ColumnTypes): readonly string[] {
  const id = ascii(64);
  const word = ascii(60);
  return [
    `create table audit_pending (id ${uuid} not null primary key, entry ${long} not null) ${table}`,
    `create table audit_events (seq ${integer} not null primary key, id ${id} not null, at ${integer} not null, kind ${word} not null,
      actor_id ${id}, actor_login ${text(200)}, impersonator_id ${id}, address ${text(64)}, client ${text(300)}, via ${word},
      request_id ${text(100)}, node_id ${id}, workspace_id ${id}, subject_id ${id}, before_facts ${long}, after_facts ${long},
      details ${long}, prev_hash ${hash} not null, hash ${hash} not null, folded ${long} not null) ${rowidTable}`,
    'create index audit_events_actor on audit_events (actor_id, seq)',
    'create index audit_events_kind on audit_events (kind, seq)',
    'create index audit_events_node on audit_events (node_id, seq)',
    'create index audit_events_address on audit_events (address, seq)',
    'create index audit_events_at on audit_events (at)',
    `create table audit_chain (id ${flag} not null primary key, seq ${integer} not null, hash ${hash} not null,
      journal_seq ${integer} not null, signed_seq ${integer} not null) ${rowidTable}`,
    `insert into audit_chain (id, seq, hash, journal_seq, signed_seq) values (1, 0, '${genesis}', 0, 0)`,
    `create table audit_checkpoints (seq ${integer} not null primary key, at ${integer} not null, hash ${hash} not null,
      key_id ${word} not null, signature ${text(100)} not null) ${rowidTable}`,
    `create table audit_streams (name ${word} not null primary key, position ${integer} not null, error ${text(500)},
      updated_at ${integer} not null) ${table}`,
  ];
}

export const auditMigrations: readonly Migration[] = [
  {
    name: '20261122-audit-0001',
    up: inEach(tablesOf),
  },
];
