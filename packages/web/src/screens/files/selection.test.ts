import { describe, expect, it } from 'vitest';
import {
  clear,
  countChosen,
  extend,
  findByPrefix,
  invert,
  isChosen,
  noSelection,
  pick,
  prune,
  selectAll,
  step,
  toggle,
} from './selection.ts';

const order = ['a', 'b', 'c', 'd', 'e'];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join('');

describe('selection', () => {
  it('ctrl-click adds and takes away; the next range starts there', () => {
    const both = toggle(toggle(pick('a'), 'd'), 'a');
    expect(ids(both)).toBe('d');
    expect(ids(extend(both, 'c', order))).toBe('abc');
  });

  it('shift-click replaces the range from the anchor, in both directions', () => {
    const down = extend(pick('c'), 'e', order);
    expect(ids(down)).toBe('cde');
    expect(ids(extend(down, 'a', order))).toBe('abc');
  });

  it('a range whose anchor is gone is a plain click', () => {
    expect(ids(extend(pick('x'), 'c', order))).toBe('c');
  });

  it('arrows stop at the ends, start from either side, and shift grows the range back and forth', () => {
    expect(ids(step(noSelection, order, 1, false))).toBe('a');
    expect(ids(step(noSelection, order, -1, false))).toBe('e');
    expect(ids(step(pick('e'), order, 1, false))).toBe('e');
    const grown = step(step(pick('b'), order, 1, true), order, 1, true);
    expect(ids(grown)).toBe('bcd');
    expect(ids(step(grown, order, -1, true))).toBe('bc');
  });

  it('escape clears but the arrows go on from where they were', () => {
    expect(ids(step(clear(pick('c')), order, 1, false))).toBe('d');
  });

  it('all and inverted', () => {
    expect(ids(selectAll(noSelection, order))).toBe('abcde');
    expect(ids(invert(pick('c'), order))).toBe('abde');
  });

  it('drops rows that went away and stays the same object otherwise', () => {
    const two = extend(pick('b'), 'c', order);
    expect(prune(two, order)).toBe(two);
    expect(ids(prune(two, ['a', 'c']))).toBe('c');
  });

  it('after a deletion the cursor stands on what moved up, or at the new end', () => {
    expect(prune(pick('c'), ['a', 'b', 'd', 'e'], order).cursor).toBe('d');
    expect(prune(pick('e'), ['a', 'b', 'c', 'd'], order).cursor).toBe('d');
    expect(prune(pick('c'), [], order).cursor).toBeNull();
  });
});

describe('a folder that is not loaded whole', () => {
  const sparse = ['a', 'b', '', '', 'e'];
  it('all is all but what is taken out, also if that is out of sight', () => {
    const but = toggle(selectAll(noSelection, sparse), 'b');
    expect([isChosen(but, 'a'), isChosen(but, 'b'), isChosen(but, 'unseen')]).toEqual([true, false, true]);
    expect(countChosen(but, 5)).toBe(4);
    expect(isChosen(prune(but, ['a', 'e']), 'b')).toBe(false);
    expect(countChosen(invert(but, sparse), 5)).toBe(1);
  });
  it('arrows wait at the edge of what is loaded', () => {
    expect(step(pick('b'), sparse, 1, false).cursor).toBe('b');
  });
});

describe('type-ahead', () => {
  const names = ['Älpha', 'beta', 'Berlin', 'gamma', 'ärger'];
  it('folds case and accents and goes round the end', () => {
    expect(findByPrefix(names, 0, 'ar')).toBe(4);
    expect(findByPrefix(names, 3, 'alp')).toBe(0);
  });
  it('the same letter again walks on; more letters stay if they fit', () => {
    expect(findByPrefix(names, 1, 'b')).toBe(2);
    expect(findByPrefix(names, 2, 'bb')).toBe(1);
    expect(findByPrefix(names, 2, 'be')).toBe(2);
    expect(findByPrefix(names, 0, 'zz')).toBe(-1);
  });
});
