import { afterAll, beforeAll, expect, it } from 'vitest';
import { tomorrow } from './share-queries.ts';

const zone = process.env['TZ'];
beforeAll(() => void (process.env['TZ'] = 'Pacific/Auckland'));
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it('takes the next day of who reads: not that of Greenwich, and not 24 hours later', () => {
  expect(tomorrow(new Date(2026, 2, 10, 8).getTime())).toBe('2026-03-11');
  // Clocks go back on that day, which has 25 hours.
  expect(tomorrow(new Date(2026, 3, 5, 0, 30).getTime())).toBe('2026-04-06');
});
