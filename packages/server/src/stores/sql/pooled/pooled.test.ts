/** The frame over an engine without a server: what the real drivers' tests cannot provoke at will. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { until } from '../../../testing/expectations.ts';
import { queries, thing } from '../contract.schema.ts';
import type { SqlTransaction } from '../contract.ts';
import { Activity } from './activity.ts';
import type { Engine, EngineConnection, Fault } from './engine.ts';
import { migrate } from './migrate.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { PooledReader } from './reader.ts';
import { Transactions } from './transactions.ts';

class Trouble extends Error {
  readonly kind: Fault['kind'];
  constructor(kind: Fault['kind']) {
    super(kind);
    this.kind = kind;
  }
}

interface Fake {
  readonly engine: Engine;
  /** What was done, in order, connections by number: `1 execute`. */
  readonly log: string[];
  /** Called before each step; may throw or wait. */
  step: (what: string) => unknown;
  connects: () => unknown;
  /** Where the next connection is had. */
  server: string;
}

function fakeEngine(): Fake {
  let count = 0;
  const fake: Fake = { engine: null as never, log: [], step: () => {}, connects: () => {}, server: 'one' };
  const connection = (): EngineConnection => {
    const id = ++count;
    const step = async (what: string): Promise<void> => {
      fake.log.push(`${id} ${what}`);
      await fake.step(what);
    };
    return {
      version: '1',
      server: fake.server,
      execute: async () => (await step('execute'), { rows: [], changes: 1 }),
      executeMany: async (_statement, rows) => (await step('many'), rows.length),
      exec: async () => (await step('exec'), []),
      commit: () => step('commit'),
      rollback: () => step('rollback'),
      onEnd: () => {},
      destroy: () => void fake.log.push(`${id} destroyed`),
      close: async () => void fake.log.push(`${id} closed`),
    };
  };
  const engine: Partial<Engine> = {
    dialect: 'postgres',
    name: 'fake:',
    list: (values) => values,
    connect: async () => {
      await fake.connects();
      return connection();
    },
    classify: (error) => {
      const kind = error instanceof Trouble ? error.kind : 'final';
      return { kind, error: new AppError('unavailable', `trouble: ${kind}`, { cause: error }) };
    },
  };
  return Object.assign(fake, { engine: engine as Engine });
}

function open(fake: Fake, options: Partial<PoolOptions> = {}) {
  const pool = new Pool({
    engine: fake.engine,
    log: silentLogger,
    size: 3,
    connect: { timeoutMs: 100, statementMs: null, readOnly: false },
    statementMs: 1000,
    suspectMs: 1000,
    acquireMs: 1000,
    stuckMs: 1000,
    ...options,
  });
  const activity = new Activity();
  const transactions = new Transactions(fake.engine, pool, activity, silentLogger);
  return {
    reader: new PooledReader(fake.engine, pool, activity),
    transaction: <T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> => transactions.run(work),
    ping: () => pool.ping(100),
    close: () => pool.close(),
  };
}

const insert = (tx: SqlTransaction): Promise<number> => tx.run(queries.insert, thing('x'));

test('runs a transaction five times at most, and rolls each of them back', async () => {
  const fake = fakeEngine();
  const sql = open(fake);
  fake.step = (what) => {
    if (what === 'execute') throw new Trouble('retry');
  };
  await assert.rejects(sql.transaction(insert), /trouble: retry/);
  assert.deepEqual(fake.log, Array.from({ length: 5 }, () => ['1 execute', '1 rollback']).flat());
  await sql.close();
});

test('runs it again although the work made another error of the one that asks for it', async () => {
  const fake = fakeEngine();
  const sql = open(fake);
  let tries = 0;
  fake.step = (what) => {
    if (what === 'execute' && tries === 1) throw new Trouble('retry');
  };
  await sql.transaction(async (tx) => {
    tries++;
    await insert(tx).catch((cause: unknown) => {
      throw new Error('mine', { cause });
    });
  });
  assert.equal(tries, 2);
  await sql.close();
});

test('runs it again when the server refused the commit, and not when its answer was lost', async () => {
  const fake = fakeEngine();
  const sql = open(fake);
  let commits = 0;
  fake.step = (what) => {
    if (what === 'commit' && ++commits === 1) throw new Trouble('retry');
  };
  await sql.transaction(insert);
  assert.equal(commits, 2);
  fake.step = (what) => {
    if (what === 'commit' && ++commits) throw new Trouble('lost');
  };
  await assert.rejects(sql.transaction(insert), (e) => isAppError(e) && e.details['outcome'] === 'unknown');
  assert.equal(commits, 3);
  await sql.close();
});

test('opens all connections anew when they are stale', async () => {
  const fake = fakeEngine();
  const sql = open(fake);
  await Promise.all([sql.transaction(insert), sql.transaction(insert)]);
  fake.log.length = 0;
  let tries = 0;
  fake.step = (what) => {
    if (what === 'execute' && ++tries === 1) throw new Trouble('stale');
  };
  await sql.transaction(insert);
  assert.deepEqual(fake.log.filter((line) => line.endsWith('closed')).sort(), ['1 closed', '2 closed']);
  assert.ok(fake.log.includes('3 commit'));
  await sql.close();
});

test('opens no more connections than it may, and keeps one from transactions', async () => {
  const fake = fakeEngine();
  const sql = open(fake);
  const release = Promise.withResolvers<void>();
  const work = Array.from({ length: 6 }, () =>
    sql.transaction(async (tx) => {
      await insert(tx);
      await release.promise;
    }),
  );
  await sql.reader.get(queries.byName, { name: 'x' });
  assert.equal(new Set(fake.log.map((line) => line.split(' ')[0])).size, 3);
  assert.equal(fake.log.filter((line) => line.endsWith('execute')).length, 3);
  release.resolve();
  await Promise.all(work);
  await sql.close();
});

test('waits for connections that are alive when the server takes no more of them, and not for ever', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { size: 5, acquireMs: 300 });
  await sql.transaction(insert);
  fake.connects = () => {
    throw new Trouble('retry');
  };
  const release = Promise.withResolvers<void>();
  const holder = sql.transaction(async (tx) => {
    await insert(tx);
    await release.promise;
  });
  await assert.rejects(sql.reader.get(queries.byName, { name: 'x' }), /are busy/);
  const waiting = sql.reader.get(queries.byName, { name: 'x' });
  release.resolve();
  await Promise.all([holder, waiting]);
  await sql.close();
});

test('takes the connection from a transaction that waits for something else', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { stuckMs: 100 });
  const work = sql.transaction(async (tx) => {
    await insert(tx);
    await new Promise(() => {});
  });
  await assert.rejects(work, (e) => isAppError(e, 'internal'));
  assert.ok(fake.log.includes('1 destroyed'));
  await sql.transaction(insert);
  await sql.close();
});

test('gives up a statement that takes too long, and does not ask it again', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { statementMs: 100, suspectMs: 10_000 });
  fake.step = () => new Promise(() => {});
  await assert.rejects(sql.reader.get(queries.byName, { name: 'x' }), (e) => isAppError(e, 'timeout'));
  assert.deepEqual(fake.log, ['1 execute', '1 destroyed', '1 destroyed']);
  await sql.close();
});

test('declares a server gone that answers nothing and takes no connection, and looks for it until it is back', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { statementMs: 10_000, suspectMs: 50 });
  fake.step = () => new Promise(() => {});
  fake.connects = () => {
    if (fake.log.length > 0) throw new Trouble('lost');
  };
  const unavailable = (e: unknown): boolean => isAppError(e, 'unavailable');
  await assert.rejects(sql.transaction(insert), unavailable);
  await assert.rejects(sql.reader.get(queries.byName, { name: 'x' }), unavailable);
  fake.step = () => {};
  fake.connects = () => {};
  const deadline = Date.now() + 5000;
  while (!(await sql.transaction(insert).catch(() => false)))
    await new Promise((resolve) => setTimeout(resolve, Date.now() > deadline ? assert.fail() : 10));
  await sql.close();
});

test('says that another node migrates, at once and then every ten seconds', async () => {
  const fake = fakeEngine();
  let now = 0;
  const said: number[] = [];
  const engine: Engine = {
    ...fake.engine,
    migrationTable: [],
    tryMigrationLock: async () => (now += 3_000) > 30_000,
  };
  const log = {
    ...silentLogger,
    info: (_fields: object, text: string) => {
      assert.equal(text, 'waiting: another node migrates the database');
      said.push(now / 1000);
    },
  };
  await migrate({ engine, log, clock: { now: () => now, monotonic: () => now }, isClosed: () => false }, []);
  assert.deepEqual(said, [3, 15, 27]);
});

test('leaves a silent server at once when another one has taken over', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { size: 2, suspectMs: 100, statementMs: 60_000, acquireMs: 60_000 });
  fake.step = (what) => (what === 'execute' && fake.server === 'one' ? new Promise(() => {}) : undefined);
  const waiting = [sql.transaction(insert), sql.reader.all(queries.byName, { name: 'x' })];
  await until(() => fake.log.length === 2);
  fake.server = 'two';
  await Promise.all(waiting);
  assert.deepEqual(fake.log.slice(0, 4), ['1 execute', '2 execute', '1 destroyed', '2 destroyed']);
  await sql.close();
});

test('reads and writes no more on connections that it had to the server before', async () => {
  const fake = fakeEngine();
  const sql = open(fake);
  const read = (): Promise<unknown> => sql.reader.all(queries.byName, { name: 'x' });
  await read();
  // Two at once want one connection more, and find the other server.
  fake.server = 'two';
  await Promise.all([read(), read()]);
  fake.log.length = 0;
  await Promise.all([read(), read(), read()]);
  assert.ok(!fake.log.some((line) => line.startsWith('1 execute')), fake.log.join());
  await sql.close();
});

test('a ping waits for no connection: that all are busy says nothing about the server', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { statementMs: 60_000, suspectMs: 60_000, acquireMs: 60_000 });
  const gate = Promise.withResolvers<void>();
  const reads = Array.from({ length: 8 }, () => sql.reader.all(queries.all, {}));
  fake.step = () => gate.promise;
  await until(() => fake.log.filter((what) => what.endsWith('execute')).length === 3);
  assert.equal(await sql.ping(), '1');
  assert.ok(fake.log.includes('4 closed'), 'asked on a line of its own');
  fake.connects = () => {
    throw new Trouble('lost');
  };
  await assert.rejects(sql.ping(), /trouble: lost/);
  gate.resolve();
  await Promise.all(reads);
  await sql.close();
});

test('while connections are busy, what they answered a moment ago is word enough', async () => {
  const fake = fakeEngine();
  const sql = open(fake, { size: 1, statementMs: 60_000, suspectMs: 60_000, acquireMs: 60_000 });
  await sql.reader.all(queries.all, {});
  const gate = Promise.withResolvers<void>();
  fake.step = () => gate.promise;
  const reading = sql.reader.all(queries.all, {});
  fake.connects = () => {
    throw new Trouble('lost');
  };
  assert.equal(await sql.ping(), '1');
  gate.resolve();
  await reading;
  await sql.close();
});
