import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from './errors.ts';
import { parseStoreUrl } from './store-url.ts';

/** What a person gets to see of it, whether it can be read or not. */
function shown(text: string): string {
  try {
    return parseStoreUrl(text).toString();
  } catch (error) {
    return (error as Error).message;
  }
}

test('no URL, however wrong, shows its password', () => {
  for (const text of [
    'mysql://u:CANARY@h:1/db',
    'mysql://u:CA/NARY@h/db',
    'mysql://u:1/CANARY@h/db',
    'mysql://u:1?CANARY@h/db',
    'mysql://u:CAN@RY/CANARY@h/db',
    'mysql://u:CANARY#x@h/db',
    'mysql://u:CANARY/db',
    'mysql://u:CANARY%zz@h/db',
    'mysql://u:CANARY@h:99999/db',
    'MYSQL://u:CANARY@h/db',
    '"mysql://u:CANARY@h/db"',
    ' mysql://u:CANARY@h/db',
    'mysql:u:CANARY@h/db',
    'u:CANARY@h/db',
    '//u:CANARY@h/db',
    'redis://:CANARY@h',
    'nats://CANARY@h',
    's3://id:CA/NARY+x@bucket?endpoint=http://h:1',
    'redis://h?sentinelPassword=CANARY',
    'mysql://h/db?pass=CANARY',
    'mysql://h/db?ssl=1&pwd=CANARY',
  ])
    assert.doesNotMatch(shown(text), /CANARY|NARY|RY\//, text);
});

test('a password that was not escaped is told as such, not taken for host, port, path or parameter', () => {
  for (const scheme of ['etcd', 'vault', 'mongodb', 'mysql', 'postgres', 'redis', 'nats', 's3'])
    for (const rest of [
      '//u:12/34CANARY@host/d',
      '//u:12?CANARY@host/d',
      '//u:12/34CANARY@host?x=y',
      '/u:CANARY@host/d',
      'u:CANARY@host/d',
    ])
      assert.throws(
        () => parseStoreUrl(`${scheme}:${rest}`),
        (error) =>
          isAppError(error, 'invalid_input') &&
          error.message.includes('%40') &&
          !error.message.includes('CANARY'),
        `${scheme}:${rest}`,
      );
  for (const text of ['s3://id:secret@bucket/a@b', 's3://bucket/a@b', 'mysql://u:a%2Fb%40c@h/d'])
    assert.ok(parseStoreUrl(text).path.length > 0, text);
});

test('the rest of a URL is shown as it is', () => {
  assert.equal(shown('mysql://u:p@h1:1,h2:2/db?tls=true'), 'mysql://u:***@h1:1,h2:2/db?tls=true');
  for (const text of [
    'mysql://root@h/db',
    'file:./data/me@work:1/blobs',
    'sqlite:/home/a:b@c/volvox.db',
    'etcd://h1:2379,[::1]:2379/volvox?tls=true',
    's3://bucket/a@b?endpoint=http://h:1&region=x',
    'memory:?max=64MB',
  ])
    assert.equal(shown(text), text);
});
