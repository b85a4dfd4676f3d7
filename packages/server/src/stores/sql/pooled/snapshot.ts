/** One read-only transaction that sees a single moment, however many statements read in it. */
import type { Query, SqlParameters, SqlReader } from '../contract.ts';
import type { Engine, Row } from './engine.ts';
import { faultOf } from './faults.ts';
import type { Pool } from './pool.ts';
import { requireReading } from './reader.ts';
import type { Session } from './session.ts';
import { bind } from './values.ts';

/** Whoever copies may be held up by the place it copies to. */
const begin = {
  postgres: [
    'begin isolation level repeatable read, read only',
    "set local idle_in_transaction_session_timeout = '10min'",
    // The moment is that of the first statement.
    'select 1',
  ],
  mysql: [
    'set transaction isolation level repeatable read',
    'start transaction with consistent snapshot, read only',
  ],
} as const;

/** Gives the session back, or drops it where anything failed: a read may still be under way then. @throws what `work` throws */
export async function readSnapshot<T>(
  engine: Engine,
  session: Session,
  pool: Pool,
  work: (reader: SqlReader) => Promise<T>,
): Promise<T> {
  try {
    const translated = async <R>(statement: Promise<R>): Promise<R> => {
      try {
        return await statement;
      } catch (error) {
        throw faultOf(engine, error).error;
      }
    };
    for (const statement of begin[engine.dialect]) await translated(session.exec(statement));
    const value = await work(readerOn(engine, session, translated));
    await translated(session.commit());
    return value;
  } catch (error) {
    session.destroy(error);
    throw error;
  } finally {
    pool.release(session);
  }
}

function readerOn(
  engine: Engine,
  session: Session,
  translated: <R>(statement: Promise<R>) => Promise<R>,
): SqlReader {
  let last: Promise<unknown> = Promise.resolve();
  const read = async <P extends SqlParameters>(query: Query<P, unknown>, parameters: P): Promise<Row[]> => {
    const compiled = query.compiled(engine.dialect);
    requireReading(compiled);
    const values = bind(engine, compiled.slots, parameters);
    const rows = last.then(() => session.execute(compiled, values));
    last = rows.catch(() => {});
    return (await translated(rows)).rows;
  };
  return {
    all: async <P extends SqlParameters, R>(query: Query<P, R>, parameters: P) =>
      (await read(query, parameters)) as R[],
    get: async <P extends SqlParameters, R>(query: Query<P, R>, parameters: P) =>
      (await read(query, parameters))[0] as R | undefined,
  };
}
