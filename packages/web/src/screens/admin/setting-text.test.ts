import { expect, it } from 'vitest';
import { listOf, parseSetting, settingText, shownValue } from './setting-text.ts';

it('brings every kind of value back unchanged', () => {
  for (const [value, like] of [
    ['30', ''],
    [30, 1],
    [true, false],
    [{ a: [1] }, {}],
    [null, null],
  ] as const) {
    expect(parseSetting(settingText(value), like)).toEqual({ ok: true, value });
  }
});

it('refuses what is not of the kind of the default', () => {
  expect(parseSetting('soon', 1)).toEqual({ ok: false });
  expect(parseSetting('', 1)).toEqual({ ok: false });
  expect(parseSetting('text', null)).toEqual({ ok: true, value: 'text' });
});

it('brings a list back entry by entry, whatever signs are in them', () => {
  const names = ['Post, in', '"quoted"', 'Ablage'];
  expect(listOf(settingText(names))).toEqual(names);
  expect(listOf(settingText([]))).toEqual([]);
});

it('shows the beginning of what is long', () => {
  expect(shownValue('x'.repeat(300))).toHaveLength(300);
  expect(shownValue(`data:image/png;base64,${'A'.repeat(5000)}`)).toMatch(/^data:image.{50,70}…$/);
});
