import type { Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

export const contentsMigrations: readonly Migration[] = [
  {
    name: '20261122-contents-0001',
    up: {
      sqlite: [
        `create table chunks (id text primary key, size integer not null, sha256 text not null, created_at integer not null,
          released_at integer, condemned_at integer) strict, without rowid`,
        `create index chunks_released on chunks (released_at) where released_at is not null`,
        `create index chunks_condemned on chunks (condemned_at) where condemned_at is not null`,
        `create table version_chunks (version_id text not null, position integer not null, chunk_id text not null references chunks (id),
          primary key (version_id, position)) strict, without rowid`,
        `create index version_chunks_chunk on version_chunks (chunk_id)`,
      ],
      postgres: [
        `create table chunks (id varchar(36) collate "C" primary key, size bigint not null, sha256 varchar(64) collate "C" not null,
          created_at bigint not null, released_at bigint, condemned_at bigint)`,
        `create index chunks_released on chunks (released_at) where released_at is not null`,
        `create index chunks_condemned on chunks (condemned_at) where condemned_at is not null`,
        `create table version_chunks (version_id varchar(36) collate "C" not null, position integer not null,
          chunk_id varchar(36) collate "C" not null references chunks (id), primary key (version_id, position))`,
        `create index version_chunks_chunk on version_chunks (chunk_id)`,
      ],
      mysql: [
        `create table chunks (id ${mysqlId} primary key, size bigint not null, sha256 char(64) ${mysqlAscii} not null,
          created_at bigint not null, released_at bigint, condemned_at bigint, key chunks_released (released_at),
          key chunks_condemned (condemned_at)) ${mysqlTable}`,
        `create table version_chunks (version_id ${mysqlId} not null, position int not null, chunk_id ${mysqlId} not null,
          primary key (version_id, position), key version_chunks_chunk (chunk_id),
          constraint version_chunks_chunk_exists foreign key (chunk_id) references chunks (id)) ${mysqlTable}`,
      ],
    },
  },
  {
    name: '20261123-contents-0002',
    up: {
      sqlite: [
        `create table contents_place (id integer primary key check (id = 1), place text not null) strict`,
        `insert into contents_place (id, place) values (1, '')`,
      ],
      postgres: [
        `create table contents_place (id integer primary key check (id = 1), place varchar(64) not null)`,
        `insert into contents_place (id, place) values (1, '') on conflict do nothing`,
      ],
      mysql: [
        `create table contents_place (id int primary key, place varchar(64) ${mysqlAscii} not null) ${mysqlTable}`,
        `insert ignore into contents_place (id, place) values (1, '')`,
      ],
    },
  },
  {
    name: '20261124-contents-0003',
    up: {
      sqlite: [
        `create table contents_scrub (id integer primary key check (id = 1), position text not null, chunks integer not null,
          began_at integer, ended_at integer) strict`,
        `insert into contents_scrub (id, position, chunks, began_at, ended_at) values (1, '', 0, null, null)`,
        `create table damaged_chunks (chunk_id text primary key, kind text not null, detail text not null, found_at integer not null)
          strict, without rowid`,
      ],
      postgres: [
        `create table contents_scrub (id integer primary key check (id = 1), position varchar(36) collate "C" not null,
          chunks bigint not null, began_at bigint, ended_at bigint)`,
        `insert into contents_scrub (id, position, chunks, began_at, ended_at) values (1, '', 0, null, null) on conflict do nothing`,
        `create table damaged_chunks (chunk_id varchar(36) collate "C" primary key, kind varchar(20) not null, detail varchar(500) not null,
          found_at bigint not null)`,
      ],
      mysql: [
        `create table contents_scrub (id int primary key, position varchar(36) ${mysqlAscii} not null, chunks bigint not null,
          began_at bigint, ended_at bigint) ${mysqlTable}`,
        `insert ignore into contents_scrub (id, position, chunks, began_at, ended_at) values (1, '', 0, null, null)`,
        `create table damaged_chunks (chunk_id ${mysqlId} primary key, kind varchar(20) ${mysqlAscii} not null, detail varchar(500) not null,
          found_at bigint not null) ${mysqlTable}`,
      ],
    },
  },
];
