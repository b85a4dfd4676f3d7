import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { activeLocks } from './lock-view.ts';
import { parseLockInfo, parseTimeout } from './lock-request.ts';
import { parseXml } from './xml-in.ts';

const info = (inner: string): Buffer => Buffer.from(`<D:lockinfo xmlns:D="DAV:">${inner}</D:lockinfo>`);
const write = '<D:locktype><D:write/></D:locktype>';

test('reads scope and keeps the owner as it came', () => {
  assert.equal(parseLockInfo(info(`<D:lockscope><D:shared/></D:lockscope>${write}`)).scope, 'shared');
  const lock = parseLockInfo(
    info(
      `<D:lockscope><D:exclusive/></D:lockscope>${write}<D:owner><D:href>mailto:a@b</D:href> &amp; me</D:owner>`,
    ),
  );
  assert.deepEqual(lock, {
    scope: 'exclusive',
    owner: '<D:owner xmlns:D="DAV:"><D:href>mailto:a@b</D:href> &amp; me</D:owner>',
  });
});

test('refuses other bodies', () => {
  const bad = [
    '',
    write,
    `<D:lockscope/>${write}`,
    '<D:lockscope><D:exclusive/></D:lockscope>',
    '<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:read/></D:locktype>',
  ];
  for (const inner of bad)
    assert.throws(
      () => parseLockInfo(info(inner)),
      (error) => isAppError(error, 'invalid_input'),
      inner,
    );
  const long = `<D:lockscope><D:exclusive/></D:lockscope>${write}<D:owner>${'x'.repeat(5000)}</D:owner>`;
  assert.throws(
    () => parseLockInfo(info(long)),
    (error) => isAppError(error, 'too_large'),
  );
});

test('takes the first time it understands, within a day', () => {
  assert.equal(parseTimeout('Second-60'), 60_000);
  assert.equal(parseTimeout('Infinite, Second-4100000000'), 86_400_000);
  assert.equal(parseTimeout('Extend, Second-4100000000'), 86_400_000);
  assert.equal(parseTimeout('Second-0'), 1000);
  for (const none of [undefined, '', 'soon', 'Second--1']) assert.equal(parseTimeout(none), 3_600_000);
});

test('shows a lock as RFC 4918 wants it', () => {
  const lock = {
    token: 'urn:uuid:1',
    nodeId: 'n',
    scope: 'exclusive',
    depth: 'infinity',
    owner: '<D:owner xmlns:D="DAV:">me</D:owner>',
    userId: null,
    expiresAt: 61_000,
  } as const;
  const xml = activeLocks([{ lock, rootHref: '/dav/c/' }], 1000);
  parseXml(Buffer.from(`<D:x xmlns:D="DAV:">${xml}</D:x>`));
  assert.match(
    xml,
    /<D:timeout>Second-60<\/D:timeout><D:locktoken><D:href>urn:uuid:1<\/D:href><\/D:locktoken><D:lockroot><D:href>\/dav\/c\/</,
  );
});
