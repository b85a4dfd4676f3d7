import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isAppError } from '../../../kernel/errors.ts';
import { faultProxy, sharedServer, startServer, type OwnServer } from '../../../testing/servers/index.ts';
import type { DocumentPage, DocumentsStore } from '../contract.ts';
import { activityOf, logEntry, searchDocument } from '../contract.suite.ts';
import { openAt } from './fixtures.ts';

const there = (await sharedServer('mongodb')) !== null;
const needsServer = { skip: !there && 'no MongoDB here: npm test fetches one' };

/** The stand-in writes to its disk every 20 ms; a real MongoDB has it there before it acknowledges. */
const settledMs = 500;
const recoveryMs = 15_000;

async function own(t: TestContext): Promise<OwnServer> {
  const server = await startServer('mongodb');
  t.after(() => server.stop());
  return server;
}

async function openFor(t: TestContext, url: string): Promise<DocumentsStore> {
  const store = await openAt(url);
  t.after(() => store.close());
  return store;
}

/** Until it is answered, or a deadline. */
async function comesBack<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + recoveryMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      assert.ok(isAppError(error, 'unavailable') && error.retryable, String(error));
      if (performance.now() > deadline) throw error;
      await pause(50);
    }
  }
}

async function isRefusedAtOnce(store: DocumentsStore): Promise<void> {
  const before = performance.now();
  const calls = [
    store.search.query({ text: 'x' }, 10),
    store.search.upsert([searchDocument('x')]),
    store.logs.append([logEntry()]),
    store.activity.query({}, 10),
  ];
  for (const result of await Promise.allSettled(calls)) {
    assert.equal(result.status, 'rejected');
    assert.ok(isAppError(result.reason, 'unavailable') && result.reason.retryable);
  }
  assert.ok(performance.now() - before < 4_000);
}

/** Writes without end, each document once, and knows what was acknowledged when. */
function startWriters(store: DocumentsStore, count: number) {
  const acknowledged = new Map<string, number>();
  let forgotten = 0;
  let writing = true;
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; writing; n++) {
      const id = `${writer}-${n}`;
      const from = performance.now();
      try {
        await store.search.upsert([searchDocument(`report ${id}`, { id })]);
        await store.activity.append([activityOf(n + 1, { id })]);
        if (from > forgotten) acknowledged.set(id, performance.now());
      } catch (error) {
        assert.ok(isAppError(error, 'unavailable') && error.retryable, String(error));
        await pause(20);
      }
    }
  };
  const writers = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  writers.catch(() => {}); // `stop` tells
  const stop = async (): Promise<void> => {
    writing = false;
    await writers;
  };
  /** What was not settled at that time may be lost, and so may what was written in two halves around it. */
  const forgetFrom = (unsettled: number): void => {
    for (const [id, at] of acknowledged) if (at >= unsettled) acknowledged.delete(id);
    forgotten = performance.now();
  };
  return { acknowledged, forgetFrom, stop };
}

async function idsIn(ask: (cursor?: string) => Promise<DocumentPage<{ readonly id: string }>>) {
  const ids = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const page = await comesBack(() => ask(cursor));
    for (const { id } of page.items) ids.add(id);
    if (page.next === null) return ids;
    cursor = page.next;
  }
}

test(
  'a server that is killed under writes loses nothing it has acknowledged, and is found again',
  needsServer,
  async (t) => {
    const server = await own(t);
    const store = await openFor(t, server.url);
    const { acknowledged, forgetFrom, stop } = startWriters(store, 3);
    t.after(stop);
    for (let round = 0; round < 2; round++) {
      const begun = performance.now();
      const least = acknowledged.size + 20;
      while (acknowledged.size < least || performance.now() < begun + 2 * settledMs) await pause(20);
      const killed = performance.now();
      await server.kill();
      await assert.rejects(store.ping(), (error) => isAppError(error, 'unavailable'));
      await server.start();
      forgetFrom(killed - settledMs);
      const settled = [...acknowledged.keys()];
      await comesBack(() => store.logs.append([logEntry({ id: `after-${round}` })]));
      const found = await idsIn((cursor) => store.search.query({ text: 'report' }, 1000, cursor));
      const happened = await idsIn((cursor) => store.activity.query({}, 1000, cursor));
      const lost = settled.filter((id) => !found.has(id) || !happened.has(id));
      assert.deepEqual([settled.length > 0, lost], [true, []]);
    }
    await stop();
    assert.equal((await store.logs.query({}, 10)).items.length, 2);
  },
);

test(
  'a frozen server holds up the first calls for a bounded time, others not at all, and is found again',
  needsServer,
  async (t) => {
    const server = await own(t);
    const store = await openFor(t, server.url);
    await store.search.upsert([searchDocument('here', { id: 'here' })]);
    server.freeze();
    const before = performance.now();
    await assert.rejects(
      store.search.upsert([searchDocument('frozen')]),
      (error) => isAppError(error, 'unavailable') && error.retryable,
    );
    assert.ok(performance.now() - before < 15_000);
    await isRefusedAtOnce(store);
    const asked = performance.now();
    await assert.rejects(store.ping(), (error) => isAppError(error, 'unavailable'));
    assert.ok(performance.now() - asked < 4_000);
    server.thaw();
    const found = await comesBack(() => store.search.query({ text: 'here' }, 10));
    assert.deepEqual(found.items, [{ id: 'here' }]);
  },
);

test('connections that are reset are made anew, and an outage ends by itself', needsServer, async (t) => {
  const server = await own(t);
  const proxy = await faultProxy(Number(new URL(server.url).port));
  t.after(() => proxy.close());
  const url = new URL(server.url);
  url.port = String(proxy.port);
  const store = await openFor(t, url.toString());
  for (let round = 0; round < 3; round++) {
    proxy.cut();
    await assert.rejects(store.logs.query({}, 10), (error) => isAppError(error, 'unavailable'));
    await isRefusedAtOnce(store);
    proxy.heal();
    await comesBack(() => store.logs.append([logEntry({ id: `round-${round}` })]));
  }
  assert.equal((await store.logs.query({}, 10)).items.length, 3);
});

test('a store can be closed while its server is frozen', needsServer, async (t) => {
  const server = await own(t);
  const store = await openAt(server.url);
  server.freeze();
  const before = performance.now();
  const asked = store.search.count();
  asked.catch(() => {});
  await store.close();
  await assert.rejects(asked, (error) => isAppError(error, 'unavailable'));
  assert.ok(performance.now() - before < 9_000);
});
