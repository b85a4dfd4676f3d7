import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { addSettingFlags, settingsOf } from './flags.ts';

test('a secret in a flag is warned of, by the name of the variable, without repeating it', (t) => {
  const lines: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => lines.push(line) > 0);
  const given = (...flags: string[]) =>
    settingsOf(addSettingFlags(new Command()).parse(flags, { from: 'user' }));
  const { stores } = given('--sql', 'postgres://me:hidden-one@db/volvox', '--cache', 'memory:?max=8MB');
  t.mock.restoreAll();
  assert.equal(stores.sql.password, 'hidden-one');
  assert.equal(lines.length, 1, lines.join(''));
  assert.match(lines.join(''), /--sql holds a secret.*VOLVOX_SQL/);
  assert.doesNotMatch(lines.join(''), /hidden-one/);
});
