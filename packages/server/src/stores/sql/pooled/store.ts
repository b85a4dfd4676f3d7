import { AppError } from '../../../kernel/errors.ts';
import type { DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { GuardedTable, Migration, SqlReader, SqlStore, SqlTransaction } from '../contract.ts';
import { guardStatements, unguardStatements } from '../guard.ts';
import { Activity } from './activity.ts';
import type { Engine } from './engine.ts';
import { faultOf } from './faults.ts';
import { migrate } from './migrate.ts';
import { Pool } from './pool.ts';
import { PooledReader } from './reader.ts';
import type { Session } from './session.ts';
import { readSnapshot } from './snapshot.ts';
import { Transactions } from './transactions.ts';

/** For the `parameters` of the drivers. */
export const poolParameters = { pool: 'connections at most (default 10; 2 more for reports)' } as const;

const firstConnectMs = 5000;
const pingMs = 2000;
const closeMs = 15_000;
const timeOf = {
  postgres: 'select floor(extract(epoch from clock_timestamp()) * 1000) as now',
  mysql: 'select floor(unix_timestamp(sysdate(3)) * 1000) as now',
} as const;
/** The server gives a statement up a little before we do, so that its connection can be used again. */
const foreground = {
  statementMs: 10_000,
  suspectMs: 1000,
  acquireMs: 5000,
  stuckMs: 30_000,
  connect: { timeoutMs: 2000, statementMs: 9000, readOnly: false },
};
const background = {
  statementMs: 30 * 60_000,
  suspectMs: 15_000,
  acquireMs: 30 * 60_000,
  stuckMs: Infinity,
  connect: { timeoutMs: 2000, statementMs: 29 * 60_000, readOnly: true },
};

/** Opens the first connection. @throws unavailable naming the server, with the reason; invalid_input for a bad `pool` */
export async function openPooled(engine: Engine, url: StoreUrl, deps: DriverDeps): Promise<SqlStore> {
  const size = url.parameters.get('pool') ?? '10';
  if (!/^[1-9]\d{0,3}$/.test(size))
    throw new AppError('invalid_input', `pool must be a number of connections in ${url.toString()}`);
  const store = new PooledStore(engine, Number(size), deps);
  try {
    await store.connect();
    return store;
  } catch (error) {
    await store.close();
    throw faultOf(engine, error).error;
  }
}

/** A SqlStore over a server that is reached by a network. What differs between servers is in the Engine. */
class PooledStore implements SqlStore {
  readonly dialect: Engine['dialect'];
  readonly reader: PooledReader;
  readonly background: PooledReader;
  readonly #engine: Engine;
  readonly #deps: DriverDeps;
  readonly #pool: Pool;
  readonly #slowPool: Pool;
  readonly #transactions: Transactions;
  readonly #activity = new Activity();
  #closing: Promise<void> | null = null;

  constructor(engine: Engine, size: number, deps: DriverDeps) {
    this.#engine = engine;
    this.#deps = deps;
    this.dialect = engine.dialect;
    const { log } = deps;
    this.#pool = new Pool({ engine, log, size, ...foreground });
    this.#slowPool = new Pool({ engine, log, size: 2, ...background });
    this.reader = new PooledReader(engine, this.#pool, this.#activity);
    this.background = new PooledReader(engine, this.#slowPool, this.#activity);
    this.#transactions = new Transactions(engine, this.#pool, this.#activity, log);
  }

  async connect(): Promise<void> {
    this.#pool.adopt(await this.#engine.connect({ ...foreground.connect, timeoutMs: firstConnectMs }));
  }

  transaction<T>(
    work: (tx: SqlTransaction) => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T> {
    return this.#transactions.run(work, options?.signal);
  }

  async snapshot<T>(work: (reader: SqlReader) => Promise<T>): Promise<T> {
    this.#activity.begin();
    try {
      return await readSnapshot(this.#engine, await this.#slowPool.acquire('read'), this.#slowPool, work);
    } finally {
      this.#activity.end();
    }
  }

  async migrate(migrations: readonly Migration[], version?: string): Promise<void> {
    this.#activity.begin();
    try {
      const isClosed = (): boolean => this.#activity.closed;
      const { clock, log } = this.#deps;
      await migrate({ engine: this.#engine, clock, log, isClosed }, migrations, version);
    } finally {
      this.#activity.end();
    }
  }

  guard(tables: readonly GuardedTable[]): Promise<void> {
    return this.#define(guardStatements(this.dialect, tables));
  }

  unguard(tables: readonly GuardedTable[]): Promise<void> {
    return this.#define(unguardStatements(this.dialect, tables));
  }

  /** Each a transaction of its own: several locks at once would meet those of the nodes. */
  #define(statements: readonly string[]): Promise<void> {
    return this.#with(this.#pool, async (session) => {
      for (const statement of statements) await session.exec(statement);
    });
  }

  verify(): Promise<readonly string[]> {
    return this.#with(this.#slowPool, (session) => this.#engine.verify((sql) => session.exec(sql)));
  }

  statistics(): { readonly statements: number; readonly transactions: number; readonly commits: number } {
    const { statements, transactions, commits } = this.#transactions;
    return {
      statements: statements + this.reader.statements + this.background.statements,
      transactions,
      commits,
    };
  }

  async time(): Promise<number> {
    const [row] = await this.#with(this.#pool, (session) => session.exec(timeOf[this.dialect]));
    return Number(row?.['now']);
  }

  async ping(): Promise<StoreHealth> {
    this.#activity.begin();
    const timer = Promise.withResolvers<never>();
    const timeout = setTimeout(
      () => timer.reject(new AppError('unavailable', 'the database does not answer', { retryable: true })),
      pingMs,
    );
    try {
      return { version: await Promise.race([this.#pool.ping(pingMs), timer.promise]) };
    } finally {
      clearTimeout(timeout);
      this.#activity.end();
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#activity.close(closeMs);
    await Promise.all([this.#pool.close(), this.#slowPool.close()]);
  }

  async #with<T>(pool: Pool, work: (session: Session) => Promise<T>): Promise<T> {
    this.#activity.begin();
    try {
      const session = await pool.acquire('read');
      try {
        return await work(session);
      } catch (error) {
        const fault = faultOf(this.#engine, error);
        if (fault.kind === 'lost') session.destroy(error);
        throw fault.error;
      } finally {
        pool.release(session);
      }
    } finally {
      this.#activity.end();
    }
  }
}
