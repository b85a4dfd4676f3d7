import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { isAppError } from '../../../kernel/errors.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { openNative, useLog } from '../../clients/sqlite/native.ts';
import { WalSync } from '../../clients/sqlite/wal-sync.ts';
import { translateSmall } from './small-errors.ts';
import { SmallWriter } from './small-writer.ts';

type Done = (error: Error | null) => void;

/** A writer whose syncs end when the test says so. */
async function open(t: TestContext, sync: 'slow' | 'none' = 'slow') {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-small-'));
  const native = openNative(path.join(folder, 'small.db'), { timeout: 0 });
  useLog(native);
  native.exec('create table small (key text unique)');
  t.after(() => {
    native.close();
    return rm(folder, { recursive: true });
  });
  const syncs: Done[] = [];
  const calls = { commits: 0, rooms: 0 };
  const writer = new SmallWriter({
    native,
    sync: sync === 'none' ? null : new WalSync(0, (_fd, done) => syncs.push(done)),
    log: silentLogger,
    translate: translateSmall,
    onCommit: () => calls.commits++,
    makeRoom: () => {
      calls.rooms++;
      return Promise.resolve();
    },
  });
  const insert = native.prepare('insert into small values (?)');
  const keys = (): unknown[] =>
    native
      .prepare('select key from small order by key')
      .all()
      .map((row) => row['key']);
  return {
    native,
    writer,
    syncs,
    calls,
    keys,
    add: (key: string) => writer.submit(() => void insert.run(key)),
  };
}

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('what waits together is one commit, and is acknowledged only by a sync that began after it', async (t) => {
  const { add, syncs, calls, keys } = await open(t);
  const acknowledged: string[] = [];
  const put = (key: string): Promise<void> => add(key).then(() => void acknowledged.push(key));
  const first = [put('a'), put('b')];
  await turns();
  assert.deepEqual([calls.commits, syncs.length, keys().length], [1, 1, 2]);
  const second = put('c');
  await turns();
  assert.deepEqual(
    [calls.commits, syncs.length],
    [1, 1],
    'what comes meanwhile waits for one commit of its own',
  );
  assert.deepEqual(acknowledged, []);
  syncs[0]?.(null);
  await Promise.all(first);
  assert.deepEqual(acknowledged, ['a', 'b']);
  await turns();
  assert.deepEqual([calls.commits, syncs.length], [2, 2]);
  syncs[1]?.(null);
  await second;
});

test('a member that fails takes nobody with it', async (t) => {
  const { add, keys, calls } = await open(t, 'none');
  const results = await Promise.allSettled([add('a'), add('a'), add('b')]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(keys(), ['a', 'b']);
  assert.equal(calls.commits, 1);
});

test('once the disk failed to sync nothing is acknowledged any more', async (t) => {
  const { add, syncs, writer } = await open(t);
  const refused = (put: Promise<void>): Promise<void> =>
    assert.rejects(put, (error) => isAppError(error, 'unavailable') && error === writer.broken);
  const first = refused(add('a'));
  await turns();
  const second = refused(add('b'));
  await turns();
  syncs[0]?.(new Error('EIO'));
  await Promise.all([first, second]);
  await refused(add('c'));
});

test('a full disk is told once room was looked for, and to the whole batch', async (t) => {
  const { native, writer, calls, keys } = await open(t, 'none');
  const full = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
  let fails = 1;
  const put = (key: string): Promise<void> =>
    writer.submit(() => {
      if (fails-- > 0) {
        native.exec('rollback');
        throw full;
      }
      native.prepare('insert into small values (?)').run(key);
    });
  await Promise.all([put('a'), put('b')]);
  assert.deepEqual([calls.rooms, keys()], [1, ['a', 'b']]);
  fails = 2;
  await assert.rejects(put('c'), (error) => isAppError(error, 'storage_full'));
  assert.equal(calls.rooms, 2);
});

test('nothing is written while it is held, and a close finishes what is queued', async (t) => {
  const { writer, add, keys } = await open(t, 'none');
  await writer.hold();
  const held = add('a');
  await turns();
  assert.deepEqual(keys(), []);
  writer.release();
  const late = add('b');
  await writer.close();
  await Promise.all([held, late]);
  assert.deepEqual(keys(), ['a', 'b']);
  await assert.rejects(add('c'), (error) => isAppError(error, 'unavailable'));
});
