import { expect, it } from 'vitest';
import { layOut } from './lay-out.ts';

const rows = (ids: string) => [...ids].map((id) => ({ id }));
const told = (head: string, tail: string, total: number) =>
  layOut(rows(head), rows(tail), total)
    .map((row) => row?.id ?? '.')
    .join('');

it('keeps the place of rows that are not loaded', () => {
  expect(told('abc', '', 6)).toBe('abc...');
  expect(told('abc', 'gf', 7)).toBe('abc..fg');
});

it('joins where both ends meet, and shows no row twice', () => {
  expect(told('abcd', 'gfedc', 7)).toBe('abcdefg');
  expect(told('abc', 'cba', 3)).toBe('abc');
});
