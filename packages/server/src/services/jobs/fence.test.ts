/** What a run may still do that another one has overtaken: the leases of these nodes are in registries of their own, as if each had lost its own. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger, type Logger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { registryMemoryDriver } from '../../stores/registry/memory/driver.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { inEach, queriesOf } from '../../stores/sql/query.ts';
import { openTestSql, testDialect } from '../../stores/sql/testing.ts';
import { statementsOf } from '../../testing/counted-sql.ts';
import { until } from '../../testing/expectations.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { countPending } from '../audit/queries.ts';
import { Recorder } from '../audit/recorder.ts';
import { journalMigrations } from '../journal/migrations.ts';
import { appendRow, readHead } from '../journal/rows.ts';
import { Stamper } from '../journal/stamper.ts';
import { entry } from '../journal/testing.ts';
import type { Job, JobsService } from './api.ts';
import { asDuty, fencedSql } from './fence.ts';
import { jobsMigrations } from './migrations.ts';
import { insertFence, raiseFence, selectFence } from './queries.ts';
import { startJobs } from './service.ts';

const define = queriesOf<{ marks: { id: string } }>();
const insertMark = define<{ id: string }>((db, p) => db.insertInto('marks').values({ id: p.id }));
const readMarks = define<Record<string, never>, { id: string }>((db) =>
  db.selectFrom('marks').selectAll().orderBy('id'),
);
const marksTable = {
  name: '20261122-test-0001',
  up: inEach((t) => [`create table marks (id ${t.id} not null primary key) ${t.table}`]),
};

const yearly = '0 0 1 1 *';
let db: SqlStore;
let sql: SqlStore;
let now: number;
let ends: (() => Promise<void>)[];
let warnings: { readonly fields: object; readonly message: string }[];
let registries = 0;
const clock = { now: () => now, monotonic: () => performance.now() };
const log: Logger = { ...silentLogger, warn: (fields, message) => warnings.push({ fields, message }) };

beforeEach(async () => {
  const opened = await openTestSql([...jobsMigrations, ...journalMigrations, ...auditMigrations, marksTable]);
  db = opened.sql;
  sql = fencedSql(db);
  ends = [opened.close];
  now = Date.parse('2026-03-29T00:00:00Z');
  warnings = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function node(nodeName: string, run: Job['run'], options: { readonly schedule?: string } = {}) {
  const url = parseStoreUrl(`memory:fence-test-${process.pid}-${++registries}`);
  const registry = await registryMemoryDriver.open(url, { log: silentLogger, clock, durability: 'full' });
  const quiet = options.schedule === undefined;
  const { api, stop } = await startJobs({ sql, registry, clock, log, nodeName, tickMs: 2, quiet });
  ends.push(async () => {
    await stop();
    await registry.close();
  });
  api.define({ name: 'job', schedule: options.schedule ?? yearly, run });
  return api;
}

const mark = (id: string, store = sql): Promise<number> =>
  store.transaction((tx) => tx.run(insertMark, { id }));

const marks = async (): Promise<string[]> => (await db.reader.all(readMarks, {})).map(({ id }) => id);

const isRefused = (error: unknown): boolean =>
  isAppError(error, 'aborted') && error.details['reason'] === 'fence_passed';

/** Marks, waits, and marks again. */
function interrupted() {
  const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run = async (): Promise<Record<string, never>> => {
    await mark('a1');
    begun.resolve();
    await go.promise;
    await mark('a2');
    return {};
  };
  return { run, begun: begun.promise, go: go.resolve };
}

const markOnce = async (): Promise<Record<string, never>> => {
  await mark('b');
  return {};
};

async function isTold(jobs: JobsService): Promise<void> {
  const { items } = await jobs.runs({ limit: 10 });
  assert.deepEqual(
    items.map(({ node: name, state }) => [name, state]),
    [
      ['b', 'done'],
      ['a', 'failed'],
    ],
  );
  assert.match(items[1]?.error ?? '', /lost its lease/);
  const [failed, givenUp] = warnings;
  assert.equal(failed?.message, 'a job failed');
  assert.ok(isRefused(Reflect.get(failed?.fields ?? {}, 'err')));
  assert.equal(givenUp?.message, 'a run had been given up by other nodes');
  assert.deepEqual(givenUp?.fields, { job: 'job', node: 'a', fence: 1 });
}

test('a run by hand that is overtaken between two transactions commits nothing more, and its history says so', async () => {
  const { run, begun, go } = interrupted();
  const [a, b] = [await node('a', run), await node('b', markOnce)];
  const running = a.runNow('job');
  await begun;
  assert.equal((await b.runNow('job')).state, 'done');
  go();
  assert.equal((await running).state, 'failed');
  assert.deepEqual(await marks(), ['a1', 'b']);
  await isTold(b);
});

test('a run that another node has given up commits nothing more either, though none has taken over', async () => {
  const { run, begun, go } = interrupted();
  const a = await node('a', run);
  const running = a.runNow('job');
  await begun;
  const b = await node('b', markOnce, { schedule: yearly });
  const stateOf = async () => (await b.runs({ limit: 1 })).items[0]?.state;
  await until(async () => (await stateOf()) === 'failed');
  go();
  assert.equal((await running).state, 'failed');
  assert.deepEqual(await marks(), ['a1']);
});

test('so does one that was due', async () => {
  const { run, begun, go } = interrupted();
  const b = await node('b', markOnce);
  await node('a', run, { schedule: '* * * * *' });
  await until(async () => (await db.reader.get(selectFence, { job: 'job' })) !== undefined);
  now += 60_000;
  await begun;
  await b.runNow('job');
  go();
  await until(() => warnings.length === 2);
  assert.deepEqual(await marks(), ['a1', 'b']);
  await isTold(b);
});

// SQLite has one transaction at a time.
if (testDialect() !== 'sqlite')
  test('what it was in the middle of is rolled back, and keeps nobody from taking over', async () => {
    const b = await node('b', markOnce);
    const a = await node('a', () =>
      sql.transaction(async (tx) => {
        await tx.run(insertMark, { id: 'a' });
        assert.equal((await b.runNow('job')).state, 'done');
        return {};
      }),
    );
    assert.equal((await a.runNow('job')).state, 'failed');
    assert.deepEqual(await marks(), ['b']);
  });

test('who takes over once it has asked for its fence waits until it has committed', async () => {
  const order: string[] = [];
  const b = await node('b', async () => {
    order.push('overtaken');
    return {};
  });
  let taking: Promise<unknown> = Promise.resolve();
  const takeOver = async (tx: SqlTransaction): Promise<void> => {
    taking = b.runNow('job');
    for (let i = 0; i < 1000 && order.length === 0; i++) await tx.all(readMarks, {});
  };
  const slow = fencedSql({
    ...sql,
    transaction: (work, options) =>
      db.transaction(async (tx) => {
        const value = await work(tx);
        await takeOver(tx);
        return value;
      }, options),
  });
  const a = await node('a', async () => {
    await slow.transaction(async (tx) => {
      tx.afterCommit(() => order.push('committed'));
      await tx.run(insertMark, { id: 'a1' });
    });
    await taking;
    await mark('a2');
    return {};
  });
  assert.equal((await a.runNow('job')).state, 'failed');
  assert.deepEqual(order, ['committed', 'overtaken']);
  assert.deepEqual(await marks(), ['a1']);
});

/** Runs `work` as a duty that has been overtaken. */
async function overtaken<T>(work: () => Promise<T>): Promise<T> {
  await overtake();
  return asDuty({ job: 'job', fence: 0 }, work);
}

async function overtake(): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.run(insertFence, { job: 'job', since: 0 });
    await tx.run(raiseFence, { job: 'job', run: newId() });
  });
}

test('what others do meanwhile is not fenced, in the same turn either', async () => {
  const duty = (id: string): Promise<void> =>
    overtaken(() => assert.rejects(mark(id), isRefused, 'that of the duty'));
  await Promise.all([duty('1'), mark('2'), duty('3'), mark('4')]);
  assert.deepEqual(await marks(), ['2', '4']);
});

test('costs a duty one statement per transaction, and others none', async () => {
  const counted = fencedSql(db);
  await db.transaction((tx) => tx.run(insertFence, { job: 'job', since: 0 }));
  assert.equal(await statementsOf(db, () => mark('1', counted)), 1);
  const asked = (): Promise<number> => asDuty({ job: 'job', fence: 0 }, () => mark('2', counted));
  assert.equal(await statementsOf(db, asked), 2);
});

test('what its commits wake, and what it leaves behind when it settles, is not fenced', async () => {
  const woken = Promise.withResolvers<unknown>();
  const go = Promise.withResolvers<void>();
  const left: Promise<unknown>[] = [];
  const later = async (id: string): Promise<void> => {
    await go.promise;
    await mark(id);
  };
  await asDuty({ job: 'job', fence: 0 }, async () => {
    await sql.transaction(async (tx) => {
      await tx.run(insertMark, { id: 'own' });
      tx.afterCommit(() => woken.resolve(overtake().then(() => mark('woken'))));
    });
    await woken.promise;
    await assert.rejects(mark('late'), isRefused);
    left.push(later('left'));
  });
  const failed = asDuty({ job: 'job', fence: 0 }, async () => {
    left.push(later('failed'));
    throw new Error('disk is away');
  });
  await assert.rejects(failed, /disk is away/);
  go.resolve();
  await Promise.all(left);
  assert.deepEqual(await marks(), ['failed', 'left', 'own', 'woken']);
});

test('runs that several share are not fenced, whoever asks first: positions of the journal, batches of the audit log', async () => {
  const stamper = new Stamper(sql);
  await db.transaction((tx) => appendRow(tx, entry('row'), 0));
  await overtaken(() => stamper.stamp());
  assert.deepEqual(await readHead(db.reader), { head: 1, pending: false });
  const recorder = new Recorder({ sql, clock, log, kept: () => undefined });
  ends.push(() => recorder.stop());
  await overtaken(async () => {
    recorder.record('system', { kind: 'mail.failed', details: {} });
    await until(async () => (await db.reader.get(countPending, {}))?.count === 1);
  });
});
