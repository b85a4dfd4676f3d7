import { expect, it } from 'vitest';
import { parseSetting, settingText } from './setting-text.ts';

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
