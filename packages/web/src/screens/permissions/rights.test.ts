import { expect, test } from 'vitest';
import { draftOf, ruleOf } from './rights.ts';

test('a rule survives being edited without a change', () => {
  const rule = { allow: ['read', 'share'] as const, deny: ['manage'] as const };
  expect(draftOf(rule)).toEqual({ read: 'allow', write: 'none', share: 'allow', manage: 'deny' });
  expect(ruleOf(draftOf(rule))).toEqual(rule);
});

test('a rule that says nothing allows and denies nothing', () => {
  expect(ruleOf(draftOf({ allow: [], deny: [] }))).toEqual({ allow: [], deny: [] });
});
