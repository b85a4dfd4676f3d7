import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

/** Column types per dialect; the statements are the same otherwise. */
interface Types {
  readonly id: string;
  /** An id or ''. */
  readonly optionalId: string;
  readonly ascii: (length: number) => string;
  readonly text: (length: number) => string;
  readonly long: string;
  readonly number: string;
  readonly flag: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    optionalId: 'text',
    ascii: () => 'text',
    text: () => 'text',
    long: 'text',
    number: 'integer',
    flag: 'integer',
    table: 'strict, without rowid',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    optionalId: 'varchar(36) collate "C"',
    ascii: (length) => `varchar(${length}) collate "C"`,
    text: (length) => `varchar(${length}) collate "C"`,
    long: 'text',
    number: 'bigint',
    flag: 'smallint',
    table: '',
  },
  mysql: {
    id: mysqlId,
    optionalId: `varchar(36) ${mysqlAscii}`,
    ascii: (length) => `varchar(${length}) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    long: 'text',
    number: 'bigint',
    flag: 'smallint',
    table: mysqlTable,
  },
};

function tablesOf(t: Types): readonly string[] {
  const flag = `${t.flag} not null`;
  return [
    `create table links (id ${t.id} primary key, owner_id ${t.id} not null, kind ${t.ascii(8)} not null, token ${t.ascii(64)} not null unique,
      custom ${flag}, label ${t.text(200)} not null, description ${t.long} not null, permissions ${flag}, password_hash ${t.ascii(255)},
      password_revision ${t.number} not null, starts_at ${t.number}, expires_at ${t.number}, max_downloads ${t.number},
      downloads ${t.number} not null, visits ${t.number} not null, layout ${t.ascii(8)} not null, disclaimer ${t.long} not null,
      watermark ${flag}, notify ${flag}, show_owner ${flag}, restricted ${flag}, ask_name ${t.ascii(8)} not null,
      ask_email ${t.ascii(8)} not null, subfolders ${flag}, max_file_size ${t.number}, disabled ${flag}, created_at ${t.number} not null,
      updated_at ${t.number} not null) ${t.table}`,
    'create index links_owner on links (owner_id, id)',
    `create table link_roots (link_id ${t.id} not null, node_id ${t.id} not null, position ${t.number} not null,
      primary key (link_id, node_id)) ${t.table}`,
    'create index link_roots_node on link_roots (node_id)',
    `create table link_recipients (id ${t.id} primary key, link_id ${t.id} not null, email ${t.text(254)} not null,
      key_hash ${t.ascii(64)} not null, sent_at ${t.number}, unique (link_id, email)) ${t.table}`,
    `create table link_events (id ${t.id} primary key, link_id ${t.id} not null, visitor ${t.ascii(64)} not null, kind ${t.ascii(8)} not null,
      node_id ${t.optionalId} not null, version_id ${t.optionalId} not null, at ${t.number} not null) ${t.table}`,
    'create index link_events_visitor on link_events (link_id, visitor, at)',
    'create index link_events_age on link_events (at)',
    `create table link_days (link_id ${t.id} not null, slot ${t.ascii(64)} not null, day ${t.number} not null, node_id ${t.optionalId} not null, visits ${t.number} not null,
      downloads ${t.number} not null, uploads ${t.number} not null, primary key (link_id, slot)) ${t.table}`,
    `create table link_receipts (id ${t.id} primary key, link_id ${t.id} not null, visitor ${t.ascii(64)} not null, node_id ${t.id} not null,
      name ${t.text(255)} not null, size ${t.number} not null, sha256 ${t.ascii(64)}, at ${t.number} not null) ${t.table}`,
    'create index link_receipts_visitor on link_receipts (link_id, visitor)',
  ];
}

export const sharingMigrations: readonly Migration[] = [
  {
    name: '20261122-sharing-0001',
    up: { sqlite: tablesOf(types.sqlite), postgres: tablesOf(types.postgres), mysql: tablesOf(types.mysql) },
  },
];
