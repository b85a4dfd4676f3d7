import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { holds, parseIf, submittedTokens, type IfState } from './if-header.ts';

const state = (etag: string | null, ...tokens: string[]): IfState => ({ etag, tokens: new Set(tokens) });
const check = (header: string, own: IfState, others: Readonly<Record<string, IfState>> = {}): boolean =>
  holds(parseIf(header), (tag) => (tag === null ? own : (others[tag] ?? state(null))));

test('a list holds if all of it does, the header if any list does', () => {
  assert.equal(check('(<urn:a>)', state('"1"', 'urn:a')), true);
  assert.equal(check('(<urn:a>)', state('"1"')), false);
  assert.equal(check('(<urn:a> ["1"])', state('"1"', 'urn:a')), true);
  assert.equal(check('(<urn:a> ["2"])', state('"1"', 'urn:a')), false);
  assert.equal(check('(["2"]) (["1"])', state('"1"')), true);
  assert.equal(check('(["1"])', state(null)), false);
});

test('Not turns one condition around', () => {
  assert.equal(check('(Not <DAV:no-lock>)', state('"1"')), true);
  assert.equal(check('(<urn:b>)(Not <DAV:no-lock>)', state('"1"')), true);
  assert.equal(check('(Not<urn:a>)', state('"1"', 'urn:a')), false);
  assert.equal(check('(<urn:a> ["2"]) (Not <DAV:no-lock> ["2"])', state('"1"', 'urn:a')), false);
  assert.equal(check('(nOt ["1"])', state(null)), true);
});

test('tags say whose state is meant', () => {
  const others = { 'http://h/dav/x': state('"x"', 'urn:x'), '/dav/y': state('"y"') };
  assert.equal(check('<http://h/dav/x> (<urn:x> ["x"])', state('"1"'), others), true);
  assert.equal(check('</dav/y> (["x"]) <http://h/dav/x> (["y"]) (["x"])', state('"1"'), others), true);
  assert.equal(check('<http://h/dav/z> (["x"])', state('"x"'), others), false);
});

test('weak tags never match', () => {
  assert.equal(check('([W/"1"])', state('"1"')), false);
});

test('tokens count as submitted wherever they stand, but not under Not', () => {
  assert.deepEqual(
    submittedTokens(parseIf('<http://h/a> (<urn:a>) <http://h/b> (Not <urn:n>) (<urn:b> ["1"]) (<urn:a>)')),
    ['urn:a', 'urn:b'],
  );
});

test('refuses what the grammar does not have', () => {
  for (const bad of [
    '',
    ' ',
    '()',
    '(',
    'x',
    '<urn:a>',
    '(<urn:a>',
    '(<urn:a>) <http://h/x> (<urn:a>)',
    '<http://h/x> <http://h/y> (<urn:a>)',
    '(["1)',
    '(Not)',
    '(Notx <urn:a>)',
    '(<urn:a>))',
    '(W/"1")',
    '<http://h/x> (<urn:a>) <http://h/y>',
    '(<urn:a>)'.repeat(3) + '[',
  ]) {
    assert.throws(
      () => parseIf(bad),
      (error) => isAppError(error, 'invalid_input'),
      bad,
    );
  }
  const many = Array.from({ length: 17 }, (_unused, i) => `</dav/${i}> (<urn:a>)`).join(' ');
  assert.throws(
    () => parseIf(many),
    (error) => isAppError(error, 'invalid_input'),
  );
});

test('is not slow on a header made to be', () => {
  const start = performance.now();
  assert.throws(() => parseIf(`(${'<a> '.repeat(4000)}`));
  assert.throws(() => parseIf(`(<a>)${' '.repeat(30_000)}x`));
  assert.ok(performance.now() - start < 20_000);
});
