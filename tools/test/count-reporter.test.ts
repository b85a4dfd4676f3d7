import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const reporter = fileURLToPath(new URL('count-reporter.mjs', import.meta.url));
const head = "import { describe, test } from 'node:test';\n";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

/** What the reporter says of these files, each a process of its own. */
function report(files: Readonly<Record<string, string>>): { readonly counts: Counts; readonly text: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'volvox-reporter-'));
  try {
    for (const [name, source] of Object.entries(files)) writeFileSync(path.join(folder, name), source);
    const { NODE_TEST_CONTEXT: _own, ...env } = process.env;
    const args = ['--test', '--test-reporter', reporter, '--test-reporter-destination', 'stdout'];
    const { stdout } = spawnSync(process.execPath, [...args, ...Object.keys(files)], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    const line = /^#counts (.*)$/m.exec(stdout)?.[1];
    assert.ok(line !== undefined, stdout);
    return { counts: JSON.parse(line) as Counts, text: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('counts tests, not the suites and files they lie in', () => {
  const { counts } = report({
    'a.test.mjs': `${head}test('one', () => {}); describe('s', () => { test('two', () => {}); test('not', { skip: 'why' }, () => {}); });`,
    'b.test.mjs': `${head}test('outer', async (t) => { await t.test('inner', () => {}); });`,
  });
  assert.deepEqual(counts, { passed: 4, failed: 0, skipped: ['not: why'] });
});

test('says which test failed, and counts it once', () => {
  const { counts, text } = report({
    'a.test.mjs': `${head}test('one', () => {}); test('wrong', () => { throw new Error('for this reason'); });`,
  });
  assert.deepEqual(counts, { passed: 1, failed: 1, skipped: [] });
  assert.match(text, /FAIL \S+a\.test\.mjs wrong\n.*for this reason/);
});

test('a file that ends before its tests do is a failure, whatever its exit code', () => {
  for (const [code, passed] of [
    ['process.exit(0)', 1],
    ['process.exit(3)', 1],
    ["process.kill(process.pid, 'SIGKILL')", 1],
  ] as const) {
    const { counts, text } = report({
      'cut.test.mjs': `${head}test('one', () => {}); test('two', () => { ${code}; }); test('three', () => {});`,
      'whole.test.mjs': `${head}test('one', () => {});`,
    });
    assert.deepEqual(counts, { passed, failed: 1, skipped: [] }, code);
    assert.match(text, /FAIL \S+cut\.test\.mjs/);
  }
});

test('a file without tests is a failure', () => {
  const { counts, text } = report({ 'none.test.mjs': 'export const nothing = 1;' });
  assert.deepEqual(counts, { passed: 0, failed: 1, skipped: [] });
  assert.match(text, /FAIL \S+none\.test\.mjs/);
});
