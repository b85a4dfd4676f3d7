import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { BlobStore } from '../blobs/contract.ts';
import { memoryBlobs } from '../blobs/memory/driver.ts';
import type { Dialect, SqlStore } from '../sql/contract.ts';
import { measuredBlobs } from './measured-blobs.ts';
import { measuredSql } from './measured-sql.ts';

let now = 0;
let records: (readonly [operation: string, ms: number, ok: boolean])[] = [];
const meter = {
  clock: { monotonic: () => now },
  record: (...record: (typeof records)[number]) => void records.push(record),
};
beforeEach(() => void ((now = 0), (records = [])));

/** Memory blobs whose reads take 7 ms of the clock and fail with `error`, where there is one. */
async function slowBlobs(error: Error | null = null): Promise<BlobStore> {
  const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  const memory = await memoryBlobs.open(parseStoreUrl('memory:'), deps);
  memory.read = () => {
    now += 7;
    return error === null ? Promise.resolve(new Uint8Array(1)) : Promise.reject(error);
  };
  return measuredBlobs(memory, meter);
}

test('counts the time that a call takes at once, before it gives a promise', async () => {
  await (await slowBlobs()).read('x');
  assert.deepEqual(records, [['read', 7, true]]);
});

test('passes errors on; only faults of the store count as errors', async () => {
  for (const [error, ok] of [
    [new AppError('not_found', 'no'), true],
    [new AppError('unavailable', 'away'), false],
    [new Error('bug'), false],
  ] as const) {
    records = [];
    await assert.rejects((await slowBlobs(error)).read('x'), (e) => e === error);
    assert.deepEqual(records, [['read', 7, ok]]);
  }
});

test('keeps apart what waits for a sender', async () => {
  const store = await slowBlobs();
  await store.put(newId(), new Uint8Array(1));
  await store.put(
    newId(),
    (async function* () {
      yield new Uint8Array(1);
    })(),
  );
  assert.deepEqual(
    records.map(([operation]) => operation),
    ['put', 'put_stream'],
  );
});

test('records look-ups only where they cross a network', async () => {
  const query = { compiled: () => ({ sql: '', slots: [] }) };
  const reader = { all: () => Promise.resolve([]), get: () => Promise.resolve(undefined) };
  const fake = (dialect: Dialect) => ({ dialect, reader, background: reader }) as unknown as SqlStore;
  await measuredSql(fake('sqlite'), meter).reader.all(query, {});
  assert.deepEqual(records, []);
  await measuredSql(fake('postgres'), meter).reader.all(query, {});
  await measuredSql(fake('sqlite'), meter).background.get(query, {});
  assert.deepEqual(records, [
    ['read', 0, true],
    ['background', 0, true],
  ]);
});
