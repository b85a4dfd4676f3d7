import { expect, it } from 'vitest';
import { parseCsv } from './csv.ts';

it('reads quotes, doubled quotes, separators and line breaks in cells', () => {
  expect(parseCsv('a,b\r\n"x, ""y""","1\n2"\r\n', 10)).toEqual([
    ['a', 'b'],
    ['x, "y"', '1\n2'],
  ]);
});

it('finds the separator, keeps empty cells and a last line without an end', () => {
  expect(parseCsv('\uFEFFa;b;c\n;;\n1;;3', 10)).toEqual([
    ['a', 'b', 'c'],
    ['', '', ''],
    ['1', '', '3'],
  ]);
  expect(parseCsv('a\tb,c\tx\n', 10)).toEqual([['a', 'b,c', 'x']]);
});

it('stops at the limit, and bears a quote that never closes', () => {
  expect(parseCsv('1\n2\n3\n', 2)).toEqual([['1'], ['2']]);
  expect(parseCsv('a,"open', 10)).toEqual([['a', 'open']]);
  expect(parseCsv('"a" stray,b', 10)).toEqual([['a', 'b']]);
});
