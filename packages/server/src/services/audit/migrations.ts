import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';
import { genesis } from './canonical.ts';

/** Column types per dialect; the statements are the same otherwise. */
interface Types {
  readonly id: string;
  readonly hash: string;
  readonly word: string;
  readonly text: (length: number) => string;
  readonly long: string;
  readonly integer: string;
  readonly flag: string;
  readonly table: string;
  /** Of tables whose key is an integer: SQLite keeps the rows in its order by itself. */
  readonly integerKeyTable: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    hash: 'text',
    word: 'text',
    text: () => 'text',
    long: 'text',
    integer: 'integer',
    flag: 'integer',
    table: 'strict, without rowid',
    integerKeyTable: 'strict',
  },
  postgres: {
    id: 'varchar(64) collate "C"',
    hash: 'char(64) collate "C"',
    word: 'varchar(60) collate "C"',
    text: (length) => `varchar(${length}) collate "C"`,
    long: 'text',
    integer: 'bigint',
    flag: 'smallint',
    table: '',
    integerKeyTable: '',
  },
  mysql: {
    id: `varchar(64) ${mysqlAscii}`,
    hash: `char(64) ${mysqlAscii}`,
    word: `varchar(60) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    long: 'mediumtext',
    integer: 'bigint',
    flag: 'smallint',
    table: mysqlTable,
    integerKeyTable: mysqlTable,
  },
};

function tablesOf(t: Types, pendingId: string): readonly string[] {
  const { id, hash, word, text, long, integer, flag, table, integerKeyTable } = t;
  return [
    `create table audit_pending (id ${pendingId} not null primary key, entry ${long} not null) ${table}`,
    `create table audit_events (seq ${integer} not null primary key, id ${id} not null, at ${integer} not null, kind ${word} not null,
      actor_id ${id}, actor_login ${text(200)}, impersonator_id ${id}, address ${text(64)}, client ${text(300)}, via ${word},
      request_id ${text(100)}, node_id ${id}, workspace_id ${id}, subject_id ${id}, before_facts ${long}, after_facts ${long},
      details ${long}, prev_hash ${hash} not null, hash ${hash} not null, folded ${long} not null) ${integerKeyTable}`,
    'create index audit_events_actor on audit_events (actor_id, seq)',
    'create index audit_events_kind on audit_events (kind, seq)',
    'create index audit_events_node on audit_events (node_id, seq)',
    'create index audit_events_address on audit_events (address, seq)',
    'create index audit_events_at on audit_events (at)',
    `create table audit_chain (id ${flag} not null primary key, seq ${integer} not null, hash ${hash} not null,
      journal_seq ${integer} not null, signed_seq ${integer} not null) ${integerKeyTable}`,
    `insert into audit_chain (id, seq, hash, journal_seq, signed_seq) values (1, 0, '${genesis}', 0, 0)`,
    `create table audit_checkpoints (seq ${integer} not null primary key, at ${integer} not null, hash ${hash} not null,
      key_id ${word} not null, signature ${text(100)} not null) ${integerKeyTable}`,
    `create table audit_streams (name ${word} not null primary key, position ${integer} not null, error ${text(500)},
      updated_at ${integer} not null) ${table}`,
  ];
}

export const auditMigrations: readonly Migration[] = [
  {
    name: '20261122-audit-0001',
    up: {
      sqlite: tablesOf(types.sqlite, 'text'),
      postgres: tablesOf(types.postgres, 'varchar(36) collate "C"'),
      mysql: tablesOf(types.mysql, mysqlId),
    },
  },
];
