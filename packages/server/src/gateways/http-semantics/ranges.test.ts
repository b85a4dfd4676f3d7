import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contentRange, parseRange } from './ranges.ts';

test('reads single ranges and cuts them to the content', () => {
  assert.deepEqual(parseRange('bytes=0-3', 10), { start: 0, end: 3 });
  assert.deepEqual(parseRange('bytes=6-', 10), { start: 6, end: 9 });
  assert.deepEqual(parseRange('bytes=-3', 10), { start: 7, end: 9 });
  assert.deepEqual(parseRange('bytes=-30', 10), { start: 0, end: 9 });
  assert.deepEqual(parseRange('Bytes=8-99', 10), { start: 8, end: 9 });
  assert.deepEqual(parseRange('bytes=0-99999999999999999999', 10), { start: 0, end: 9 });
});

test('refuses what lies outside, ignores what is no single byte range', () => {
  for (const outside of ['bytes=10-', 'bytes=99-100', 'bytes=-0', 'bytes=99999999999999999999-']) {
    assert.equal(parseRange(outside, 10), 'unsatisfiable', outside);
  }
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  for (const ignored of [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=zz',
    'bytes=5-4',
    'lines=0-1',
    'bytes=0-1,4-5',
    'bytes 0-1',
  ]) {
    assert.equal(parseRange(ignored, 10), null, ignored);
  }
  assert.equal(parseRange('bytes=-5', 0), null);
});

test('never answers a range outside the content, whatever is sent', () => {
  const part = fc.oneof(fc.nat().map(String), fc.constant(''), fc.string());
  fc.assert(
    fc.property(part, part, fc.nat(), (a, b, size) => {
      const range = parseRange(`bytes=${a}-${b}`, size);
      if (range === null || range === 'unsatisfiable') return;
      assert.ok(range.start >= 0 && range.start <= range.end && range.end < size);
    }),
  );
});

test('says which part it sends', () => {
  assert.equal(contentRange({ start: 2, end: 4 }, 10), 'bytes 2-4/10');
  assert.equal(contentRange(null, 10), 'bytes */10');
});
