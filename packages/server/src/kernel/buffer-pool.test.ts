import assert from 'node:assert/strict';
import { test } from 'node:test';
import { borrowBuffer, giveBackBuffer, pooledBytes } from './buffer-pool.ts';

test('lends a buffer again once a view of it was given back, and only once', () => {
  const first = borrowBuffer();
  assert.equal(first.byteLength, pooledBytes);
  assert.notEqual(borrowBuffer(), first);
  giveBackBuffer(first.subarray(5, 10));
  giveBackBuffer(first);
  assert.equal(borrowBuffer(), first);
  assert.notEqual(borrowBuffer(), first);
});

test('ignores what it did not lend', () => {
  const foreign = Buffer.alloc(10);
  giveBackBuffer(foreign);
  giveBackBuffer(new Uint8Array(pooledBytes));
  assert.notEqual(borrowBuffer().buffer, foreign.buffer);
});
