import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';

function tablesOf(t: ColumnTypes): readonly string[] {
  const flag = `${t.flag} not null`;
  return [
    `create table links (id ${t.id} primary key, owner_id ${t.id} not null, kind ${t.ascii(8)} not null, token ${t.ascii(64)} not null unique,
      custom ${flag}, label ${t.text(200)} not null, description ${t.long} not null, permissions ${flag}, password_hash ${t.ascii(255)},
      password_revision ${t.integer} not null, starts_at ${t.integer}, expires_at ${t.integer}, max_downloads ${t.integer},
      downloads ${t.integer} not null, visits ${t.integer} not null, layout ${t.ascii(8)} not null, disclaimer ${t.long} not null,
      watermark ${flag}, notify ${flag}, show_owner ${flag}, restricted ${flag}, ask_name ${t.ascii(8)} not null,
      ask_email ${t.ascii(8)} not null, subfolders ${flag}, max_file_size ${t.integer}, disabled ${flag}, created_at ${t.integer} not null,
      updated_at ${t.integer} not null) ${t.table}`,
    'create index links_owner on links (owner_id, id)',
    `create table link_roots (link_id ${t.id} not null, node_id ${t.id} not null, position ${t.integer} not null,
      primary key (link_id, node_id)) ${t.table}`,
    'create index link_roots_node on link_roots (node_id)',
    `create table link_recipients (id ${t.id} primary key, link_id ${t.id} not null, email ${t.text(254)} not null,
      key_hash ${t.ascii(64)} not null, sent_at ${t.integer}, unique (link_id, email)) ${t.table}`,
    `create table link_events (id ${t.id} primary key, link_id ${t.id} not null, visitor ${t.ascii(64)} not null, kind ${t.ascii(8)} not null,
      node_id ${t.ascii(36)} not null, version_id ${t.ascii(36)} not null, at ${t.integer} not null) ${t.table}`,
    'create index link_events_visitor on link_events (link_id, visitor, at)',
    'create index link_events_age on link_events (at)',
    `create table link_days (link_id ${t.id} not null, slot ${t.ascii(64)} not null, day ${t.integer} not null, node_id ${t.ascii(36)} not null, visits ${t.integer} not null,
      downloads ${t.integer} not null, uploads ${t.integer} not null, primary key (link_id, slot)) ${t.table}`,
    `create table link_receipts (id ${t.id} primary key, link_id ${t.id} not null, visitor ${t.ascii(64)} not null, node_id ${t.id} not null,
      name ${t.text(255)} not null, size ${t.integer} not null, sha256 ${t.ascii(64)}, at ${t.integer} not null) ${t.table}`,
    'create index link_receipts_visitor on link_receipts (link_id, visitor)',
  ];
}

export const sharingMigrations: readonly Migration[] = [
  {
    name: '20261122-sharing-0001',
    up: inEach(tablesOf),
  },
  {
    name: '20261123-sharing-0002',
    up: inEach((t) => [
      `alter table link_receipts add column unhashed_version ${t.id}`,
      'create index link_receipts_unhashed on link_receipts (unhashed_version)',
    ]),
  },
  {
    name: '20261124-sharing-0003',
    up: inEach((t) => [
      `create table link_addresses (token ${t.ascii(64)} primary key, owner_id ${t.id} not null, kept_until ${t.integer} not null) ${t.table}`,
      'create index link_addresses_until on link_addresses (kept_until)',
      'create index link_addresses_owner on link_addresses (owner_id)',
    ]),
  },
];
