import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { code } from '../contract.suite.ts';
import { layoutOf, type Location, locationOf } from './location.ts';

function locate(text: string): Location {
  return locationOf(parseStoreUrl(text));
}

suite('s3 location', () => {
  test('reads bucket, prefix and server out of the URL', () => {
    const found = locate('s3://files.example/a/b/?endpoint=http://host:9000&region=eu-1');
    assert.equal(found.bucket, 'files.example');
    assert.equal(found.layout.prefix, 'a/b/');
    assert.equal(found.endpoint?.href, 'http://host:9000/');
    assert.equal(found.region, 'eu-1');
    assert.equal(found.pathStyle, true);
    assert.equal(found.tls, null);
    assert.equal(found.credentials, null);
  });

  test('takes Amazon’s server, with TLS and a host name per bucket, where none is given', () => {
    const found = locate('s3://files');
    assert.equal(found.endpoint, null);
    assert.equal(found.pathStyle, false);
    assert.equal(found.tls?.rejectUnauthorized, true);
    assert.equal(found.layout.prefix, '');
  });

  test('takes credentials from the URL, both or neither', () => {
    assert.deepEqual(locate('s3://id:a%2Fb@files/p').credentials, {
      accessKeyId: 'id',
      secretAccessKey: 'a/b',
    });
    assert.throws(() => locate('s3://id@files/p'), code('invalid_input'));
  });

  test('refuses what cannot be meant', () => {
    for (const bad of [
      's3:files',
      's3:///p',
      's3://files:9000/p',
      's3://one,two/p',
      's3://files/a//b',
      's3://files/../b',
      's3://files/p?endpoint=host:9000',
      's3://files/p?endpoint=http://user:word@host',
      's3://files/p?pathStyle=yes',
      's3://files/p?endpoint=http://host&tls=true',
      's3://files/p?endpoint=https://host&tls=false',
      's3://files/p?endpoint=http://host&tlsInsecure=true',
    ])
      assert.throws(() => locate(bad), code('invalid_input'), bad);
  });

  test('knows its own objects, and nobody else’s', () => {
    const layout = layoutOf('a/b');
    const key = '0198c0de-1234-7abc-8def-0123456789ab';
    assert.equal(layout.objectOf(key), `a/b/ab/${key}`);
    assert.equal(layout.keyOf(layout.objectOf(key)), key);
    for (const other of [
      layout.marker,
      `a/b/cd/${key}`,
      `a/b/${key}`,
      `a/bx/ab/${key}`,
      `x/a/b/ab/${key}`,
      `a/b/ab/${key}/more`,
      `a/b/ab/${key.toUpperCase()}`,
      'a/b/ab/ab',
    ])
      assert.equal(layout.keyOf(other), null, other);
  });
});
