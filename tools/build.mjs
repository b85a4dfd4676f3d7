/** Installs where the lockfile changed and builds what changed since the last build. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, root, toolEnvironment } from './node.mjs';

const stampFile = path.join(root, 'node_modules', '.volvox-stamp.json');

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function writeStamp(change) {
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ ...readStamp(), ...change }));
}

export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    stdio: 'inherit',
    cwd: root,
    env: toolEnvironment(),
    ...options,
  });
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

function must(what, command, args, options) {
  if (run(command, args, options) !== 0) {
    console.error(`${what} failed`);
    process.exit(1);
  }
}

/** Names, sizes and times of everything that a build reads. */
function fingerprint(folders, files = []) {
  const hash = createHash('sha256');
  const visit = (file) => {
    if (!existsSync(file)) return;
    const stat = statSync(file);
    if (stat.isDirectory()) {
      for (const name of readdirSync(file).sort())
        if (name !== 'node_modules' && name !== 'dist') visit(path.join(file, name));
    } else hash.update(`${path.relative(root, file)}:${stat.size}:${stat.mtimeMs}\n`);
  };
  for (const entry of [...folders, ...files]) visit(path.join(root, entry));
  return hash.digest('hex');
}

export function install() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .update(process.versions.modules)
    .digest('hex');
  if (readStamp().lock === lock) return;
  console.error('installing dependencies (the lockfile changed)');
  const [command, ...first] = npmCommand();
  must('npm ci', command, [
    ...first,
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeStamp({ lock, server: null, web: null });
}

export function build() {
  install();
  const stamp = readStamp();
  const configs = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json', 'tools/bundle.mjs'];
  const server = fingerprint(
    ['api', 'client', 'server', 'cli'].flatMap((p) => [`packages/${p}/src`, `packages/${p}/tsconfig.json`]),
    configs,
  );
  if (stamp.server !== server || !existsSync(path.join(root, 'packages/server/dist/bundle/main.js'))) {
    console.error('building the server');
    // A clean build: output of sources that were removed must not stay.
    for (const p of ['api', 'client', 'server', 'cli']) {
      for (const output of ['dist', 'tsconfig.tsbuildinfo'])
        rmSync(path.join(root, 'packages', p, output), { recursive: true, force: true });
    }
    must('the build of the server', 'tsc', ['-b']);
    must('the bundle of the server', process.execPath, [path.join(root, 'tools', 'bundle.mjs')]);
    if (run(process.execPath, [path.join(root, 'tools', 'warm.mjs')]) !== 0)
      console.error('the compiled code could not be kept: the first start will be slower');
    writeStamp({ server });
  }
  const web = fingerprint(['packages/web', 'packages/api/src', 'packages/client/src'], ['package-lock.json']);
  if (stamp.web !== web || !existsSync(path.join(root, 'packages/web/dist/index.html'))) {
    console.error('building the web application');
    must('the build of the web application', 'vite', ['build', '--logLevel', 'warn'], {
      cwd: path.join(root, 'packages/web'),
    });
    writeStamp({ web });
  }
}
