import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { isAppError } from '../../../kernel/errors.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import type { DocumentsStore } from '../contract.ts';
import { activityOf, logEntry, searchDocument } from '../contract.suite.ts';
import { freshUrl, openAt, withDatabase } from './fixtures.ts';
import { refusingServer } from './refusing-server.ts';

const server = await sharedServer('mongodb');
const needsServer = { skip: server === null && 'no MongoDB here: npm test fetches one' };

/** Opens stores on a database of their own; all go with the test. */
function databaseFor(t: { after(end: () => Promise<void>): void }, log?: Logger) {
  const url = freshUrl(server?.url ?? '');
  const opened: DocumentsStore[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
    await withDatabase(url, (db) => db.dropDatabase());
  });
  const open = async (): Promise<DocumentsStore> => {
    const store = await openAt(url, log);
    opened.push(store);
    return store;
  };
  return { url, open };
}

async function foundBy(store: DocumentsStore, text: string): Promise<number> {
  return (await store.search.query({ text }, 100)).items.length;
}

test('nodes that open an empty database at once all succeed, and share it', needsServer, async (t) => {
  const { url, open } = databaseFor(t);
  const [first, second, third] = await Promise.all([open(), open(), open()]);
  assert.ok(first && second && third);
  assert.deepEqual([first, second, third].map((store) => store.freshlyCreated).includes(false), false);
  await first.search.upsert([searchDocument('plan.txt')]);
  await second.activity.append([activityOf(1)]);
  await third.logs.append([logEntry()]);
  assert.equal(await foundBy(third, 'plan'), 1);
  assert.equal((await first.activity.query({}, 10)).items.length, 1);
  assert.equal((await second.logs.query({}, 10)).items.length, 1);
  assert.equal((await open()).freshlyCreated, false);
  const names = await withDatabase(url, async (db) => (await db.collection('search').indexes()).length);
  assert.equal(names, 8);
});

test('of documents that several nodes put in at once, the newest remains', needsServer, async (t) => {
  const { open } = databaseFor(t);
  const nodes = await Promise.all([open(), open(), open()]);
  for (let round = 0; round < 20; round++) {
    const id = `id-${round}`;
    const upserts = nodes.flatMap((node, index) =>
      [index + 1, 6 - index].map((seq) =>
        node.search.upsert([searchDocument(`version ${seq} of ${round}`, { id, seq })]),
      ),
    );
    await Promise.all(upserts);
    const [node] = nodes;
    assert.equal(await node?.search.count(), round + 1);
    assert.equal((await node?.search.query({ text: `version 6 of ${round}` }, 10))?.items[0]?.id, id);
  }
});

test(
  'a rebuild keeps what another node, which has not heard of it, puts in meanwhile',
  needsServer,
  async (t) => {
    const { open } = databaseFor(t);
    const [rebuilding, other] = [await open(), await open()];
    await other.search.upsert([
      searchDocument('old', { id: 'old' }),
      searchDocument('known', { id: 'known' }),
    ]);
    const generation = await rebuilding.search.beginGeneration();
    await other.search.upsert([searchDocument('came', { id: 'came' })]);
    await other.search.upsert([searchDocument('known but older', { id: 'known', seq: 0 })]);
    await rebuilding.search.endGeneration(generation);
    assert.deepEqual(
      [await foundBy(other, 'old'), await foundBy(other, 'came'), await foundBy(other, 'known')],
      [0, 1, 1],
    );
    assert.equal(await foundBy(other, 'older'), 0);
  },
);

test(
  'a database that is emptied under a node goes on, says so, and is filled at the next start',
  needsServer,
  async (t) => {
    const warnings: string[] = [];
    const log: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
    const { url, open } = databaseFor(t, log);
    const store = await open();
    await store.search.upsert([searchDocument('before')]);
    await withDatabase(url, (db) => db.dropDatabase());
    await store.search.upsert([searchDocument('after')]);
    await store.activity.append([activityOf(1)]);
    assert.deepEqual([await foundBy(store, 'before'), await foundBy(store, 'after')], [0, 1]);
    assert.match(warnings.join(), /emptied/);
    const next = await open();
    assert.equal(next.freshlyCreated, true);
    const generation = await next.search.beginGeneration();
    await next.search.endGeneration(generation);
    assert.equal(await next.search.count(), 0, 'what the rebuild did not meet is gone');
  },
);

test('a database of another layout is left alone', needsServer, async (t) => {
  const { url, open } = databaseFor(t);
  await (await open()).close();
  const layout = { _id: 'layout' as never };
  await withDatabase(url, (db) => db.collection('meta').updateOne(layout, { $set: { value: 99 } }));
  await assert.rejects(open(), (error) => isAppError(error, 'conflict') && /layout 99/.test(error.message));
});

test('a server that is not there is unavailable, by name, within seconds', async () => {
  const before = performance.now();
  await assert.rejects(openAt('mongodb://ann:geheim@127.0.0.1:1,127.0.0.1:2/db'), (error) => {
    assert.ok(isAppError(error, 'unavailable'));
    assert.match(error.message, /127\.0\.0\.1:1, 127\.0\.0\.1:2/);
    assert.match(error.message, /ECONNREFUSED/);
    return true;
  });
  assert.ok(performance.now() - before < 15_000);
});

test('wrong credentials are told from an absent server, and never shown', async (t) => {
  const refusing = await refusingServer();
  t.after(() => refusing.close());
  await assert.rejects(openAt(`mongodb://ann:geheim@127.0.0.1:${refusing.port}/db`), (error) => {
    assert.ok(isAppError(error, 'unavailable'));
    assert.equal(error.retryable, false);
    assert.match(error.message, /refuses these credentials \(Authentication failed/);
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('geheim'));
    return true;
  });
});
