import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { ApiError } from '@volvox/client';
import { completionScript } from './commands/completion.ts';
import { didYouMean } from './did-you-mean.ts';
import { exitCodeOf, exitCodes, isWithoutData, UsageError } from './exit.ts';
import { harmless, table } from './output.ts';
import { buildProgram } from './program.ts';
import { parseQuota } from './quota.ts';
import { storedLogin, storeLogin } from './stored-logins.ts';

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

test('every command says what it does, and none takes a secret as a flag', () => {
  for (const command of leaves(buildProgram())) {
    assert.notEqual(command.description(), '', command.name());
    for (const option of command.options) {
      assert.notEqual(option.description, '', option.flags);
      assert.ok(option.isBoolean() || !/password|secret|token/i.test(option.long ?? ''), option.flags);
    }
  }
});

/** What bash offers after these words; the last may be begun. */
function bashOffers(...words: string[]): string[] {
  const script = `${completionScript('bash', buildProgram())}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _volvox; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', 'volvox', ...words], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.trim().split('\n');
}

test('bash completes commands, sub-commands and flags, whatever flags come before', () => {
  assert.ok(bashOffers('').includes('config'));
  assert.deepEqual(bashOffers('conf'), ['config']);
  assert.deepEqual(bashOffers('config', 'va'), ['validate']);
  assert.deepEqual(bashOffers('--server', 'http://x', '--json', 'user', 'dis'), ['disable']);
  assert.deepEqual(bashOffers('token', 'add', 'my label', '--us'), ['--user']);
  assert.deepEqual(bashOffers('team', 'add'), ['add-member']);
  assert.deepEqual(bashOffers('check', '--re'), ['--repair', '--registry']);
});

test('zsh takes its script', (context) => {
  if (spawnSync('zsh', ['--version']).status !== 0) return context.skip('zsh is not installed');
  const input = completionScript('zsh', buildProgram());
  const { stderr, status } = spawnSync('zsh', ['-n'], { input, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
});

test('fish completes commands and flags', (context) => {
  if (spawnSync('fish', ['--version']).status !== 0) return context.skip('fish is not installed');
  const offers = (line: string): string[] => {
    const script = `${completionScript('fish', buildProgram())}complete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout
      .trim()
      .split('\n')
      .map((offered) => offered.split('\t')[0] ?? '');
  };
  assert.deepEqual(offers('volvox conf'), ['config']);
  assert.deepEqual(offers('volvox --json config va'), ['validate']);
  assert.deepEqual(offers('volvox check --rep'), ['--repair']);
});

test('suggests the word that was meant, and nothing where none is near', () => {
  assert.equal(
    didYouMean('trash.keepDay', ['trash.keepDays', 'logs.keepDays']),
    ' (did you mean trash.keepDays?)',
  );
  assert.equal(didYouMean('qqqqqq', ['trash.keepDays']), '');
});

test('reads quotas with and without a unit', () => {
  const cases = [
    ['0', 0],
    ['500', 500],
    ['20GiB', 20 * 2 ** 30],
    ['1.5 TB', 1.5e12],
    ['10m', 1e7],
    ['none', null],
  ] as const;
  for (const [text, bytes] of cases) assert.equal(parseQuota(text), bytes, text);
  for (const text of ['', '-1', 'x', '1.2.3', '5 GB!', '1e9', '99999999TiB'])
    assert.throws(() => parseQuota(text), /bytes/, text);
});

test('the exit code tells wrong usage, what is unreachable and what failed apart', () => {
  const api = (code: ConstructorParameters<typeof ApiError>[0], status: number) =>
    new ApiError(code, 'x', { status });
  assert.equal(exitCodeOf(new UsageError('x')), exitCodes.usage);
  assert.equal(exitCodeOf(api('invalid_input', 400)), exitCodes.usage);
  assert.equal(exitCodeOf(api('unavailable', 0)), exitCodes.unreachable);
  assert.equal(exitCodeOf(api('conflict', 409)), exitCodes.failed);
  assert.equal(exitCodeOf(new Error('x')), exitCodes.failed);
  assert.ok(!isWithoutData(api('not_found', 404)));
});

test('aligns columns and shows what is missing', () => {
  const text = table([
    { name: 'a', value: null },
    { name: 'longer', value: 5 },
  ]);
  assert.equal(text, 'NAME    VALUE\na       -\nlonger  5');
  assert.equal(table([], 'no users'), 'no users');
});

test('no name that somebody chose moves the cursor, sets a title or adds a line', () => {
  const name = '\u001b]0;x\u0007\u001b[2Ka\rb\u009b1mc\u202ed\u007f';
  const rows = [
    { name, note: 'one\nroot  admin' },
    { name: 'plain', note: 'é 日本' },
  ];
  const lines = table(rows).split('\n');
  assert.equal(lines.length, 3);
  assert.doesNotMatch(lines.join(''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  assert.match(
    lines[1] ?? '',
    /^\\u001b\]0;x\\u0007\\u001b\[2Ka\\u000db\\u009b1mc\\u202ed\\u007f +one root {2}admin$/,
  );
  assert.match(lines[2] ?? '', /^plain +é 日本$/);
  const json = JSON.stringify({ name }, null, 2);
  assert.deepEqual(JSON.parse(harmless(json)), { name });
  assert.equal(harmless('one\n\ttwo'), 'one\n\ttwo');
});

test('logins are kept in a file that only their owner reads, also where one lay in the way', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'volvox-logins-'));
  try {
    const file = path.join(folder, 'volvox', 'logins.json');
    mkdirSync(path.dirname(file));
    writeFileSync(`${file}.${process.pid}`, '', { mode: 0o666 });
    const login = { accessToken: 'a', refreshToken: 'r', expiresAt: 1, login: 'ann' };
    storeLogin('https://files.example', login, file);
    assert.equal(statSync(file).mode & 0o077, 0);
    assert.deepEqual(storedLogin('https://files.example/x', file), login);
    assert.equal(storedLogin('http://files.example', file), null);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
