import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isAppError } from '../../../kernel/errors.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { DocumentPage, DocumentsStore } from '../contract.ts';
import { activityOf, logEntry, searchDocument } from '../contract.suite.ts';
import { freshUrl, openAt, withDatabase } from './fixtures.ts';
import { ReplicaSet, type Departure } from './replica-set.ts';

const server = await sharedServer('mongodb');
const needsServer = { skip: server === null && 'no MongoDB here: npm test fetches one' };
const elections = Number(process.env['VOLVOX_TEST_ELECTIONS'] ?? 5);

/** In turn: mostly short, once longer than a call waits for a primary (5 s). */
const courses: readonly (readonly [Departure, number])[] = [
  ['steps down', 200],
  ['resets', 500],
  ['steps down', 6_000],
  ['falls silent', 300],
  ['steps down', 0],
];
/** Far more than it takes: a silent server is given up after 3.5 s, a probe after 10 s. */
const recoveryMs = 60_000;

async function setFor(t: TestContext, forgetful = false) {
  const fresh = new URL(freshUrl(server?.url ?? ''));
  const set = await ReplicaSet.before(Number(fresh.port), { forgetful });
  t.after(async () => {
    await set.close();
    await withDatabase(fresh.toString(), (db) => db.dropDatabase());
  });
  return { set, database: fresh.pathname.slice(1), behind: fresh.toString() };
}

async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    assert.ok(isAppError(error, 'unavailable') && error.retryable, String(error));
    return false;
  }
}

/** Of one document that is written over and over: the last position acknowledged, and the last tried. */
interface Progress {
  acknowledged: number;
  tried: number;
}

/** Writers and readers without end. A refused batch is not written again: what was acknowledged has to be there without it. */
function startLoad(store: DocumentsStore) {
  const acknowledged = new Set<string>();
  const renamed = new Map<string, Progress>();
  const counts = { refused: 0, read: 0 };
  let going = true;
  const loop = async (step: (n: number) => Promise<void>): Promise<void> => {
    for (let n = 0; going; n++) await step(n);
  };
  const tried = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (await attempt(work)) return true;
    counts.refused++;
    await pause(20);
    return false;
  };
  const write = (writer: number) =>
    loop(async (n) => {
      const ids = [0, 1, 2].map((part) => `${writer}-${n}-${part}`);
      const kinds = {
        search: () => store.search.upsert(ids.map((id) => searchDocument(`report ${id}`, { id }))),
        activity: () => store.activity.append(ids.map((id) => activityOf(n + 1, { id }))),
        logs: () => store.logs.append(ids.map((id) => logEntry({ id }))),
      };
      for (const [kind, work] of Object.entries(kinds))
        if (await tried(work)) for (const id of ids) acknowledged.add(`${kind} ${id}`);
    });
  const rename = (id: string) => {
    const progress = { acknowledged: 0, tried: 0 };
    renamed.set(id, progress);
    return loop(async () => {
      const seq = ++progress.tried;
      const document = searchDocument(`name ${seq}`, { id, seq });
      if (await tried(() => store.search.upsert([document]))) progress.acknowledged = seq;
    });
  };
  const remove = (id: string) =>
    loop(async (n) => {
      const [written, seq] = [`${id}-${n}`, 1];
      if (!(await tried(() => store.search.upsert([searchDocument('short', { id: written, seq })])))) return;
      if (await tried(() => store.search.remove([written], seq))) acknowledged.add(`removed ${written}`);
    });
  const read = () =>
    loop(async () => {
      const asked = await tried(() =>
        Promise.all([
          store.search.query({ text: 'report' }, 20),
          store.activity.query({}, 20),
          store.logs.query({}, 20),
        ]),
      );
      if (asked) counts.read++;
      await pause(5);
    });
  const loops = Promise.all([write(0), write(1), rename('a'), rename('b'), remove('gone'), read(), read()]);
  loops.catch(() => {}); // `stop` tells
  const stop = async (): Promise<void> => {
    going = false;
    await loops;
  };
  return { acknowledged, renamed, counts, faults: loops, stop };
}

async function idsIn(ask: (cursor?: string) => Promise<DocumentPage<{ readonly id: string }>>) {
  const ids: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ask(cursor);
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === null) return ids;
    cursor = page.next;
  }
}

/** From the new primary on: how often a write had to be tried, and for how long. */
async function untilWritten(store: DocumentsStore, id: string) {
  const from = performance.now();
  for (let attempts = 1; ; attempts++) {
    if (await attempt(() => store.logs.append([logEntry({ id })])))
      return { attempts, ms: performance.now() - from };
    assert.ok(performance.now() < from + recoveryMs, 'the election is not over for the driver');
    await pause(50);
  }
}

const none = '&retryWrites=false&retryReads=false';
const half = Math.ceil(elections / 2);
for (const [name, more, rounds, forgetful] of [
  ['', '', elections, false],
  [', without the client’s own retries', none, half, false],
  [', though what is repeated happens twice', '', half, true],
] as const) {
  test(`elections lose and double nothing that was acknowledged${name}`, needsServer, async (t) => {
    const { set, database, behind } = await setFor(t, forgetful);
    const store = await openAt(set.url(database, more));
    t.after(() => store.close());
    const { acknowledged, renamed, counts, faults, stop } = startLoad(store);
    t.after(stop);
    const times: { readonly attempts: number; readonly ms: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const least = acknowledged.size + 20;
      while (acknowledged.size < least) await Promise.race([pause(20), faults]);
      const [departure, vacancyMs] = courses[round % courses.length] ?? ['steps down', 0];
      await set.elect(departure, vacancyMs, 4);
      times.push(await untilWritten(store, `after-${round}`));
      set.heal();
    }
    await stop();

    const found = {
      search: await idsIn((cursor) => store.search.query({ text: 'report' }, 1000, cursor)),
      activity: await idsIn((cursor) => store.activity.query({}, 1000, cursor)),
      logs: await idsIn((cursor) => store.logs.query({}, 1000, cursor)),
    };
    const there = new Set(Object.entries(found).flatMap(([kind, ids]) => ids.map((id) => `${kind} ${id}`)));
    assert.equal(
      there.size,
      found.search.length + found.activity.length + found.logs.length,
      'one is there twice',
    );
    const written = [...acknowledged].filter((entry) => !entry.startsWith('removed '));
    assert.deepEqual(
      written.filter((entry) => !there.has(entry)),
      [],
      'lost',
    );
    await withDatabase(behind, async (db) => {
      const rows = db.collection<{ _id: string; seq: number; line: string }>('search');
      for (const [id, progress] of renamed) {
        const row = await rows.findOne({ _id: id });
        assert.ok(row !== null && row.seq >= progress.acknowledged && row.seq <= progress.tried, id);
        assert.equal(row.line, ` name ${row.seq}`);
      }
      const removed = [...acknowledged]
        .filter((entry) => entry.startsWith('removed '))
        .map((entry) => entry.slice(8));
      assert.equal(await rows.countDocuments({ _id: { $in: removed } }), 0, 'a removal was undone');
    });
    assert.ok(set.counts.unacknowledged > 0, 'no election met a write');
    assert.ok(set.counts.rolledBack > 0, 'no write was rolled back');
    assert.equal(set.counts.repeated > 0, more === '');
    const ms = times.map((time) => time.ms).sort((a, b) => a - b);
    t.diagnostic(
      `${rounds} elections: writes back ${ms[0]?.toFixed(0)} to ${ms.at(-1)?.toFixed(0)} ms after the new primary, median ${ms[ms.length >> 1]?.toFixed(0)}, ` +
        `at most ${Math.max(...times.map((time) => time.attempts))} attempts; ${written.length} documents acknowledged, ${JSON.stringify({ ...counts, members: set.counts })}`,
    );
  });
}

test('a member that lives and is slow is waited for', needsServer, async (t) => {
  const { set, database } = await setFor(t);
  const store = await openAt(set.url(database));
  t.after(() => store.close());
  await store.logs.append([logEntry({ id: 'slow' })]);
  set.slow(4_500);
  assert.deepEqual(
    (await store.logs.query({}, 10)).items.map(({ id }) => id),
    ['slow'],
  );
});
