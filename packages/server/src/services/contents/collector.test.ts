import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { armPoint } from '../../kernel/fault-points.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import * as queries from './queries.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { ContentsTables } from './tables.ts';
import { bytesOf, collected, context, openContents, type TestContents } from './testing.ts';

const hour = 3_600_000;

test('condemns at once, removes after the grace, and only what nothing refers to', async (t) => {
  const { contents, clock, store, share, release, keys } = await openContents(t);
  const [kept, dropped] = [await store(bytesOf(10, 1)), await store(bytesOf(10, 2))];
  const copy = await share(kept);
  await release(kept, dropped);
  assert.deepEqual(await contents.collect(hour), { condemned: 1, removed: 0, orphans: 0 });
  assert.equal((await keys()).length, 2);
  clock.advance(hour);
  assert.deepEqual(await contents.collect(hour), { condemned: 0, removed: 1, orphans: 0 });
  assert.equal((await keys()).length, 1);
  assert.equal((await contents.small(copy, 10))?.byteLength, 10);
  await release(copy);
  await contents.collect(0);
  assert.deepEqual(await keys(), []);
});

test('spares what is written but not attached yet, and what another node wrote lately', async (t) => {
  const { contents, clock, node, attach, keys } = await openContents(t);
  const early = await contents.write(context, bytesOf(30));
  await contents.collect(0);
  assert.equal((await contents.small(await attach(early), 30))?.byteLength, 30);
  const mine = await contents.write(context, bytesOf(10));
  clock.advance(5 * hour);
  const theirs = await node().write(context, bytesOf(20));
  assert.equal((await contents.collect(hour)).orphans, 0);
  clock.advance(hour);
  assert.equal((await contents.collect(hour)).orphans, 1);
  assert.deepEqual(await keys(), [early, mine].map(({ chunks }) => chunks[0]?.id).sort());
  assert.equal(theirs.size, 20);
});

const leave = queriesOf<ContentsTables>()<Record<string, never>>((db) =>
  db.updateTable('contents_place').set({ place: 'there' }),
);
const mib = 2 ** 20;
/** Six chunks, each of which takes `ms` to arrive; another node collects between them. */
async function* slowly(ms: number, { clock, node }: Pick<TestContents, 'clock' | 'node'>) {
  for (let seed = 0; seed < 6; seed++) {
    yield bytesOf(mib, seed);
    clock.advance(ms);
    await node().collect(hour);
  }
}

test('an upload that takes longer than the grace is kept from the collectors of other nodes', async (t) => {
  const open = await openContents(t);
  const { contents, node, attach, release, clock, keys } = open;
  const content = await contents.write(context, slowly(hour / 2, open), { size: 6 * mib });
  const version = await attach(content);
  clock.advance(2 * hour);
  await node().collect(hour);
  await node().collect(hour);
  const read = await collected(node().stream(version, null, new AbortController().signal));
  assert.equal(read.compare(Buffer.concat([0, 1, 2, 3, 4, 5].map((seed) => bytesOf(mib, seed)))), 0);
  await release(version);
  await contents.collect(0);
  assert.deepEqual(await keys(), []);
});

test('what has surely been kept is pointed at, and nothing else: not after a sleep, nor where a chunk took the whole grace', async (t) => {
  const open = await openContents(t);
  const { contents, node, attach, clock, keys } = open;
  const refused = { code: 'unavailable', details: { reason: 'upload_too_slow' } };
  for (const bytes of [bytesOf(10), bytesOf(2 * mib + 1)]) {
    const content = await contents.write(context, bytes);
    clock.advance(hour + 1);
    await node().collect(hour);
    await assert.rejects(attach(content), refused);
    await contents.discard(content);
  }
  const content = await contents.write(context, slowly(hour + 1, open));
  await assert.rejects(attach(content), refused);
  await contents.discard(content);
  // Held, then asleep.
  const held = await contents.write(context, slowly(hour / 3, open));
  clock.advance(hour + 1);
  await node().collect(hour);
  clock.advance(hour + 1);
  await node().collect(hour);
  await assert.rejects(
    attach(held),
    (error) => isAppError(error) && ['gone', 'unavailable'].includes(error.code),
  );
  await contents.discard(held);
  await contents.collect(0);
  assert.deepEqual(await keys(), []);
});

test('what was kept in a store that contents have left is not pointed at', async (t) => {
  const open = await openContents(t);
  const { contents, sql, attach } = open;
  const halves = async function* () {
    for (const bytes of [bytesOf(mib), bytesOf(mib, 2)]) {
      yield bytes.subarray(0, mib / 2);
      open.clock.advance(hour / 2);
      yield bytes.subarray(mib / 2);
    }
  };
  const content = await contents.write(context, halves(), { size: 2 * mib });
  await sql.transaction((tx) => tx.run(leave, {}));
  await assert.rejects(attach(content), { details: { reason: 'contents_moved' } });
});

test('an upload that was held and then fails leaves its chunks to the collector', async (t) => {
  const open = await openContents(t);
  const { contents, node, sql, clock, keys } = open;
  const broken = async function* () {
    yield* slowly(hour / 2, open);
    throw new Error('cut');
  };
  await assert.rejects(contents.write(context, broken()));
  for await (const finding of node().check({ deep: false, repair: false }))
    assert.fail(`${finding.kind} ${finding.id}`);
  for (let turn = 0; turn < 2; turn++) {
    await node().collect(hour);
    clock.advance(hour + 1);
  }
  await node().collect(hour);
  assert.deepEqual(await keys(), []);
  assert.deepEqual(await sql.reader.all(queries.pageOfChunks, { after: '', limit: 9 }), []);
});

test('a crash after the blob leaves an orphan, which the collector of another node removes', async (t) => {
  const { contents, blobs, node, clock, keys } = await openContents(t);
  const content = await contents.write(context, bytesOf(10));
  assert.equal((await keys()).length, 1);
  clock.advance(2 * hour);
  assert.equal((await node().collect(hour)).orphans, 1);
  assert.equal(await blobs.stat(content.chunks[0]?.id ?? ''), null);
});

test('a collection that dies at any point is finished by the next', async (t) => {
  const { contents, node, store, share, release, keys } = await openContents(t);
  for (const point of ['contents.collect.after-condemn', 'contents.collect.after-row']) {
    const kept = await store(bytesOf(10, 1));
    const copy = await share(kept);
    await release(await store(bytesOf(30, 2)), kept);
    armPoint(point);
    await assert.rejects(contents.collect(0), /fault injected/);
    armPoint(null);
    await node().collect(0);
    assert.equal((await contents.small(copy, 10))?.byteLength, 10);
    assert.equal((await keys()).length, 1);
    await release(copy);
    await contents.collect(0);
    assert.deepEqual(await keys(), []);
  }
});

test('a write that fails after its blob removes it', async (t) => {
  const { contents, keys } = await openContents(t);
  armPoint('contents.after-blob');
  await assert.rejects(contents.write(context, bytesOf(10)), /fault injected/);
  assert.deepEqual(await keys(), []);
});

/** A store whose transactions number `turn` (from 1) and later wait until `meanwhile` has committed something else. */
function interrupted(sql: SqlStore, turn: number, meanwhile: () => Promise<unknown>): SqlStore {
  let count = 0;
  const transaction: SqlStore['transaction'] = async (work, options) => {
    if (++count === turn) await meanwhile();
    return sql.transaction(work, options);
  };
  return Object.assign(Object.create(sql) as SqlStore, {
    transaction,
    dialect: sql.dialect,
    reader: sql.reader,
  });
}

test("a link that commits between the collector's look and its step saves the chunk", async (t) => {
  for (const [turn, before] of [
    [1, 'released'],
    [1, 'condemned'],
    [2, 'released'],
  ] as const) {
    const opened = await openContents(t);
    const { contents, sql, store, release, keys } = opened;
    const versionId = await store(bytesOf(10));
    const chunks = await contents.chunksOf(versionId);
    await release(versionId);
    if (before === 'condemned') await contents.collect(hour);
    const again = newId();
    const other = opened.node({
      sql: interrupted(sql, turn, () =>
        sql.transaction((tx) => contents.attach(tx, again, { chunks, size: 10, sha256: null })),
      ),
    });
    await other.collect(0);
    assert.equal((await contents.small(again, 10))?.byteLength, 10, `${before}, ${turn}`);
    await contents.collect(0);
    assert.equal((await keys()).length, 1);
    await release(again);
    await contents.collect(0);
    assert.deepEqual(await keys(), []);
  }
});

test('a chunk that was condemned while its link was not committed yet is let go, not removed', async (t) => {
  const { contents, sql, store } = await openContents(t);
  const versionId = await store(bytesOf(10));
  const ids = (await contents.chunksOf(versionId)).map((chunk) => chunk.id);
  // What a collector on a database with concurrent writers can leave behind.
  await sql.transaction(async (tx) => {
    await tx.run(queries.releaseOne, { id: ids[0] ?? '', now: 1 });
    await tx.run(queries.condemn, { ids, now: 1 });
  });
  assert.deepEqual(await contents.collect(0), { condemned: 0, removed: 0, orphans: 0 });
  assert.equal((await contents.small(versionId, 10))?.byteLength, 10);
});

test('a chunk whose row is gone can no longer be linked', async (t) => {
  const { contents, sql, store, release } = await openContents(t);
  const versionId = await store(bytesOf(10));
  const chunks = await contents.chunksOf(versionId);
  await release(versionId);
  await contents.collect(0);
  const link = sql.transaction((tx) => contents.attach(tx, newId(), { chunks, size: 10, sha256: null }));
  await assert.rejects(link, (error) => isAppError(error, 'gone'));
});

type Step =
  | { readonly kind: 'store'; readonly seed: number }
  | { readonly kind: 'share' | 'release' | 'reattach'; readonly which: number }
  | { readonly kind: 'collect' };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('store' as const), seed: fc.nat(50) }),
    fc.record({
      kind: fc.constantFrom('share' as const, 'release' as const, 'reattach' as const),
      which: fc.nat(30),
    }),
    fc.record({ kind: fc.constant('collect' as const) }),
  ),
  { maxLength: 30 },
);

test('against a reference model, whatever runs side by side: what is referred to can be read, the rest goes', async (t) => {
  const opened = await openContents(t);
  const { contents, sql, store, share, release, keys } = opened;
  const property = fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (list, atOnce) => {
    /** Version to the seed of its bytes. */
    const live = new Map<string, number>();
    const pick = (which: number): string | undefined => [...live.keys()][which % Math.max(1, live.size)];
    const run = async (step: Step): Promise<void> => {
      if (step.kind === 'collect') return void (await contents.collect(0));
      if (step.kind === 'store')
        return void live.set(await store(bytesOf(step.seed + 1, step.seed)), step.seed);
      const from = pick(step.which);
      const seed = from === undefined ? undefined : live.get(from);
      if (from === undefined || seed === undefined) return;
      if (step.kind === 'release') {
        live.delete(from);
        return release(from);
      }
      if (step.kind === 'share') {
        const to = await share(from);
        if ((await contents.chunksOf(to)).length > 0) live.set(to, seed);
        return;
      }
      const chunks = await contents.chunksOf(from);
      const to = newId();
      try {
        await sql.transaction((tx) => contents.attach(tx, to, { chunks, size: seed + 1, sha256: null }));
        if (chunks.length > 0) live.set(to, seed);
      } catch (error) {
        assert.ok(isAppError(error, 'gone'));
      }
    };
    for (let at = 0; at < list.length; at += atOnce) {
      await Promise.all(list.slice(at, at + atOnce).map(run));
      for (const [versionId, seed] of live) {
        const bytes = await contents.small(versionId, seed + 1);
        assert.ok(bytes !== null && bytesOf(seed + 1, seed).equals(bytes));
      }
    }
    await contents.collect(0);
    const used = new Set<string>();
    for (const versionId of live.keys())
      for (const { id } of await contents.chunksOf(versionId)) used.add(id);
    assert.deepEqual(await keys(), [...used].sort());
    await release(...live.keys());
    await contents.collect(0);
    assert.deepEqual(await keys(), []);
  });
  await fc.assert(property, { numRuns: 60 });
});

test('ends between two batches when it is told to stop, and the next turn finishes', async (t) => {
  const { contents, store, release, keys } = await openContents(t);
  await release(await store(bytesOf(10)));
  assert.deepEqual(await contents.collect(0, AbortSignal.abort()), { condemned: 0, removed: 0, orphans: 0 });
  assert.equal((await keys()).length, 1);
  assert.deepEqual(await contents.collect(0), { condemned: 1, removed: 1, orphans: 0 });
  assert.deepEqual(await keys(), []);
});
