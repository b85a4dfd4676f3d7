import { expect, it } from 'vitest';
import { formatDate, formatDuration, formatSize } from './format.ts';

it('shows three significant figures and never "1000 kB"', () => {
  expect(formatSize(0)).toMatch(/^0\D/);
  expect(formatSize(999)).toMatch(/^999\D/);
  expect(formatSize(999_600)).toMatch(/^1\D*MB/);
  expect(formatSize(1234)).toMatch(/^1[.,]23\D/);
  expect(formatSize(12_345_678)).toMatch(/^12[.,]3\D*MB/);
  expect(formatSize(123_456_789)).toMatch(/^123\D*MB/);
  expect(formatSize(5e18)).toMatch(/^5.000|5000/);
});

it('tells the time today, the day this year, else the year too', () => {
  const now = new Date(2026, 5, 15, 12).getTime();
  expect(formatDate(new Date(2026, 5, 15, 9, 5).getTime(), now)).toMatch(/9.05/);
  expect(formatDate(new Date(2026, 0, 2).getTime(), now)).not.toMatch(/2026/);
  expect(formatDate(new Date(2025, 0, 2).getTime(), now)).toMatch(/2025/);
});

it('rounds the time left to one unit', () => {
  expect(formatDuration(0.2)).toMatch(/^1\D/);
  expect(formatDuration(150)).toMatch(/^3 ?min/);
});
