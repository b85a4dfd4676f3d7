import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { registryMemoryDriver } from '../../stores/registry/memory/driver.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { Job, JobsService } from './api.ts';
import { jobsMigrations } from './migrations.ts';
import { insertFence, insertRun, selectFence } from './queries.ts';
import { startJobs } from './service.ts';
import { until } from '../../testing/expectations.ts';

const midnight = Date.parse('2026-03-29T00:00:00Z');
const minute = 60_000;

let sql: SqlStore;
let now: number;
let ends: (() => Promise<void>)[];
let url: ReturnType<typeof parseStoreUrl>;
let opened = 0;
const clock = { now: () => now, monotonic: () => performance.now() };

beforeEach(async () => {
  const test = await openTestSql(jobsMigrations);
  sql = test.sql;
  ends = [test.close];
  now = midnight;
  url = parseStoreUrl(`memory:jobs-test-${process.pid}-${++opened}`);
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function node(nodeName: string): Promise<Started<JobsService>> {
  const registry = await registryMemoryDriver.open(url, { log: silentLogger, clock, durability: 'full' });
  const jobs = await startJobs({ sql, registry, clock, log: silentLogger, nodeName, tickMs: 2 });
  ends.push(async () => {
    await jobs.stop();
    await registry.close();
  });
  return jobs;
}

/** A job that counts its runs. */
function recorder(
  schedule: string,
  body: Job['run'] = async () => ({}),
): Job & { readonly count: () => number } {
  let runs = 0;
  return {
    name: 'job',
    schedule,
    count: () => runs,
    run: (options) => {
      runs++;
      return body(options);
    },
  };
}

/** Several ticks in which something wrong would have happened. */
async function ticks(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 2));
}

const known = async (): Promise<void> => {
  await until(async () => (await sql.reader.get(selectFence, { job: 'job' })) !== undefined);
};

test('does each due time once, on whichever of two nodes', async () => {
  const [a, b] = [await node('a'), await node('b')];
  const [one, two] = [recorder('*/10 * * * * *'), recorder('*/10 * * * * *')];
  a.api.define(one);
  b.api.define(two);
  await known();
  for (let i = 1; i <= 30; i++) {
    now = midnight + i * 10_000 + 3;
    await until(async () => (await a.api.list())[0]?.lastRun?.scheduledAt === midnight + i * 10_000);
  }
  await a.stop();
  await b.stop();
  const { items } = await a.api.runs({ limit: 100 });
  assert.deepEqual(
    items.map((run) => (run.scheduledAt - midnight) / 10_000),
    Array.from({ length: 30 }, (_, i) => 30 - i),
  );
  assert.equal(one.count() + two.count(), 30);
  assert.equal((await sql.reader.get(selectFence, { job: 'job' }))?.fence, 30);
});

/** Volume: VOLVOX_TEST_DUTIES due times, of which every fiftieth finds its node gone in the middle of the run. */
const dueTimes = Number(process.env['VOLVOX_TEST_DUTIES'] ?? 200);

test(`of ${dueTimes} due times each has one run and one effect, though the nodes that run them vanish`, async () => {
  const effects: number[] = [];
  const lost: Promise<void>[] = [];
  const begin = async (name: string): Promise<Started<JobsService>> => {
    const jobs = await node(name);
    let gone = false;
    jobs.api.define({
      name: 'job',
      schedule: '*/10 * * * * *',
      run: async ({ signal }) => {
        const due = Math.floor((now - midnight) / 10_000);
        if (due % 50 === 25 && !gone) {
          gone = true;
          const another = begin(name).then(() => undefined);
          lost.push(jobs.stop(), another);
          signal.throwIfAborted();
        }
        effects.push(due);
        return {};
      },
    });
    return jobs;
  };
  const nodes = await Promise.all(['a', 'b', 'c'].map(begin));
  await known();
  for (let due = 1; due <= dueTimes; due++) {
    now = midnight + due * 10_000 + 3;
    await until(async () => {
      const last = (await nodes[0]?.api.list())?.[0]?.lastRun;
      return last?.scheduledAt === midnight + due * 10_000 && last.state !== 'running';
    });
  }
  await Promise.all(lost);
  const failed = Math.floor((dueTimes + 25) / 50);
  assert.deepEqual(
    effects,
    Array.from({ length: dueTimes }, (_, i) => i + 1).filter((due) => due % 50 !== 25),
  );
  assert.equal(effects.length, dueTimes - failed);
  assert.equal((await sql.reader.get(selectFence, { job: 'job' }))?.fence, dueTimes);
});

test('runs at the due time, neither before nor for what was due before it was known', async () => {
  now = midnight + 30 * minute;
  const job = recorder('0 * * * *');
  (await node('a')).api.define(job);
  await known();
  await ticks();
  now = midnight + 60 * minute - 1;
  await ticks();
  assert.equal(job.count(), 0);
  now = midnight + 60 * minute;
  await until(() => job.count() === 1);
});

test('catches up the latest of many missed times, once', async () => {
  const first = await node('a');
  const early = recorder('0 * * * *');
  first.api.define(early);
  await known();
  now = midnight + 60 * minute;
  await until(async () => (await first.api.list())[0]?.lastRun?.state === 'done');
  await first.stop();
  now = midnight + 510 * minute;
  const second = await node('a');
  const late = recorder('0 * * * *');
  second.api.define(late);
  await until(() => late.count() === 1);
  await ticks();
  assert.deepEqual(
    (await second.api.runs({ limit: 10 })).items.map((run) => (run.scheduledAt - midnight) / minute),
    [480, 60],
  );
});

test('does not begin again before it has ended, and then does what came due meanwhile', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const jobs = await node('a');
  const other = await node('b');
  let together = 0;
  const body = async (): Promise<Record<string, number>> => {
    assert.equal(++together, 1);
    await promise;
    together--;
    return {};
  };
  const [one, two] = [recorder('* * * * *', body), recorder('* * * * *', body)];
  jobs.api.define(one);
  other.api.define(two);
  await known();
  for (let i = 1; i <= 4; i++) {
    now = midnight + i * minute;
    await ticks();
  }
  assert.equal(one.count() + two.count(), 1);
  await assert.rejects(jobs.api.runNow('job'), (e) => isAppError(e, 'conflict'));
  resolve();
  await until(
    async () => (await jobs.api.runs({ limit: 10 })).items.filter((run) => run.state === 'done').length === 2,
  );
  assert.deepEqual(
    (await jobs.api.runs({ limit: 10 })).items.map((run) => (run.scheduledAt - midnight) / minute),
    [4, 1],
  );
});

test('keeps result and error, and goes on after a failure', async () => {
  const jobs = await node('a');
  let fail = true;
  const job = recorder('* * * * *', async () => {
    if (fail) throw new Error('disk is away');
    return { removed: 3 };
  });
  jobs.api.define(job);
  const failed = await jobs.api.runNow('job');
  assert.deepEqual(
    [failed.state, failed.error, failed.node, failed.result],
    ['failed', 'disk is away', 'a', {}],
  );
  fail = false;
  now += 5;
  const done = await jobs.api.runNow('job');
  assert.deepEqual([done.state, done.error, done.result, done.endedAt], ['done', null, { removed: 3 }, now]);
  assert.deepEqual(await jobs.api.list(), [{ name: 'job', schedule: '* * * * *', lastRun: done }]);
  assert.equal(job.count(), 2);
});

test('runs by hand twice within a millisecond, without taking the place of a due time', async () => {
  const jobs = await node('a');
  const job = recorder('* * * * *');
  jobs.api.define(job);
  await known();
  now = midnight + minute - 1;
  await jobs.api.runNow('job');
  await jobs.api.runNow('job');
  assert.equal(job.count(), 2);
  now = midnight + minute;
  await until(() => job.count() === 3);
  await assert.rejects(jobs.api.runNow('nobody'), (e) => isAppError(e, 'not_found'));
});

test('marks as failed what a dead process left running', async () => {
  await sql.transaction(async (tx) => {
    await tx.run(insertFence, { job: 'gone', since: 0 });
    await tx.run(insertRun, {
      id: '0196a000-0000-7000-8000-000000000000',
      job: 'gone',
      scheduledAt: 1,
      startedAt: 1,
      node: 'dead',
    });
  });
  const jobs = await node('a');
  await until(async () => (await jobs.api.runs({ job: 'gone', limit: 1 })).items[0]?.state === 'failed');
  assert.match((await jobs.api.runs({ limit: 1 })).items[0]?.error ?? '', /ended or lost its lease/);
});

test('leaves alone what a living node runs', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const a = await node('a');
  a.api.define(recorder('0 0 1 1 *', async () => promise.then(() => ({}))));
  const run = a.api.runNow('job');
  await until(async () => (await a.api.runs({ limit: 1 })).items.length === 1);
  const b = await node('b');
  await ticks();
  assert.equal((await b.api.runs({ limit: 1 })).items[0]?.state, 'running');
  resolve();
  assert.equal((await run).state, 'done');
});

test('tells a running job to stop and waits for it', async () => {
  const jobs = await node('a');
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  jobs.api.define(
    recorder('0 0 1 1 *', async ({ signal }) => {
      begin();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('stopped half-way');
    }),
  );
  const run = jobs.api.runNow('job');
  await begun;
  await jobs.stop();
  assert.equal((await run).error, 'stopped half-way');
  await assert.rejects(jobs.api.runNow('job'), (e) => isAppError(e, 'unavailable'));
});

test('pages through the history, newest first, while runs are added', async () => {
  const jobs = await node('a');
  jobs.api.define(recorder('0 0 1 1 *'));
  jobs.api.define({ ...recorder('0 0 1 1 *'), name: 'other' });
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) {
    ids.unshift((await jobs.api.runNow('job')).id);
    await jobs.api.runNow('other');
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.api.runs({ job: 'job', limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items.map((run) => run.id));
    cursor = page.next ?? undefined;
    await jobs.api.runNow('job');
  } while (cursor !== undefined);
  assert.deepEqual(seen, ids);
  assert.equal((await jobs.api.runs({ limit: 100 })).items.length, 17);
  await assert.rejects(jobs.api.runs({ limit: 1, cursor: 'x' }), (e) => isAppError(e, 'invalid_input'));
});

test('removes old runs, but never the last of a job', async () => {
  const jobs = await node('a');
  jobs.api.define(recorder('0 0 1 1 *'));
  jobs.api.define({ ...recorder('0 0 1 1 *'), name: 'rare' });
  await jobs.api.runNow('rare');
  for (let i = 0; i < 5; i++) await jobs.api.runNow('job');
  now += 10 * minute;
  const kept = await jobs.api.runNow('job');
  assert.equal(await jobs.api.expire(20 * minute), 0);
  assert.equal(await jobs.api.expire(5 * minute), 5);
  const left = (await jobs.api.runs({ limit: 10 })).items;
  assert.deepEqual(left.map((run) => run.job).sort(), ['job', 'rare']);
  assert.equal(left[0]?.id, kept.id);
});

test('keeps less of a duty that says so', async () => {
  const jobs = await node('a');
  jobs.api.define({ ...recorder('0 0 1 1 *'), keepMs: minute });
  jobs.api.define({ ...recorder('0 0 1 1 *'), name: 'rare' });
  for (const name of ['job', 'job', 'rare', 'rare']) await jobs.api.runNow(name);
  now += 10 * minute;
  assert.equal(await jobs.api.expire(60 * minute), 1);
  const left = (await jobs.api.runs({ limit: 10 })).items;
  assert.deepEqual(left.map((run) => run.job).sort(), ['job', 'rare', 'rare']);
});

test('does not run twice when the clock is set back', async () => {
  const jobs = await node('a');
  const job = recorder('* * * * *');
  jobs.api.define(job);
  await known();
  now = midnight + minute;
  await until(() => job.count() === 1);
  now = midnight + minute - 500;
  await ticks();
  now = midnight + minute;
  await ticks();
  assert.equal(job.count(), 1);
  now = midnight + 2 * minute;
  await until(() => job.count() === 2);
});

test('refuses a schedule that is none, and a name twice', async () => {
  const { api } = await node('a');
  assert.throws(
    () => api.define(recorder('every day')),
    (e) => isAppError(e, 'internal'),
  );
  api.define(recorder('* * * * *'));
  assert.throws(
    () => api.define(recorder('* * * * *')),
    (e) => isAppError(e, 'internal'),
  );
});
