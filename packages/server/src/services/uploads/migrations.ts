import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

const postgresId = 'varchar(36) collate "C"';

export const uploadsMigrations: readonly Migration[] = [
  {
    name: '20261110-uploads-0001',
    up: {
      sqlite: [
        `create table uploads (id text primary key, user_id text not null, kind text not null, total integer, received integer not null,
          metadata text not null, concat text, target text, created_at integer not null, expires_at integer not null, node_id text) strict, without rowid`,
        'create index uploads_expiry on uploads (expires_at)',
        `create table upload_parts (upload_id text not null, position integer not null, part_id text not null,
          primary key (upload_id, position)) strict, without rowid`,
      ],
      postgres: [
        `create table uploads (id ${postgresId} primary key, user_id ${postgresId} not null, kind varchar(8) collate "C" not null,
          total bigint, received bigint not null, metadata text not null, concat text, target text,
          created_at bigint not null, expires_at bigint not null, node_id ${postgresId})`,
        'create index uploads_expiry on uploads (expires_at)',
        `create table upload_parts (upload_id ${postgresId} not null, position bigint not null, part_id ${postgresId} not null,
          primary key (upload_id, position))`,
      ],
      mysql: [
        `create table uploads (id ${mysqlId} primary key, user_id ${mysqlId} not null, kind varchar(8) not null,
          total bigint, received bigint not null, metadata mediumtext not null, concat mediumtext, target mediumtext,
          created_at bigint not null, expires_at bigint not null, node_id ${mysqlId}, key uploads_expiry (expires_at)) ${mysqlTable}`,
        `create table upload_parts (upload_id ${mysqlId} not null, position bigint not null, part_id ${mysqlId} not null,
          primary key (upload_id, position)) ${mysqlTable}`,
      ],
    },
  },
  {
    name: '20261123-uploads-0002',
    up: inEach(() => ['create index uploads_user on uploads (user_id)']),
  },
];
