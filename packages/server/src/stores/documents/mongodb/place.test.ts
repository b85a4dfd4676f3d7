import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../../kernel/errors.ts';
import { placeOf, placesBetween, readCursor, writeCursor } from './place.ts';

const time = fc.oneof(
  fc.integer(),
  fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  fc.double({ min: -1e12, max: 1e12, noNaN: true }),
);

test('places sort as their times do, also before 1970, and then by what is unique', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      const [first, second] = [placeOf(a, 'zz'), placeOf(b, 'aa')];
      if (Math.floor(a) < Math.floor(b)) assert.ok(first < second);
    }),
  );
  assert.ok(placeOf(5, 'a') < placeOf(5, 'b'));
});

test('a range holds the places strictly between two times, and below where the last page ended', () => {
  fc.assert(
    fc.property(time, time, time, fc.boolean(), (at, after, before, paged) => {
      const place = placeOf(at, 'some-id');
      const below = paged ? placeOf(before, 'another-id') : null;
      const range = placesBetween(after, paged ? undefined : before, below);
      const isIn = place >= (range?.$gte ?? '') && place < (range?.$lt ?? '~');
      const floored = Math.floor(at);
      assert.equal(isIn, floored > after && (below === null ? floored < before : place < below));
    }),
  );
  assert.equal(placesBetween(undefined, undefined, null), undefined);
});

test('a cursor comes back as it was, whatever the id', () => {
  fc.assert(
    fc.property(fc.nat(2), time, fc.string({ unit: 'grapheme' }), (stage, at, id) => {
      const place = placeOf(at, id.toWellFormed());
      assert.deepEqual(readCursor(writeCursor(stage, place)), { stage, place });
    }),
  );
  for (const foreign of ['', 'x', Buffer.from('3.00000000000').toString('base64url'), '{"$gt":""}']) {
    assert.throws(
      () => readCursor(foreign),
      (error) => isAppError(error, 'invalid_input'),
    );
  }
});
