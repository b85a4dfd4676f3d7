import { expect, it } from 'vitest';
import { previewKind } from './kinds.ts';
import { probeText } from './text-probe.ts';

const of = (name: string, mime: string | null = null) => previewKind({ kind: 'file', name, mime });

it('never shows HTML or scripts as pages', () => {
  expect(of('evil.html', 'text/html')).toBe('text');
  expect(of('page', 'application/xhtml+xml')).toBe('text');
  expect(of('evil.svg', 'image/svg+xml')).toBe('image');
});

it('draws only what browsers draw', () => {
  expect(of('photo.HEIC', 'image/heic')).toBe('none');
  expect(of('photo.JPG')).toBe('image');
  expect(of('x.csv')).toBe('table');
  expect(of('x.zip')).toBe('none');
});

it('tells text from bytes, even if the cut splits a character', () => {
  const bytes = new TextEncoder().encode('grün');
  expect(probeText(bytes.subarray(0, 3), 5)).toEqual({ binary: false, text: 'gr', cut: true });
  expect(probeText(new Uint8Array([65, 0, 66]), 3)).toEqual({ binary: true });
  expect(probeText(new Uint8Array(64).fill(7), 64)).toEqual({ binary: true });
  expect(probeText(new Uint8Array(64).fill(0xff), 64)).toEqual({ binary: true });
});
