import { expect, it } from 'vitest';
import { nameFault, stemLength } from './names.ts';

it('refuses what the server refuses, in bytes', () => {
  expect(nameFault('..')).toBe('dots');
  expect(nameFault('a/b')).toBe('slash');
  expect(nameFault('a\u0007')).toBe('control');
  expect(nameFault('ü'.repeat(128))).toBe('tooLong');
  expect(nameFault('ü'.repeat(127))).toBeNull();
});

it('marks the stem, not the extension; a dot file has no extension', () => {
  expect(stemLength('archive.tar.gz')).toBe(11);
  expect(stemLength('.env')).toBe(4);
});
