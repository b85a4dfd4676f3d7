import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../../kernel/errors.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { migrations, queries, thing } from '../contract.schema.ts';
import { Connection } from './connection.ts';
import { WalSync } from '../../clients/sqlite/wal-sync.ts';
import { Writer } from './writer.ts';
import { until } from '../../../testing/expectations.ts';

type Done = (error: Error | null) => void;

let folder: string;
let connection: Connection;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volvox-writer-'));
  connection = new Connection(join(folder, 'x.db'), { busyMs: 0, cacheMiB: 1 });
  connection.native.pragma('journal_mode = wal');
  for (const statement of migrations[0]?.up.sqlite ?? []) connection.exec(statement);
});

afterEach(async () => {
  connection.close();
  await rm(folder, { recursive: true });
});

function writerWith(sync: WalSync | null): Writer {
  return new Writer({
    connection,
    sync,
    log: silentLogger,
    stuckMs: 500,
    onCommit: () => {},
    makeRoom: async () => {},
  });
}

/** A disk whose syncs end when the test says so. */
function slowDisk(): { readonly sync: WalSync; readonly syncs: Done[] } {
  const syncs: Done[] = [];
  return { sync: new WalSync(0, (_fd, done) => syncs.push(done)), syncs };
}

test('acknowledges only after a sync that began after the commit', async () => {
  const { sync, syncs } = slowDisk();
  const writer = writerWith(sync);
  const acknowledged: string[] = [];
  const insert = (name: string): void => {
    void writer.submit((tx) => tx.run(queries.insert, thing(name))).then(() => acknowledged.push(name));
  };
  insert('first');
  await until(() => writer.commits === 1);
  insert('second');
  await until(() => writer.commits === 2);
  insert('third');
  await until(() => writer.commits === 3);
  assert.equal(syncs.length, 1);
  assert.deepEqual(acknowledged, []);
  syncs[0]?.(null);
  await until(() => acknowledged.length > 0);
  assert.deepEqual(acknowledged, ['first']);
  assert.equal(syncs.length, 2);
  syncs[1]?.(null);
  await until(() => acknowledged.length === 3);
  assert.equal(syncs.length, 2);
});

test('acknowledges nothing any more once the disk failed to sync', async () => {
  const { sync, syncs } = slowDisk();
  const writer = writerWith(sync);
  const insert = (name: string): Promise<number> =>
    writer.submit((tx) => tx.run(queries.insert, thing(name)));
  const first = insert('first');
  await until(() => writer.commits === 1);
  const second = insert('second');
  await until(() => writer.commits === 2);
  syncs[0]?.(new Error('EIO'));
  syncs[1]?.(null);
  const unavailable = (e: unknown): boolean => isAppError(e, 'unavailable');
  await Promise.all([
    assert.rejects(first, unavailable),
    assert.rejects(second, unavailable),
    assert.rejects(insert('third'), unavailable),
  ]);
});

test('reports a full disk to all of the batch, keeps nothing of it, and works again when there is room', async () => {
  const writer = writerWith(null);
  connection.native.pragma('max_page_count = 20');
  const big = 'x'.repeat(60_000);
  const results = await Promise.allSettled([
    writer.submit((tx) => tx.run(queries.insert, thing('small'))),
    writer.submit((tx) => tx.run(queries.insert, thing('big', { text: big }))),
    writer.submit((tx) => tx.run(queries.insert, thing('big2', { text: big }))),
  ]);
  assert.ok(results.some((r) => r.status === 'rejected' && isAppError(r.reason, 'storage_full')));
  const there = connection.all(queries.all, {}).map((row) => row.name);
  const names = ['small', 'big', 'big2'];
  assert.deepEqual(there.sort(), names.filter((_, i) => results[i]?.status === 'fulfilled').sort());
  connection.native.pragma('max_page_count = 1000000');
  await writer.submit((tx) => tx.run(queries.insert, thing('later', { text: big })));
});

test('commits what waits together at once', async () => {
  const writer = writerWith(null);
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => writer.submit((tx) => tx.run(queries.insert, thing(`t${i}`)))),
  );
  assert.equal(writer.transactions, 50);
  assert.ok(writer.commits < 10, `${writer.commits} commits`);
});

test('lets other events be handled between batches', async () => {
  const writer = writerWith(null);
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(
    Array.from({ length: 2000 }, (_, i) => writer.submit((tx) => tx.run(queries.insert, thing(`t${i}`)))),
  );
  running = false;
  assert.ok(turns >= 2000 / 128, `${turns} turns`);
});

test('on a full disk room is looked for once, and what fits then is done', async () => {
  let asked = 0;
  const writer = new Writer({
    connection,
    sync: null,
    log: silentLogger,
    stuckMs: 500,
    onCommit: () => {},
    makeRoom: async () => {
      asked++;
      connection.native.pragma('max_page_count = 1000000');
    },
  });
  connection.native.pragma('max_page_count = 10');
  const big = 'x'.repeat(60_000);
  await Promise.all(
    ['one', 'two', 'three'].map((name) =>
      writer.submit((tx) => tx.run(queries.insert, thing(name, { text: big }))),
    ),
  );
  assert.equal(asked, 1);
  assert.deepEqual(connection.all(queries.all, {}).length, 3);
});
