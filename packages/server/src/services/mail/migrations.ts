import type { Migration } from '../../stores/sql/contract.ts';
import { inEach, type ColumnTypes } from '../../stores/sql/query.ts';

function tablesOf({ id, ascii, text, long, integer, table }: ColumnTypes): readonly string[] {
  return [
    `create table mail_queue (id ${id} not null primary key, recipient ${text(320)} not null, template ${ascii(40)} not null, locale ${ascii(40)},
      data ${long}, state ${ascii(40)} not null, attempts ${integer} not null, next_at ${integer} not null, claim ${id},
      created_at ${integer} not null, ended_at ${integer}, last_error ${text(500)}) ${table}`,
    'create index mail_queue_due on mail_queue (state, next_at)',
    'create index mail_queue_state on mail_queue (state, id)',
  ];
}

export const mailMigrations: readonly Migration[] = [
  {
    name: '20261122-mail-0001',
    up: inEach(tablesOf),
  },
  {
    name: '20261123-mail-0002',
    up: inEach(({ integer }) => [`alter table mail_queue add column key_id ${integer}`]),
  },
  {
    name: '20261123-mail-0003',
    up: inEach(({ id, ascii, table }) => [
      `create table mail_refusals (user_id ${id} not null, kind ${ascii(40)} not null, primary key (user_id, kind)) ${table}`,
    ]),
  },
];
