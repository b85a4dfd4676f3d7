/** Format, lint, types, import rules and generated references; each counts as one passed or failed check. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, root, toolEnvironment } from './node.mjs';

const lintFolder = path.join(root, 'tools', 'lint');
const lintTool = (name) => path.join(lintFolder, 'node_modules', '.bin', name);
const sources = [
  'packages/api/src',
  'packages/client/src',
  'packages/server/src',
  'packages/cli/src',
  'packages/web/src',
];

const checks = [
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'types of the web application', command: 'tsc', args: ['-p', 'packages/web', '--noEmit'] },
  {
    name: 'types of the tests',
    command: 'tsc',
    args: ['-p', 'tests', '--noEmit'],
    only: 'tests/tsconfig.json',
  },
  {
    name: 'lint',
    command: lintTool('eslint'),
    args: ['-c', 'tools/lint/eslint.config.js', '--max-warnings', '0', 'packages', 'tests'],
  },
  {
    name: 'import rules',
    command: lintTool('depcruise'),
    args: ['--config', '.dependency-cruiser.cjs', ...sources, 'tests'],
  },
  {
    name: 'generated references',
    command: process.execPath,
    args: ['--conditions=source', 'tools/references.ts', '--check'],
  },
];

/** The linters have a lockfile of their own (tools/lint/package.json says why). */
function installLint() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(lintFolder, 'package-lock.json')))
    .digest('hex');
  const stamp = path.join(lintFolder, 'node_modules', '.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  const [command, ...first] = npmCommand();
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(command, args, { stdio: 'inherit', cwd: lintFolder, env: toolEnvironment() });
  if (result.status !== 0) throw new Error('installing the linters failed');
  writeFileSync(stamp, lock);
}

/** @returns the number of failed checks; prints `ok name` or `FAIL name` with the tool's words */
export function runChecks(write = (text) => process.stdout.write(text)) {
  installLint();
  let failed = 0;
  let passed = 0;
  for (const { name, command, args, only } of checks) {
    if (only !== undefined && !existsSync(path.join(root, only))) continue;
    const result = spawnSync(command, args, {
      cwd: root,
      env: toolEnvironment(),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const good = result.status === 0;
    write(
      good
        ? `ok   ${name}\n`
        : `FAIL ${name}\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n`,
    );
    if (good) passed += 1;
    else failed += 1;
  }
  return { passed, failed };
}

export function check() {
  const { passed, failed } = runChecks();
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
