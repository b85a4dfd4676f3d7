import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthorization } from './credentials.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('reads Basic in UTF-8, split at the first colon', () => {
  assert.deepEqual(parseAuthorization(basic('ann:pä:ss')), { kind: 'basic', login: 'ann', secret: 'pä:ss' });
  assert.deepEqual(parseAuthorization(basic('ann:')), { kind: 'basic', login: 'ann', secret: '' });
});

test('reads Bearer', () => {
  assert.deepEqual(parseAuthorization('bearer vx_a.b-c~d+e/f='), {
    kind: 'bearer',
    secret: 'vx_a.b-c~d+e/f=',
  });
});

test('anything else is no credentials', () => {
  for (const header of [
    undefined,
    '',
    'Basic',
    'Basic ',
    basic('nocolon'),
    'Digest username="a"',
    'Bearer a b',
    'Basic a:b',
    'Bearer',
  ])
    assert.equal(parseAuthorization(header), null, header);
});
