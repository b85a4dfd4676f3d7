import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UUID } from 'uuidv7';
import { isId, newId, newIdAfter, timeOf } from './ids.ts';

test('a new id sorts after one that a node with a clock ahead has made', () => {
  const ahead = '0fffffff-ffff-7abc-8def-0123456789ab';
  const id = newIdAfter(null, newId(), ahead);
  assert.ok(isId(id) && id > ahead, id);
  assert.match(id, /^10000000-0000-7/);
  const [first, second] = [newIdAfter(ahead), newIdAfter(ahead)];
  assert.notEqual(first, second);
});

test('an id that is new anyway keeps its own time', () => {
  const before = newId();
  const id = newIdAfter(before, null);
  assert.ok(id > before);
  assert.ok(Math.abs(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) - Date.now()) < 60_000);
});

test('ids are UUIDs of version 7, rising, and tell when they were made', () => {
  const before = Date.now();
  const ids = Array.from({ length: 2_000 }, () => newId());
  assert.deepEqual(ids, [...new Set(ids)].sort());
  for (const id of ids) {
    assert.equal(UUID.parse(id).toString(), id);
    assert.equal(UUID.parse(id).getVersion(), 7);
    assert.ok(timeOf(id) >= before && timeOf(id) <= Date.now() + 1_000, id);
  }
  for (const text of ['', 'short', 'not-an-id-at-all']) assert.equal(timeOf(text), NaN);
});
