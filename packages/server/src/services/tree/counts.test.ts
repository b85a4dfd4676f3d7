import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts } from './counts.ts';

test('counts a small folder each time, a large one behind the answer and not too often', async () => {
  let now = 0;
  let members = 3;
  let asked = 0;
  const counts = new Counts(
    () => {
      asked++;
      return Promise.resolve(members);
    },
    () => now,
  );
  assert.equal(await counts.of('a'), 3);
  members = 50_000;
  assert.equal(await counts.of('a'), 50_000);
  members = 60_000;
  assert.equal(await counts.of('a'), 50_000);
  assert.equal(asked, 2);
  now = 6_000;
  assert.equal(await counts.of('a'), 50_000);
  assert.equal(await counts.of('a'), 60_000);
  assert.equal(asked, 3);
  members = 4;
  now = 12_000;
  assert.equal(await counts.of('a'), 60_000);
  assert.equal(await counts.of('a'), 4, 'no longer large: counted, and exact');
});
