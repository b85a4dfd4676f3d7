import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { readPatch } from './proppatch.ts';

const update = (inner: string): Buffer =>
  Buffer.from(`<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x">${inner}</D:propertyupdate>`);

test('instructions count in their order', () => {
  const { changes } = readPatch(
    update(
      '<D:set><D:prop><x:a>1</x:a><x:b/></D:prop></D:set><D:remove><D:prop><x:a/></D:prop></D:remove><D:set><D:prop><x:c>3</x:c></D:prop></D:set>',
    ),
  );
  assert.deepEqual(
    [...changes],
    [
      ['{urn:x}a', null],
      ['{urn:x}b', '<x:b xmlns:x="urn:x"/>'],
      ['{urn:x}c', '<x:c xmlns:x="urn:x">3</x:c>'],
    ],
  );
});

test('live properties are not to be changed, but the time of change may be set', () => {
  const patch = readPatch(
    update(
      '<D:set><D:prop><D:getetag>x</D:getetag><x:a/><D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified></D:prop></D:set><D:remove><D:prop><D:resourcetype/></D:prop></D:remove>',
    ),
  );
  assert.deepEqual(
    [...patch.asked].map(([name, { allowed }]) => [name, allowed]),
    [
      ['{DAV:}getetag', false],
      ['{urn:x}a', true],
      ['{DAV:}getlastmodified', true],
      ['{DAV:}resourcetype', false],
    ],
  );
  assert.equal(patch.modifiedAt, Date.UTC(1994, 10, 6, 8, 49, 37));
});

test('refuses other bodies and values without end', () => {
  for (const inner of [
    '',
    '<D:set/>',
    '<x:set><D:prop><x:a/></D:prop></x:set>',
    '<D:set><D:prop/></D:set>',
  ]) {
    assert.throws(
      () => readPatch(update(inner)),
      (error) => isAppError(error, 'invalid_input'),
      inner,
    );
  }
  assert.throws(
    () => readPatch(update(`<D:set><D:prop><x:a>${'y'.repeat(70_000)}</x:a></D:prop></D:set>`)),
    (error) => isAppError(error, 'too_large'),
  );
});
