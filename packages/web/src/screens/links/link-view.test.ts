import { expect, test } from 'vitest';
import { searchOf, viewOf } from './link-view.ts';

const owner = '0199a5f2-7c3e-7d61-9d55-0f8f3a1b2c3d';

test('a view stands in the address and comes back from it', () => {
  const view = { q: 'spring & fall', state: 'expired', kind: 'request', owner } as const;
  expect(viewOf(new URLSearchParams(searchOf(view).toString()))).toEqual(view);
  expect(searchOf({ q: '', state: '', kind: '', owner: '' }).toString()).toBe('');
});

test('what nobody can ask for is left out', () => {
  expect(viewOf(new URLSearchParams('state=gone&kind=none&owner=anna&page=2'))).toEqual({
    q: '',
    state: '',
    kind: '',
    owner: '',
  });
});
