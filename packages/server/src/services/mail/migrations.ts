import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

/** Column types per dialect; the statements are the same otherwise. */
interface Types {
  readonly id: string;
  readonly word: string;
  readonly text: (length: number) => string;
  readonly json: string;
  readonly integer: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    word: 'text',
    text: () => 'text',
    json: 'text',
    integer: 'integer',
    table: 'strict, without rowid',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    word: 'varchar(40) collate "C"',
    text: (length) => `varchar(${length})`,
    json: 'text',
    integer: 'bigint',
    table: '',
  },
  mysql: {
    id: mysqlId,
    word: `varchar(40) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    json: 'mediumtext',
    integer: 'bigint',
    table: mysqlTable,
  },
};

function tablesOf({ id, word, text, json, integer, table }: Types): readonly string[] {
  return [
    `create table mail_queue (id ${id} not null primary key, recipient ${text(320)} not null, template ${word} not null, locale ${word},
      data ${json}, state ${word} not null, attempts ${integer} not null, next_at ${integer} not null, claim ${id},
      created_at ${integer} not null, ended_at ${integer}, last_error ${text(500)}) ${table}`,
    'create index mail_queue_due on mail_queue (state, next_at)',
    'create index mail_queue_state on mail_queue (state, id)',
  ];
}

export const mailMigrations: readonly Migration[] = [
  {
    name: '20261122-mail-0001',
    up: { sqlite: tablesOf(types.sqlite), postgres: tablesOf(types.postgres), mysql: tablesOf(types.mysql) },
  },
];
