import type { Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlTable } from '../../stores/sql/query.ts';

export const migrationMigrations: readonly Migration[] = [
  {
    name: '20261122-migration-0001',
    up: {
      sqlite: [
        `create table migration_state (side text not null primary key, id text not null, phase text not null, peer text not null,
          updated_at integer not null) strict, without rowid`,
      ],
      postgres: [
        `create table migration_state (side varchar(6) primary key, id varchar(36) not null, phase varchar(10) not null,
          peer text not null, updated_at bigint not null)`,
      ],
      mysql: [
        `create table migration_state (side varchar(6) ${mysqlAscii} primary key, id varchar(36) ${mysqlAscii} not null,
          phase varchar(10) not null, peer mediumtext not null, updated_at bigint not null) ${mysqlTable}`,
      ],
    },
  },
];
