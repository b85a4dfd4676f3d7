import {
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteQueryCompiler,
  sql,
  type Compilable,
  type RawBuilder,
} from 'kysely';
import type { CompiledQuery, Dialect, Migration, Query, SqlParameters } from './contract.ts';

export type { CompiledQuery, Query };

/** Stands for a parameter while Kysely builds; recognised again among the compiled parameters. */
class Slot {
  readonly name: string;
  readonly list: boolean;
  constructor(name: string, list: boolean) {
    this.name = name;
    this.list = list;
  }
}

const builders = {
  sqlite: makeBuilder(
    () => new SqliteAdapter(),
    () => new SqliteQueryCompiler(),
  ),
  postgres: makeBuilder(
    () => new PostgresAdapter(),
    () => new PostgresQueryCompiler(),
  ),
  mysql: makeBuilder(
    () => new MysqlAdapter(),
    () => new MysqlQueryCompiler(),
  ),
} satisfies Record<Dialect, Kysely<never>>;

function makeBuilder(
  createAdapter: () => SqliteAdapter | PostgresAdapter | MysqlAdapter,
  createQueryCompiler: () => SqliteQueryCompiler | PostgresQueryCompiler | MysqlQueryCompiler,
): Kysely<never> {
  return new Kysely<never>({
    dialect: {
      createAdapter,
      createDriver: () => new DummyDriver(),
      createIntrospector: () => {
        throw new Error('no introspection');
      },
      createQueryCompiler,
    },
  });
}

/**
 * Binds the builder to a service's tables: `const define = queriesOf<TreeTables>()`, then
 * `define<{ id: string }, NodeRow>((db, p) => db.selectFrom('nodes').selectAll().where('id', '=', p.id))`.
 */
export function queriesOf<Tables>() {
  return function define<P extends SqlParameters, R = unknown>(
    build: (
      db: Kysely<Tables>,
      parameters: { readonly [K in keyof P]: P[K] },
      dialect: Dialect,
    ) => Compilable<unknown>,
  ): Query<P, R> {
    const cache = new Map<Dialect, CompiledQuery>();
    const query: Query<P, R> = {
      compiled(dialect) {
        let compiled = cache.get(dialect);
        if (compiled === undefined) cache.set(dialect, (compiled = compile<Tables, P>(build, dialect)));
        return compiled;
      },
    };
    defined.add(query);
    return query;
  };
}

/** Every statement of the program that has been defined so far. */
const defined = new Set<Pick<Query<never, never>, 'compiled'>>();

/**
 * Compiles what nobody has asked for yet, one statement a turn of the event loop: the first rename after a start would otherwise wait
 * for the building of a dozen statements.
 */
export async function compileDefined(dialect: Dialect, signal: AbortSignal): Promise<void> {
  for (const query of defined) {
    if (signal.aborted) return;
    query.compiled(dialect);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function compile<Tables, P>(
  build: (
    db: Kysely<Tables>,
    parameters: { readonly [K in keyof P]: P[K] },
    dialect: Dialect,
  ) => Compilable<unknown>,
  dialect: Dialect,
): CompiledQuery {
  const parameters = new Proxy({}, { get: (_target, name) => new Slot(String(name), false) }) as {
    readonly [K in keyof P]: P[K];
  };
  const result = build(builders[dialect] as unknown as Kysely<Tables>, parameters, dialect).compile();
  return {
    sql: result.sql,
    slots: result.parameters.map((p) => (p instanceof Slot ? { name: p.name, list: p.list } : { value: p })),
  };
}

/**
 * `expression in (list parameter)`, whatever its length, as one placeholder: `where(inList('id', p.ids, dialect))`. The driver of MySQL
 * makes as many of it as the list needs (mysql/shapes.ts says why).
 */
export function inList(
  column: string,
  parameter: readonly string[] | readonly number[],
  dialect: Dialect,
): RawBuilder<boolean> {
  const slot = parameter as unknown as Slot;
  const list = new Slot(slot.name, true);
  const reference = sql.ref(column);
  if (dialect === 'postgres') return sql<boolean>`${reference} = any(${list})`;
  if (dialect === 'mysql') return sql<boolean>`${reference} in (${list})`;
  return sql<boolean>`${reference} in (select value from json_each(${list}))`;
}

/**
 * Column types for migrations on MySQL and MariaDB, so that all text compares as bytes, as on the other databases. `utf8mb4_bin` ignores
 * trailing spaces, so the two servers each get the collation that does not: MariaDB reads over what is for MySQL 8.0.17, MySQL over what is for MariaDB.
 */
const mysqlText = 'character set utf8mb4 collate /*!80017 utf8mb4_0900_bin */ /*M! utf8mb4_nopad_bin */';
export const mysqlAscii = 'character set ascii collate ascii_bin';
export const mysqlId = `char(36) ${mysqlAscii}`;
/** What follows the columns; text columns take their collation from here. */
export const mysqlTable = `engine=innodb ${mysqlText}`;

/** Column types per dialect, so that a migration is written once. Texts are compared byte by byte on every database. */
export interface ColumnTypes {
  /** A UUID. */
  readonly id: string;
  /** SHA-256 in hex. */
  readonly hash: string;
  /** Of ASCII only, e.g. base64url, a word, or a UUID that may be ''. */
  readonly ascii: (length: number) => string;
  readonly text: (length: number) => string;
  /** Longer than an index can hold; up to megabytes. */
  readonly long: string;
  /** 64 bits: a number, or ms since 1970. */
  readonly integer: string;
  readonly flag: string;
  /** What follows the columns. */
  readonly table: string;
  /** The same where SQLite should keep rows by an integer, not by their key: integer keys, or long rows. */
  readonly rowidTable: string;
}

const columnTypes: Readonly<Record<Dialect, ColumnTypes>> = {
  sqlite: {
    id: 'text',
    hash: 'text',
    ascii: () => 'text',
    text: () => 'text',
    long: 'text',
    integer: 'integer',
    flag: 'integer',
    table: 'strict, without rowid',
    rowidTable: 'strict',
  },
  postgres: {
    id: 'varchar(36) collate "C"',
    hash: 'varchar(64) collate "C"',
    ascii: (length) => `varchar(${length}) collate "C"`,
    text: (length) => `varchar(${length}) collate "C"`,
    long: 'text collate "C"',
    integer: 'bigint',
    flag: 'smallint',
    table: '',
    rowidTable: '',
  },
  mysql: {
    id: mysqlId,
    hash: `char(64) ${mysqlAscii}`,
    ascii: (length) => `varchar(${length}) ${mysqlAscii}`,
    text: (length) => `varchar(${length})`,
    long: 'mediumtext',
    integer: 'bigint',
    flag: 'smallint',
    table: mysqlTable,
    rowidTable: mysqlTable,
  },
};

/** The same statements in every dialect. */
export function inEach(statements: (types: ColumnTypes) => readonly string[]): Migration['up'] {
  return {
    sqlite: statements(columnTypes.sqlite),
    postgres: statements(columnTypes.postgres),
    mysql: statements(columnTypes.mysql),
  };
}
