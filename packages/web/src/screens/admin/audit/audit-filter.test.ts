import { expect, it } from 'vitest';
import { exportAddress, queryOf, searchOf, viewOf } from './audit-filter.ts';

const nothing = viewOf(new URLSearchParams());

it('asks for nothing in particular by default', () => {
  expect(queryOf(nothing)).toEqual({});
  expect(exportAddress(nothing, 'jsonl')).toBe('/api/v1/admin/audit/export?format=jsonl');
});

it('keeps a view in the address and finds it there again', () => {
  const view = { ...nothing, q: 'a&b=c', area: 'auth', from: '2026-11-01' };
  expect(viewOf(searchOf(view))).toEqual(view);
});

it('takes whole local days, the last one included', () => {
  const day = { ...nothing, from: '2026-11-22', to: '2026-11-22' };
  expect(queryOf(day)).toEqual({
    from: new Date(2026, 10, 22).getTime(),
    to: new Date(2026, 10, 23).getTime(),
  });
  expect(queryOf({ ...nothing, from: 'nonsense' })).toEqual({});
});

it('exports what is shown', () => {
  expect(exportAddress({ ...nothing, area: 'link', q: ' x ' }, 'csv')).toBe(
    '/api/v1/admin/audit/export?format=csv&q=x&kind=link.*',
  );
});
