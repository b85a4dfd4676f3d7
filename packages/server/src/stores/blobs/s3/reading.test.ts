/** Downloads from a server that breaks off, hangs on or mixes up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../../kernel/ids.ts';
import { code, collect, pattern } from '../contract.suite.ts';
import { first, openFake, until } from './testing.ts';

const mebibyte = 1024 * 1024;

test('a download that is cut off in the middle goes on at the byte where it was', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  const bytes = pattern(3 * mebibyte);
  await store.put(key, bytes);
  for (const range of [undefined, { start: 12_345 }, { start: 7, end: 2_000_000 }]) {
    const expected = bytes.subarray(range?.start ?? 0, (range?.end ?? bytes.byteLength) + 1);
    fake.fault = first(3, 'GetObject', { kind: 'cut', after: 500_000 });
    same(await collect(await store.stream(key, range)), expected);
    fake.fault = first(2, 'GetObject', { kind: 'cut', after: 500_000 });
    same(await store.read(key, range), expected);
  }
});

test('never ends a cut off body as if it were whole', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(100_000));
  fake.fault = first(Infinity, 'GetObject', { kind: 'cut', after: 0 });
  await assert.rejects(store.read(key), code('unavailable'));
  const stream = await store.stream(key);
  await assert.rejects(collect(stream), code('unavailable'));
});

test('does not go on with another object', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(mebibyte));
  fake.fault = first(1, 'GetObject', { kind: 'cut', after: 300_000 });
  const stream = await store.stream(key);
  const found = fake.objects.get(objectOf(key));
  assert.ok(found);
  fake.objects.set(objectOf(key), { ...found, etag: '"another"' });
  await assert.rejects(collect(stream), code('corrupt'));
});

test('does not take a whole object for the range that was asked for', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(1000));
  fake.fault = () => ({ kind: 'rangeless' });
  await assert.rejects(store.read(key, { start: 10, end: 19 }), code('unavailable'));
});

test('downloads that are left or aborted free their sockets', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(4 * mebibyte));
  const before = fake.sockets.size;
  for (let turn = 0; turn < 200; turn++) {
    const controller = new AbortController();
    const stream = await store.stream(key, undefined, controller.signal);
    const pieces = stream[Symbol.asyncIterator]();
    if (turn % 4 !== 0) await pieces.next();
    if (turn % 2 === 0) await pieces.return?.();
    else controller.abort();
  }
  await until(() => fake.sockets.size <= before + 1, `${fake.sockets.size} sockets are left of ${before}`);
  same(await store.read(key), pattern(4 * mebibyte));
});

test('leaving a stream while its next piece is awaited ends it', async (t) => {
  const { fake, store } = await openFake(t);
  const key = newId();
  await store.put(key, pattern(mebibyte));
  fake.fault = first(1, 'GetObject', { kind: 'cut', after: 1000 });
  const pieces = (await store.stream(key))[Symbol.asyncIterator]();
  await pieces.next();
  const next = pieces.next();
  await pieces.return?.();
  await next;
  assert.deepEqual(await pieces.next(), { done: true, value: undefined });
});

function same(left: Uint8Array, right: Uint8Array): void {
  assert.equal(Buffer.compare(left, right), 0);
}

function objectOf(key: string): string {
  return `p/${key.slice(-2)}/${key}`;
}
