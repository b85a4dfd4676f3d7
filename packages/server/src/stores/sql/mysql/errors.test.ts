import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../kernel/errors.ts';
import { classify, isDoneBefore } from './errors.ts';

function vendor(errno: number, message = 'x'): Error {
  return Object.assign(new Error(message), { errno, code: `ER_${errno}` });
}

const cases: readonly (readonly [string, Error, string, string])[] = [
  ['a deadlock', vendor(1213), 'retry', 'unavailable'],
  ['a lock wait', vendor(1205), 'retry', 'unavailable'],
  ['a row that changed since the snapshot', vendor(1020), 'retry', 'unavailable'],
  ['a unique clash', vendor(1062), 'final', 'conflict'],
  ['a missing parent', vendor(1452), 'final', 'conflict'],
  ['a parent still needed', vendor(1451), 'final', 'conflict'],
  ['a full table', vendor(1114), 'final', 'storage_full'],
  [
    'a full disk',
    vendor(1030, 'Got error 28 "No space left on device" from storage engine'),
    'final',
    'storage_full',
  ],
  ['a wrong password', vendor(1045), 'final', 'unavailable'],
  ['a text that is too long', vendor(1406), 'final', 'invalid_input'],
  ['a text that no column of ASCII can be', vendor(1267), 'final', 'invalid_input'],
  ['a server that is a replica by now', vendor(1290), 'stale', 'unavailable'],
  ['a server that prepares no more', vendor(1461), 'stale', 'unavailable'],
  ['a server that goes down', vendor(1053), 'lost', 'unavailable'],
  [
    'a line that was cut',
    Object.assign(new Error('x'), { code: 'ECONNRESET', errno: -104 }),
    'lost',
    'unavailable',
  ],
  ['a closed connection', Object.assign(new Error('x'), { fatal: true }), 'lost', 'unavailable'],
  ['a fault of the program', new TypeError('x'), 'final', 'internal'],
  ['a wrong statement', vendor(1064), 'final', 'internal'],
];

for (const [name, error, kind, code] of cases)
  test(`${name} means ${kind} and ${code}`, () => {
    const fault = classify(error, 'mysql://host/db');
    assert.deepEqual([fault.kind, fault.error.code], [kind, code]);
    assert.equal(fault.error.cause, error);
  });

test('passes on what is clear already', () => {
  const error = new AppError('too_large', 'x');
  assert.equal(classify(error, '').error, error);
});

test('knows what was done before', () => {
  assert.ok(isDoneBefore(vendor(1050)) && isDoneBefore(vendor(1061)) && !isDoneBefore(vendor(1064)));
});
