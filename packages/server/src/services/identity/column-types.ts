/** Column types of this service's tables per dialect; the statements are the same otherwise. */
import type { Dialect, Migration } from '../../stores/sql/contract.ts';
import { mysqlAscii, mysqlId, mysqlTable } from '../../stores/sql/query.ts';

export interface Types {
  readonly id: string;
  readonly hash: string;
  /** A hash or ''. */
  readonly optionalHash: string;
  readonly text: (length: number) => string;
  /** Up to a megabyte. */
  readonly long: string;
  readonly time: string;
  readonly flag: string;
  readonly table: string;
}

const types: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: 'text',
    hash: 'text',
    optionalHash: 'text',
    text: () => 'text',
    long: 'text',
    time: 'integer',
    flag: 'integer',
    table: 'strict, without rowid',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    hash: 'varchar(64) collate "C"',
    optionalHash: 'varchar(64) collate "C"',
    text: (length) => `varchar(${length}) collate "C"`,
    long: 'text collate "C"',
    time: 'bigint',
    flag: 'smallint',
    table: '',
  },
  mysql: {
    id: mysqlId,
    hash: `char(64) ${mysqlAscii}`,
    optionalHash: `varchar(64) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    long: 'mediumtext',
    time: 'bigint',
    flag: 'smallint',
    table: mysqlTable,
  },
};

/** The same statements in every dialect. */
export function inEach(statements: (types: Types) => readonly string[]): Migration['up'] {
  return {
    sqlite: statements(types.sqlite),
    postgres: statements(types.postgres),
    mysql: statements(types.mysql),
  };
}
