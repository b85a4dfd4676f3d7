import { expect, it } from 'vitest';
import { passwordStrength } from './strength.ts';

it('ranks length over ornament, and sees through repetition and runs', () => {
  expect(passwordStrength('')).toBe(0);
  expect(passwordStrength('P4$s')).toBe(1);
  expect(passwordStrength('aaaaaaaaaaaaaaaa')).toBe(1);
  expect(passwordStrength('abcdefghijklmnop')).toBe(1);
  expect(passwordStrength('correct horse battery staple')).toBe(4);
  expect(passwordStrength('tablelamp')).toBeLessThan(passwordStrength('tablelamp-Garden7'));
});
