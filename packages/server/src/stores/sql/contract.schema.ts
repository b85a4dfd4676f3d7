import { sql } from 'kysely';
import { newId } from '../../kernel/ids.ts';
import type { Migration, SqlStore } from './contract.ts';
import { inList, mysqlId, mysqlTable, queriesOf } from './query.ts';

/** A fresh, empty database. */
export interface TestDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** A database of its own and a store on it; `again` opens one more, as another node would. `remove` closes all of them first. */
export interface OpenedSql extends TestDatabase {
  readonly store: SqlStore;
  again(): Promise<SqlStore>;
}

export interface SqlCaps {
  /** Whether a second process can open the same database. */
  readonly shared: boolean;
}

/** The table on which contract.suite.ts tries the drivers. */
interface Tables {
  things: Thing;
}

export interface Thing {
  id: string;
  name: string;
  n: number;
  parent: string | null;
  data: Uint8Array | null;
  text: string | null;
}

export const migrations: readonly Migration[] = [
  {
    name: '20260101-things',
    up: {
      sqlite: [
        'create table things (id text not null primary key, name text not null unique, n integer not null, parent text references things (id), data blob, text text) strict',
      ],
      postgres: [
        'create table things (id char(36) collate "C" not null primary key, name text collate "C" not null unique, n bigint not null, parent char(36) collate "C" references things (id), data bytea, text text)',
      ],
      mysql: [
        // Foreign keys beside the column are read over by MySQL.
        `create table things (id ${mysqlId} not null primary key, name varchar(255) not null unique,
          n bigint not null, parent ${mysqlId}, data longblob, text longtext,
          constraint things_parent foreign key (parent) references things (id)) ${mysqlTable}`,
      ],
    },
  },
];

const define = queriesOf<Tables>();
type Named = { name: string };

export const queries = {
  insert: define<Thing & Record<string, string | number | null | Uint8Array>>((db, p) =>
    db
      .insertInto('things')
      .values({ id: p.id, name: p.name, n: p.n, parent: p.parent, data: p.data, text: p.text }),
  ),
  clear: define<Record<string, never>>((db) => db.deleteFrom('things')),
  all: define<Record<string, never>, Thing>((db) => db.selectFrom('things').selectAll().orderBy('name')),
  byName: define<Named, Thing>((db, p) => db.selectFrom('things').selectAll().where('name', '=', p.name)),
  byNames: define<{ names: string[] }, Thing>((db, p, dialect) =>
    db
      .selectFrom('things')
      .selectAll()
      .where(inList('name', p.names, dialect)),
  ),
  byNumbers: define<{ numbers: number[] }, Thing>((db, p, dialect) =>
    db
      .selectFrom('things')
      .selectAll()
      .where(inList('n', p.numbers, dialect)),
  ),
  /** Read to be written: locks the row where readers do not block writers. */
  lock: define<Named, Thing>((db, p, dialect) => {
    const query = db.selectFrom('things').selectAll().where('name', '=', p.name);
    return dialect === 'sqlite' ? query : query.forUpdate();
  }),
  setNumber: define<Named & { n: number }>((db, p) =>
    db.updateTable('things').set({ n: p.n }).where('name', '=', p.name),
  ),
  double: define<Named>((db, p) =>
    db
      .updateTable('things')
      .set({ n: sql`n * 2` })
      .where('name', '=', p.name),
  ),
  divide: define<Named & { by: number }, { quotient: number }>((db, p, dialect) =>
    db
      .selectFrom('things')
      .select(
        dialect === 'mysql'
          ? sql<number>`n div ${p.by}`.as('quotient')
          : sql<number>`n / ${p.by}`.as('quotient'),
      )
      .where('name', '=', p.name),
  ),
};

export function thing(
  name: string,
  rest: Partial<Thing> = {},
): Thing & Record<string, string | number | null | Uint8Array> {
  return { id: newId(), name, n: 1, parent: null, data: null, text: null, ...rest };
}
