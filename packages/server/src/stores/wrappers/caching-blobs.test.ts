import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { BlobStore } from '../blobs/contract.ts';
import { memoryBlobs } from '../blobs/memory/driver.ts';
import { cachingBlobs } from './caching-blobs.ts';
import { measuredBlobs } from './measured-blobs.ts';

/** A store that counts its reads and can be made to hold one up. */
async function counted(): Promise<{
  inner: BlobStore;
  reads: () => number;
  hold: (gate: Promise<void> | null) => void;
}> {
  const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  const memory = await memoryBlobs.open(parseStoreUrl('memory:'), deps);
  let reads = 0;
  let gate: Promise<void> | null = null;
  const inner: BlobStore = {
    put: (key, source, options) => memory.put(key, source, options),
    read: async (key, range) => {
      reads++;
      const bytes = await memory.read(key, range);
      if (gate !== null) await gate;
      return bytes;
    },
    stream: (key, range, signal) => memory.stream(key, range, signal),
    stat: (key) => memory.stat(key),
    delete: (keys) => memory.delete(keys),
    list: () => memory.list(),
    sweep: (ageMs) => memory.sweep(ageMs),
    ping: () => memory.ping(),
    close: () => memory.close(),
  };
  return { inner, reads: () => reads, hold: (next) => (gate = next) };
}

test('answers from memory what was put or read whole, as the same array', async () => {
  const { inner, reads } = await counted();
  const store = cachingBlobs(inner);
  const [put, found] = [newId(), newId()];
  await store.put(put, new Uint8Array(100));
  await inner.put(found, new Uint8Array(200));
  await store.read(put);
  await store.read(put, { start: 5, end: 9 });
  assert.equal(reads(), 0);
  const first = await store.read(found);
  assert.equal(await store.read(found), first);
  assert.equal(reads(), 1);
});

test('keeps neither large blobs nor parts, and no more bytes than it may', async () => {
  const { inner, reads } = await counted();
  const store = cachingBlobs(inner, { maxBytes: 10_000, maxBlobBytes: 1_000 });
  const large = newId();
  await store.put(large, new Uint8Array(1_001));
  await store.read(large);
  await store.read(large);
  assert.equal(reads(), 2);
  const keys = Array.from({ length: 100 }, () => newId());
  for (const key of keys) await store.put(key, new Uint8Array(1_000));
  for (const key of keys.toReversed()) await store.read(key, { start: 0, end: 9 });
  const hits = 100 - (reads() - 2);
  assert.ok(hits >= 5 && hits <= 10, `${hits} of 100 were kept`);
});

test('a read that a delete overtakes does not bring the blob back', async () => {
  const { inner, hold } = await counted();
  const store = cachingBlobs(inner);
  const key = newId();
  await inner.put(key, new Uint8Array(10));
  let open = (): void => {};
  hold(new Promise((resolve) => (open = resolve)));
  const read = store.read(key);
  await store.delete([key]);
  open();
  assert.equal((await read).byteLength, 10);
  await assert.rejects(store.read(key), (error) => isAppError(error, 'not_found'));
});

test('a blob that could not be put is not kept', async () => {
  const { inner } = await counted();
  const store = cachingBlobs(inner);
  const key = newId();
  await inner.put(key, new Uint8Array([1]));
  await assert.rejects(store.put(key, new Uint8Array([2])), (error) => isAppError(error, 'conflict'));
  assert.deepEqual([...(await store.read(key))], [1]);
});

test('passes direct downloads through, alone and measured, where the store has them', async () => {
  const { inner } = await counted();
  const meter = { clock: systemClock, record: () => {} };
  const options = { expiresSeconds: 60, contentType: 'text/plain', disposition: 'inline' };
  assert.equal(cachingBlobs(measuredBlobs(inner, meter)).presign, undefined);
  const able = { ...inner, presign: async (key: string) => new URL(`http://s3/${key}`) };
  const store = cachingBlobs(measuredBlobs(able, meter));
  assert.equal((await store.presign?.('some-key', options))?.href, 'http://s3/some-key');
});
