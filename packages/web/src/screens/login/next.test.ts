import { expect, it } from 'vitest';
import { isServersOwn, safeNext } from './next.ts';

const elsewhere = [
  null,
  '',
  'files',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  'https://evil.example',
  'https:evil.example',
  'http:/evil.example',
  'javascript:alert(1)',
  'data:text/html,hi',
  'blob:https://evil.example/1',
  '//user@evil.example',
  '//evil.example:443/path',
  '/./..//evil.example',
  '/..//evil.example',
  '/files/..//evil.example',
  '/\u0000/evil.example',
  '/%0d%0a/../..//evil.example',
];

it('leads nowhere but to this site', () => {
  for (const wanted of elsewhere) expect(safeNext(wanted), String(wanted)).toBe('/');
});

it('never yields what a browser takes for another host', () => {
  const pieces = ['/', '//', '\\', '.', '..', '@', ':', '%2f', '%5c', 'evil.example', 'a', '?', '#', '\t'];
  for (const one of pieces)
    for (const two of pieces)
      for (const three of pieces)
        for (const four of pieces) {
          const next = safeNext(`/${one}${two}${three}${four}`);
          expect(new URL(next, 'https://files.example').host).toBe('files.example');
        }
});

it('keeps path, query and fragment of an own page', () => {
  for (const own of ['/', '/files/1?sort=name#row', '/oidc/interaction/abc', '/search?q=https://x.example'])
    expect(safeNext(own)).toBe(own);
});

it('knows the pages that are not of this application', () => {
  expect(isServersOwn('/oidc/auth?x=1')).toBe(true);
  expect(isServersOwn('/files/1')).toBe(false);
});
