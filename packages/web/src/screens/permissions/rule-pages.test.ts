import { expect, test } from 'vitest';
import { mergedRules } from './rule-pages.ts';

const rule = (id: string) => ({ id }) as never;
const place = (nodeId: string, rules: readonly string[], grants: readonly string[]) => ({
  nodeId,
  nodeName: nodeId,
  rules: rules.map(rule),
  grants: grants.map(rule),
});
const page = (items: readonly string[], inherited: readonly ReturnType<typeof place>[]) => ({
  settable: true,
  items: items.map(rule),
  grants: [],
  inherited: [...inherited],
  next: null,
});

test('a folder whose rules go on with the next page is shown once, in the order in which they came', () => {
  const merged = mergedRules([
    page(['a', 'b'], []),
    page(['c'], [place('near', ['d'], [])]),
    page([], [place('near', ['e'], ['f']), place('far', [], ['g'])]),
  ]);
  expect(merged?.items).toEqual(['a', 'b', 'c'].map(rule));
  expect(merged?.inherited).toEqual([place('near', ['d', 'e'], ['f']), place('far', [], ['g'])]);
});

test('before the first page there is nothing to show', () => {
  expect(mergedRules(undefined)).toBeNull();
});
