import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { de, fr } from './descriptions.ts';

const reference = readFileSync(
  new URL('../../../../../../docs/reference/settings.md', import.meta.url),
  'utf8',
);
const keys = [...reference.matchAll(/^\| `([\w.]+)`/gm)].map((match) => match[1]).toSorted();

it('says in German and French what every setting means, and of none that is gone', () => {
  expect(keys.length).toBeGreaterThan(60);
  expect(Object.keys(de).toSorted()).toEqual(keys);
  expect(Object.keys(fr).toSorted()).toEqual(keys);
});
