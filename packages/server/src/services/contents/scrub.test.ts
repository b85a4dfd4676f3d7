import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobStore } from '../../stores/blobs/contract.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { cachingBlobs } from '../../stores/wrappers/caching-blobs.ts';
import type { CheckFinding, ContentsService } from './api.ts';
import { bytesOf, context, openContents, type TestContents } from './testing.ts';

const day = 24 * 3_600_000;
const round = { roundMs: 28 * day, turns: 4 };

function bound(blobs: BlobStore): BlobStore {
  return {
    put: (...all) => blobs.put(...all),
    read: (...all) => blobs.read(...all),
    stream: (...all) => blobs.stream(...all),
    stat: (...all) => blobs.stat(...all),
    delete: (...all) => blobs.delete(...all),
    list: () => blobs.list(),
    sweep: (...all) => blobs.sweep(...all),
    ping: () => blobs.ping(),
    close: () => blobs.close(),
  };
}

/** The blobs as they are, but for some that come back otherwise; counts what is read. */
function faulty(blobs: BlobStore, fault: (key: string) => 'turned' | 'gone' | 'away' | undefined) {
  const read: string[] = [];
  const open = (key: string): Promise<AsyncIterable<Uint8Array>> => {
    read.push(key);
    if (fault(key) === 'away') throw new AppError('unavailable', 'the store is away');
    return blobs.stream(key).then(async function* (pieces) {
      for await (const piece of pieces) yield fault(key) === 'turned' ? piece.map((byte) => byte ^ 1) : piece;
    });
  };
  const stat = (key: string) => (fault(key) === 'gone' ? Promise.resolve(null) : blobs.stat(key));
  return { read, store: { ...bound(blobs), stream: open, stat } };
}

async function stored({ store, keys }: TestContents, count: number): Promise<string[]> {
  for (let seed = 0; seed < count; seed++) await store(bytesOf(20 + seed, seed));
  return keys();
}

async function findings(node: ContentsService, deep = false): Promise<CheckFinding[]> {
  const found: CheckFinding[] = [];
  for await (const finding of node.check({ deep, repair: false })) found.push(finding);
  return found;
}

test('a round reads every content once, in turns that any node goes on with, and rests until the next is due', async (t) => {
  const open = await openContents(t);
  const keys = await stored(open, 100);
  const { read, store } = faulty(open.blobs, () => undefined);
  const turns: number[] = [];
  for (let turn = 0; turn < 6; turn++) turns.push((await open.node({ blobs: store }).scrub(round)).read);
  assert.deepEqual(turns, [25, 25, 25, 25, 0, 0]);
  assert.deepEqual(read.sort(), keys);
  const { beganAt, endedAt, damaged } = await open.contents.scrubState();
  assert.deepEqual([beganAt, endedAt, damaged], [open.clock.now(), open.clock.now(), 0]);
  open.clock.advance(28 * day);
  assert.equal((await open.contents.scrub(round)).read, 25);
});

test('what came during a round is read in it; what is gone is passed over', async (t) => {
  const open = await openContents(t);
  await stored(open, 40);
  assert.equal((await open.contents.scrub(round)).read, 16);
  const late = await open.store(bytesOf(7, 99));
  await open.release(await open.store(bytesOf(8, 98)));
  await open.contents.collect(0);
  const { read, store } = faulty(open.blobs, () => undefined);
  for (let turn = 0; turn < 4; turn++) await open.node({ blobs: store }).scrub(round);
  assert.equal(read.length, 25);
  assert.ok(read.includes((await open.contents.chunksOf(late))[0]?.id ?? ''));
});

test('damage is logged, counted, named by a plain check, and forgotten once it is sound again or gone', async (t) => {
  const open = await openContents(t);
  const keys = await stored(open, 5);
  const faults = new Map<string, 'turned' | 'gone'>([
    [keys[1] ?? '', 'turned'],
    [keys[3] ?? '', 'gone'],
  ]);
  const { store } = faulty(open.blobs, (key) => faults.get(key));
  const node = open.node({ blobs: store });
  assert.deepEqual(await node.scrub(round), { read: 5, damaged: 2 });
  assert.equal((await node.scrubState()).damaged, 2);
  assert.ok(open.errors.includes('stored content is damaged'));
  assert.deepEqual(
    (await findings(node)).map(({ kind, id, repairable }) => [kind, id, repairable]),
    [
      ['missing_blob', keys[3], false],
      ['wrong_hash', keys[1], false],
    ],
  );
  faults.delete(keys[1] ?? '');
  assert.deepEqual((await findings(node)).length, 1);
  assert.equal((await node.scrubState()).damaged, 1);
  faults.clear();
  open.clock.advance(28 * day);
  assert.deepEqual(await node.scrub(round), { read: 5, damaged: 0 });
  assert.equal((await node.scrubState()).damaged, 0);
});

test('of damage that nothing refers to any more, nothing stays', async (t) => {
  const open = await openContents(t);
  const version = await open.store(bytesOf(20));
  const node = open.node({ blobs: faulty(open.blobs, () => 'turned').store });
  assert.equal((await node.scrub(round)).damaged, 1);
  await open.release(version);
  await open.contents.collect(0);
  assert.equal((await node.scrubState()).damaged, 0);
});

test('neither the scrub nor a check takes what lies in memory for what lies in the store', async (t) => {
  const open = await openContents(t);
  const blobs = cachingBlobs(open.blobs);
  const node = open.node({ blobs });
  const content = await node.write(context, bytesOf(50));
  await open.sql.transaction((tx) => node.attach(tx, newId(), content));
  const id = content.chunks[0]?.id ?? '';
  await open.blobs.delete([id]);
  await open.blobs.put(id, bytesOf(50, 2));
  assert.deepEqual(await blobs.read(id), bytesOf(50));
  assert.deepEqual(
    (await findings(node, true)).map((finding) => [finding.kind, finding.id]),
    [['wrong_hash', id]],
  );
  assert.deepEqual(await node.scrub(round), { read: 1, damaged: 1 });
  assert.deepEqual(
    (await findings(node)).map((finding) => finding.kind),
    ['wrong_hash'],
  );
});

test('a store that is away is no damage: the turn fails and the next begins where it did', async (t) => {
  const open = await openContents(t);
  await stored(open, 20);
  let away = true;
  const { store } = faulty(open.blobs, () => (away ? 'away' : undefined));
  const node = open.node({ blobs: store });
  await assert.rejects(node.scrub(round), { code: 'unavailable' });
  assert.deepEqual(await findings(node), []);
  away = false;
  assert.deepEqual([(await node.scrub(round)).read, (await node.scrub(round)).read], [16, 4]);
});

test('it ends between two pages when it is told to', async (t) => {
  const open = await openContents(t);
  await stored(open, 40);
  const stop = new AbortController();
  const { read, store } = faulty(open.blobs, () => (stop.abort(), undefined));
  assert.equal((await open.node({ blobs: store }).scrub({ ...round, turns: 1 }, stop.signal)).read, 16);
  assert.equal(read.length, 16);
  assert.equal((await open.contents.scrub({ ...round, turns: 1 })).read, 24);
});
