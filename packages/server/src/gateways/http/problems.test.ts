import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes, type ErrorCode } from '@volvox/api';
import { AppError } from '../../kernel/errors.ts';
import { problemOf, statusOf } from './problems.ts';

test('every code has a status of its own class', () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[])
    assert.ok(statusOf[code] >= 400 && statusOf[code] < 600, code);
});

test('a fault of ours shows neither its text nor its details', () => {
  for (const thrown of [
    new Error('password=hunter2 at /srv/x'),
    new AppError('internal', 'hunter2', { details: { key: 'hunter2' } }),
    'hunter2',
    new AppError('corrupt', 'hunter2'),
  ]) {
    const problem = problemOf(thrown, 'r-1');
    assert.equal(problem.status, 500);
    assert.ok(!problem.body.includes('hunter2'));
    assert.equal(JSON.parse(problem.body).requestId, 'r-1');
  }
});

test('a problem has the members of RFC 9457 and says when to come again', () => {
  const problem = problemOf(
    new AppError('too_many_requests', 'wait', { details: { retryAfter: 2.2 } }),
    'r-2',
  );
  const body = JSON.parse(problem.body);
  assert.deepEqual(
    [body.type, body.status, body.code, body.detail],
    ['urn:volvox:error:too_many_requests', 429, 'too_many_requests', 'wait'],
  );
  assert.equal(problem.headers['Retry-After'], '3');
  assert.match(String(problem.headers['Content-Type']), /^application\/problem\+json/);
  assert.ok(problemOf(new AppError('unavailable', 'x'), 'r').headers['Retry-After']);
});
