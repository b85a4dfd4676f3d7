import type { Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

const id = { postgres: 'varchar(36) collate "C"', mysql: mysqlId };
const name = {
  postgres: 'varchar(100) collate "C"',
  mysql: `varchar(100) ${mysqlAscii}`,
};
const indexes = [
  'create unique index job_runs_due on job_runs (job, scheduled_at)',
  'create index job_runs_of on job_runs (job, id)',
  'create index job_runs_state on job_runs (state, job)',
  'create index job_runs_started on job_runs (started_at)',
];

export const jobsMigrations: readonly Migration[] = [
  {
    name: '20261122-jobs-0001',
    up: {
      sqlite: [
        `create table job_runs (id text not null primary key, job text not null, scheduled_at integer not null,
          started_at integer not null, ended_at integer, state text not null, node text not null, result text not null,
          error text) strict, without rowid`,
        'create table job_fences (job text not null primary key, fence integer not null, last_run text, since integer not null) strict, without rowid',
        ...indexes,
      ],
      postgres: [
        `create table job_runs (id ${id.postgres} primary key, job ${name.postgres} not null, scheduled_at bigint not null,
          started_at bigint not null, ended_at bigint, state varchar(8) not null, node varchar(255) not null, result text not null,
          error text)`,
        `create table job_fences (job ${name.postgres} primary key, fence bigint not null, last_run ${id.postgres},
          since bigint not null)`,
        ...indexes,
      ],
      mysql: [
        `create table job_runs (id ${id.mysql} primary key, job ${name.mysql} not null, scheduled_at bigint not null,
          started_at bigint not null, ended_at bigint, state varchar(8) not null,
          node varchar(255) not null, result mediumtext not null,
          error text) ${mysqlTable}`,
        `create table job_fences (job ${name.mysql} primary key, fence bigint not null, last_run ${id.mysql},
          since bigint not null) ${mysqlTable}`,
        ...indexes,
      ],
    },
  },
];
