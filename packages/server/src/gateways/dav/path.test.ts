import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../kernel/errors.ts';
import { encodeSegment, hrefOf, parseDestination, parseTarget } from './path.ts';

const hosts = ['files.example:8080'];
const names = (target: string): readonly string[] => parseTarget(target).segments;
const refuses = (code: 'invalid_input' | 'not_found' | 'unsupported', work: () => unknown): void =>
  assert.throws(work, (error) => isAppError(error, code));

test('decodes each name once', () => {
  assert.deepEqual(names('/dav/common/a%20b/%C3%A9.txt'), ['common', 'a b', 'é.txt']);
  assert.deepEqual(names('/dav/common/%252Fnot-a-slash'), ['common', '%2Fnot-a-slash']);
  assert.deepEqual(names('/dav/common/100%25'), ['common', '100%']);
  assert.deepEqual(names('/dav/common/a+b;c=1?x=y/z'), ['common', 'a+b;c=1']);
  assert.deepEqual(names('http://files.example/dav/common/'), ['common']);
  assert.deepEqual(names('/dav//common///x'), ['common', 'x']);
  assert.deepEqual(names('/dav'), []);
  assert.equal(parseTarget('/dav/common/').slash, true);
  assert.equal(parseTarget('/dav/common').slash, false);
});

test('takes %5C for a backslash in a name, never for a separator', () => {
  assert.deepEqual(names('/dav/common/..%5c..%5cetc'), ['common', '..\\..\\etc']);
});

test('refuses what two readers could take for two places', () => {
  for (const tail of [
    '..',
    '.',
    '%2e%2e',
    '%2E',
    '.%2e/x',
    '../../etc/passwd',
    '..%2f..%2fetc',
    'a%2Fb',
    'a%00b',
    'a%0d%0aX: y',
    'a%7f',
    'a%',
    'a%2',
    'a%zz',
    '%c0%ae%c0%ae',
    '%e0%80%af',
    '%ed%a0%80',
    '%ff',
    'a#b',
    'a b',
    'é',
    'a\tb',
  ]) {
    refuses('invalid_input', () => parseTarget(`/dav/common/${tail}`));
  }
});

test('knows what is not below /dav', () => {
  for (const target of ['/', '/davx', '/api/dav', '/DAV/x']) refuses('not_found', () => parseTarget(target));
});

test('takes a Destination on this server, absolute or not', () => {
  for (const header of [
    'http://files.example:8080/dav/common/x',
    'https://FILES.example:8080/dav/common/x',
    'http://user@files.example:8080/dav/common/x',
    '/dav/common/x',
  ]) {
    assert.deepEqual(parseDestination(header, hosts).segments, ['common', 'x'], header);
  }
  assert.deepEqual(parseDestination('http://h:80/dav/x', ['h']).segments, ['x']);
  assert.deepEqual(
    parseDestination('https://public.example/dav/x', ['inner:8080', 'public.example']).segments,
    ['x'],
  );
});

test('refuses a Destination elsewhere', () => {
  for (const header of [
    'http://127.255.255.254:9/x',
    'http://files.example/dav/x',
    'ftp://files.example:8080/dav/x',
    'http://files.example:8080@evil/dav/x',
    '/api/x',
    'http://files.example:8080/',
  ]) {
    refuses('unsupported', () => parseDestination(header, hosts));
  }
  for (const header of [undefined, '', 'dav/x', '/dav/common/x?y', '/dav/common/../x', '//evil/%2e%2e/x'])
    refuses('invalid_input', () => parseDestination(header, hosts));
});

test('what it writes it reads back, for every name', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((n) => !/[\x00-\x1f\x7f/]/.test(n) && n !== '.' && n !== '..' && n.isWellFormed());
  fc.assert(
    fc.property(fc.array(name), (list) => {
      assert.deepEqual(names(hrefOf('common', list, false)), ['common', ...list]);
      assert.match(hrefOf('common', list, true), /^[\x21-\x7e]*\/$/);
    }),
  );
  assert.equal(encodeSegment('h é#%.txt'), 'h%20%C3%A9%23%25.txt');
});
