import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isId, newId, newIdAfter } from './ids.ts';

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
