import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { test } from 'node:test';
import { errorCodes } from '@volvox/api';
import { AppError } from '../../kernel/errors.ts';
import { describeError } from './errors.ts';
import { allow, methods } from './methods.ts';

const reading = new Set(['GET', 'HEAD', 'PROPFIND']);

test('every method that changes something needs files:write, every other one files:read', () => {
  for (const [name, { scope }] of methods)
    assert.equal(scope, reading.has(name) ? 'files:read' : 'files:write', name);
});

test('offers all of class 1 and 2, and only what Node can parse', () => {
  for (const name of [
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'MKCOL',
    'COPY',
    'MOVE',
    'PROPFIND',
    'PROPPATCH',
    'LOCK',
    'UNLOCK',
  ])
    assert.ok(methods.has(name), name);
  for (const name of allow.split(', ')) assert.ok(METHODS.includes(name), name);
});

test('every error code has a status, and shows itself by name', () => {
  for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
    const answer = describeError(new AppError(code, 'why <b>'), 'PUT', 'r1', '/dav/x');
    assert.ok(answer.status >= 400 && answer.status < 600, code);
    assert.ok(answer.body.includes(`<V:code>${code}</V:code>`));
  }
});

test('nothing internal leaves', () => {
  const thrown = [
    new Error('at /srv/secret.ts'),
    new AppError('internal', 'secret'),
    new AppError('corrupt', 'blob secret'),
    'secret',
    new TypeError('secret'),
  ];
  for (const error of thrown) {
    const answer = describeError(error, 'GET', 'r1', '/dav/x');
    assert.equal(answer.status, 500);
    assert.ok(!answer.body.includes('secret') && answer.body.includes('r1'));
  }
});

test('names the preconditions that the RFCs name', () => {
  assert.match(
    describeError(new AppError('locked', ''), 'PUT', '', '/dav/a%26').body,
    /<D:lock-token-submitted><D:href>\/dav\/a%26</,
  );
  assert.match(describeError(new AppError('locked', ''), 'LOCK', '', '/x').body, /<D:no-conflicting-lock>/);
  assert.match(
    describeError(new AppError('quota_exceeded', ''), 'PUT', '', '/x').body,
    /<D:quota-not-exceeded\/>/,
  );
  assert.equal(
    describeError(new AppError('too_many_requests', '', { details: { retryAfter: 7.2 } }), 'GET', '', '/x')
      .headers['Retry-After'],
    '8',
  );
  assert.match(
    describeError(new AppError('unauthenticated', ''), 'GET', '', '/x').headers['WWW-Authenticate'] ?? '',
    /^Basic realm="Volvox"/,
  );
});
