import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, isConditional, rangeApplies } from './conditions.ts';
import { httpDate, parseHttpDate } from './dates.ts';

const at = Date.UTC(1994, 10, 6, 8, 49, 37);
const file = { etag: '"abc"', modifiedAt: at + 250 };
const same = 'Sun, 06 Nov 1994 08:49:37 GMT';
const before = 'Sun, 06 Nov 1994 08:49:36 GMT';

test('writes dates as RFC 9110 wants them, on both sides of midnight and of 1970', () => {
  for (const ms of [
    0,
    at,
    at + 999,
    Date.UTC(2026, 1, 28, 23, 59, 59),
    Date.UTC(2026, 2, 1),
    -1,
    -86_400_001,
  ]) {
    assert.equal(httpDate(ms), new Date(Math.floor(ms / 1000) * 1000).toUTCString());
  }
});

test('reads the three forms of dates and nothing else', () => {
  for (const form of [same, 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])
    assert.equal(parseHttpDate(form), at, form);
  for (const bad of [
    '',
    '0',
    '1994',
    '1994-11-06T08:49:37Z',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    `${same}x`,
    'Sun, 06 Foo 1994 08:49:37 GMT',
  ]) {
    assert.equal(parseHttpDate(bad), null, bad);
  }
});

test('If-Match compares strongly; a star wants something to be there', () => {
  assert.equal(evaluate('PUT', { 'if-match': '"x", "abc"' }, file), null);
  assert.equal(evaluate('PUT', { 'if-match': '*' }, file), null);
  assert.deepEqual(evaluate('PUT', { 'if-match': 'W/"abc"' }, file), { status: 412 });
  assert.deepEqual(evaluate('PUT', { 'if-match': '*' }, null), { status: 412 });
  assert.deepEqual(evaluate('GET', { 'if-match': '"x"' }, file), { status: 412 });
  assert.equal(evaluate('PUT', { 'if-match': 'abc' }, file), null);
});

test('If-None-Match compares weakly; 304 to reading, 412 to writing', () => {
  for (const header of ['"abc"', 'W/"abc"', '"x", W/"abc"', '*', 'abc']) {
    assert.deepEqual(evaluate('GET', { 'if-none-match': header }, file), { status: 304 }, header);
    assert.deepEqual(evaluate('PUT', { 'if-none-match': header }, file), { status: 412 }, header);
  }
  assert.equal(evaluate('GET', { 'if-none-match': '"a,bc", "ab"' }, file), null);
  assert.equal(evaluate('PUT', { 'if-none-match': '*' }, null), null);
});

test('dates count only where no tag was sent, in whole seconds', () => {
  assert.deepEqual(evaluate('GET', { 'if-modified-since': same }, file), { status: 304 });
  assert.equal(evaluate('GET', { 'if-modified-since': before }, file), null);
  assert.equal(evaluate('PUT', { 'if-modified-since': same }, file), null);
  assert.equal(evaluate('GET', { 'if-modified-since': same, 'if-none-match': '"x"' }, file), null);
  assert.deepEqual(evaluate('PUT', { 'if-unmodified-since': before }, file), { status: 412 });
  assert.equal(evaluate('PUT', { 'if-unmodified-since': same }, file), null);
  assert.equal(evaluate('PUT', { 'if-unmodified-since': before, 'if-match': '"abc"' }, file), null);
  assert.equal(evaluate('PUT', { 'if-unmodified-since': 'yesterday' }, file), null);
  assert.deepEqual(evaluate('GET', { 'if-match': '"x"', 'if-none-match': '"abc"' }, file), { status: 412 });
});

test('If-Range wants the strong tag or exactly the date', () => {
  assert.equal(rangeApplies(undefined, file), true);
  assert.equal(rangeApplies('"abc"', file), true);
  assert.equal(rangeApplies(same, file), true);
  for (const no of ['W/"abc"', '"x"', before, 'Mon, 07 Nov 1994 08:49:37 GMT', 'x'])
    assert.equal(rangeApplies(no, file), false, no);
});

test('knows a plain request', () => {
  assert.equal(isConditional({}), false);
  assert.equal(isConditional({ 'if-none-match': '*' }), true);
});
