/** What happens to a backup while the collector works, and while rows of the journal have no position yet. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { migrations } from '../../boot/migrations.ts';
import { systemClock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { BlobStore } from '../../stores/blobs/contract.ts';
import { memoryBlobs } from '../../stores/blobs/memory/driver.ts';
import { configMemoryDriver } from '../../stores/config/memory/driver.ts';
import { openTestDatabase, openTestSql } from '../../stores/sql/testing.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import { deleteChunks, insertChunk } from '../contents/queries.ts';
import { MemoryVault } from '../identity/testing.ts';
import type { MovedStores } from './api.ts';
import { takeBackup, type TakenReport } from './backup.ts';
import { verifyRows } from './restore.ts';

const url = parseStoreUrl('memory:');
const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
const signal = new AbortController().signal;
const sha256 = createHash('sha256').update('x').digest('hex');

type JournalRow = { seq: number | null; id: string; at: number; kind: string; bytes: number; files: number };
const define = queriesOf<{ journal: JournalRow }>();
const insertRow = define<JournalRow>((db, p) =>
  db
    .insertInto('journal')
    .values({ seq: p.seq, id: p.id, at: p.at, kind: p.kind, bytes: p.bytes, files: p.files }),
);
const selectRows = define<Record<string, never>, { seq: number; kind: string }>((db) =>
  db.selectFrom('journal').select(['seq', 'kind']).orderBy('seq').$castTo<{ seq: number; kind: string }>(),
);

let ends: (() => Promise<void>)[];
let source: MovedStores;
let target: MovedStores;
beforeEach(async () => {
  const db = await openTestSql(migrations);
  const copy = await openTestDatabase('sqlite', 'relaxed');
  await copy.store.migrate(migrations);
  ends = [db.close, copy.remove];
  const side = async (sql: MovedStores['sql']): Promise<MovedStores> => ({
    sql,
    config: await configMemoryDriver.open(url, deps),
    vault: new MemoryVault(),
    blobs: await memoryBlobs.open(url, deps),
  });
  [source, target] = [await side(db.sql), await side(copy.store)];
});
afterEach(() => Promise.all(ends.map((end) => end())));

function take(blobs: BlobStore = source.blobs, keepGoing = false): Promise<TakenReport> {
  return takeBackup({
    id: newId(),
    source: { ...source, blobs },
    target,
    keepGoing,
    signal,
    clock: systemClock,
    progress: () => {},
    stampJournal: async () => {},
  });
}

async function put(): Promise<string> {
  const id = newId();
  await source.blobs.put(id, Buffer.from('x'));
  await source.sql.transaction((tx) =>
    tx.run(insertChunk, { id, size: 1, sha256, now: systemClock.now(), place: '' }),
  );
  return id;
}

/** The source's contents; `before` is called with each key that is about to be read. */
function watched(before: (key: string) => Promise<void>): BlobStore {
  return Object.assign(Object.create(source.blobs) as BlobStore, {
    read: async (key: string) => {
      await before(key);
      return source.blobs.read(key);
    },
  });
}

async function collect(id: string): Promise<void> {
  await source.sql.transaction((tx) => tx.run(deleteChunks, { ids: [id] }));
  await source.blobs.delete([id]);
}

test('contents that the collector takes before they are copied are not in the backup, nor are their rows', async () => {
  const [kept, gone] = [await put(), await put()];
  const taken = await take(watched(async (key) => (key === gone ? collect(gone) : undefined)));
  assert.deepEqual(taken.blobs, { count: 1, bytes: 1 });
  assert.equal(taken.tables.find(({ table }) => table === 'chunks')?.rows, 1);
  assert.notEqual(await target.blobs.stat(kept), null);
  await verifyRows(target, taken, signal);
});

test('contents that are missing though a row knows them are named, and left out only where it is asked for', async () => {
  const id = await put();
  await source.blobs.delete([id]);
  await assert.rejects(take(), (e) => isAppError(e, 'corrupt') && e.message.includes(`missing: ${id}`));
  const { findings } = await take(source.blobs, true);
  assert.deepEqual(findings, [{ problem: 'missing', blob: id, files: [] }]);
});

test('secrets that change while the rows are read are there as they were, or as they are', async () => {
  await source.vault.put('a', 'before');
  await source.vault.put('b', 'removed');
  const id = await put();
  const taken = await take(
    watched(async (key) => {
      if (key !== id) return;
      await source.vault.put('a', 'after');
      await source.vault.put('c', 'new');
      await source.vault.delete('b');
    }),
  );
  assert.equal(taken.secrets, 3);
  const values = await Promise.all(['a', 'b', 'c'].map((name) => target.vault.get(name)));
  assert.deepEqual(values, ['after', 'removed', 'new']);
});

test('rows of the journal that have no position yet come last, in their order', async () => {
  const positions = source.sql.dialect === 'sqlite' ? [1, 2, 3] : [1, null, null];
  for (const [at, seq] of positions.entries())
    await source.sql.transaction((tx) =>
      tx.run(insertRow, { seq, id: newId(), at, kind: `kind ${at}`, bytes: 0, files: 0 }),
    );
  const taken = await take();
  assert.deepEqual(
    (await target.sql.background.all(selectRows, {})).map(({ seq, kind }) => [seq, kind]),
    [
      [1, 'kind 0'],
      [2, 'kind 1'],
      [3, 'kind 2'],
    ],
  );
  await verifyRows(target, taken, signal);
});

test('nothing of a backup can be changed by accident', async () => {
  const id = await put();
  await take();
  await assert.rejects(
    target.sql.transaction((tx) => tx.run(deleteChunks, { ids: [id] })),
    (e) => isAppError(e, 'read_only'),
  );
});
