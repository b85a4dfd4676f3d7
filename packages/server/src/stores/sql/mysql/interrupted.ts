import type { Migration } from '../contract.ts';

/** A migration of three statements; `between` is called when the second one is asked for. */
export function migrationsOf(between: () => void): readonly Migration[] {
  const statements = ['one', 'two', 'three'].map((name) => `create table ${name} (n int)`);
  Object.defineProperty(statements, 1, {
    get() {
      between();
      return 'create table two (n int)';
    },
  });
  return [{ name: '20260101-steps', up: { sqlite: [], postgres: [], mysql: statements } }];
}
