import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { contentHeaders, contentTypeOf, dispositionOf, mimeOf } from './content-headers.ts';

test('knows types by the last extension only', () => {
  assert.equal(mimeOf('a.JPG'), 'image/jpeg');
  assert.equal(mimeOf('page.html.txt'), 'text/plain');
  assert.equal(contentTypeOf('a.txt'), 'text/plain; charset=utf-8');
  for (const name of ['txt', 'noext', '.', 'a.', 'a.nosuchextension', 'a.__proto__', 'x.constructor'])
    assert.equal(mimeOf(name), 'application/octet-stream', name);
});

test('never lets a browser run what was uploaded', () => {
  for (const name of [
    'a.html',
    'a.HTM',
    'a.xhtml',
    'a.svg',
    'a.xml',
    'a.js',
    'a.mjs',
    'a.mht',
    'a.xsl',
    'a.swf',
  ]) {
    const headers = contentHeaders(name, 'inline');
    if (headers['Content-Type'] === 'application/octet-stream') continue; // downloaded under nosniff
    assert.match(headers['Content-Security-Policy'] ?? '', /^sandbox;/, name);
    assert.match(headers['Content-Disposition'] ?? '', /^attachment;/, name);
  }
  for (const name of ['a.png', 'a.pdf', 'a.txt', 'a.mp4', 'a']) {
    const headers = contentHeaders(name, 'auto');
    assert.equal(headers['Content-Security-Policy'], undefined, name);
    assert.equal(headers['Content-Disposition'], undefined, name);
    assert.equal(headers['X-Content-Type-Options'], 'nosniff');
    assert.match(contentHeaders(name, 'inline')['Content-Disposition'] ?? '', /^inline;/);
  }
});

test('writes names in both forms', () => {
  assert.equal(dispositionOf('attachment', 'a b.txt'), 'attachment; filename="a b.txt"');
  assert.equal(
    dispositionOf('inline', 'é"x.txt'),
    `inline; filename="__x.txt"; filename*=UTF-8''%C3%A9%22x.txt`,
  );
  assert.equal(
    dispositionOf('attachment', "50%'(1)*"),
    `attachment; filename="50_'(1)*"; filename*=UTF-8''50%25%27%281%29%2A`,
  );
});

test('no name breaks out of its header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const value = dispositionOf('attachment', name);
      validateHeaderValue('Content-Disposition', value);
      assert.match(value, /^attachment; filename="[^"\\\r\n]*"(; filename\*=UTF-8''[A-Za-z0-9%._~!-]*)?$/);
    }),
  );
});
