import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differing } from './settings-hash.ts';

const minute = 60_000;
const node = (id: string, hash: string | null, forMs = minute, version = '1') => ({
  id,
  version,
  settings: hash === null ? null : { hash, forMs },
});
const odd = (...nodes: ReturnType<typeof node>[]): string[] => [...differing(nodes)].sort();

test('the node that most do not agree with is named', () => {
  assert.deepEqual(odd(node('a', 'x'), node('b', 'y'), node('c', 'x')), ['b']);
  assert.deepEqual(odd(node('a', 'x'), node('b', 'x'), node('c', 'x')), []);
});

test('of two nobody knows which one is behind', () => {
  assert.deepEqual(odd(node('a', 'x'), node('b', 'y')), ['a', 'b']);
});

test('while a change is on its way nothing is said', () => {
  assert.deepEqual(odd(node('a', 'x', 9_000), node('b', 'y'), node('c', 'x', 12_000)), []);
  assert.deepEqual(odd(node('a', 'x', 31_000), node('b', 'y'), node('c', 'x', 40_000)), ['b']);
});

test('another version and a silent node are not compared', () => {
  assert.deepEqual(odd(node('a', 'x'), node('b', 'y', minute, '2'), node('c', null)), []);
});
