/** What the tests look up in, and write into, the SQL server itself. */
import pg from 'pg';
import { createConnection } from 'mysql2/promise';

type Rows = readonly Readonly<Record<string, unknown>>[];

export async function ask(url: string, statement: string): Promise<Rows> {
  if (url.startsWith('postgres:')) {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(statement);
    return Array.isArray(rows) ? (rows as Rows) : [];
  } finally {
    await connection.end();
  }
}

export interface Recorded {
  readonly name: string;
  /** To its end. */
  readonly applied: boolean;
}

export async function recorded(url: string): Promise<readonly Recorded[]> {
  const rows = await ask(url, 'select name, applied_at from schema_migrations order by name');
  return rows.map((row) => ({ name: String(row['name']), applied: row['applied_at'] !== null }));
}

/** Transactions that other connections to this database have open. */
export async function openTransactions(url: string): Promise<number> {
  const statement = url.startsWith('postgres:')
    ? `select count(*) as count from pg_stat_activity
         where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()`
    : `select count(*) as count from information_schema.innodb_trx join information_schema.processlist
         on trx_mysql_thread_id = id where db = database() and id <> connection_id()`;
  return Number((await ask(url, statement))[0]?.['count']);
}
