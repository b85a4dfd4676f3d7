/** Every suite that `npm test` runs: how it is started and how its result is read. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../node.mjs';

const shared = path.join(root, '..', 'shared');
const conformance = (script) => path.join(shared, 'conformance', script);
const reporter = [
  '--test-reporter',
  path.join(root, 'tools/test/count-reporter.mjs'),
  '--test-reporter-destination',
  'stdout',
];
/** What a file leaves open is reported, not waited for. */
const ending = pathToFileURL(path.join(root, 'tools/test/ending.mjs')).href;
/** Of one test. */
const testLimit = `--test-timeout=${5 * 60_000}`;

/**
 * A suite with `servers` waits for the external ones and finds them in its environment (VOLVOX_TEST_<KIND>). `endingSeconds`: how long the
 * process of a file may go on after its tests.
 */
function nodeTests(name, patterns, extra = {}) {
  const files = globSync(patterns, {
    cwd: root,
    exclude: (file) => file.includes('node_modules') || file.includes('/dist/'),
  });
  return {
    name,
    command: process.execPath,
    args: [
      ...['--conditions=source', '--no-warnings', `--import=${ending}?seconds=${extra.endingSeconds ?? 120}`],
      ...['--test', ...reporter, ...(extra.flags ?? []), ...files],
    ],
    counts: nodeCounts,
    empty: files.length === 0,
    ...extra,
  };
}

/** From the last line of count-reporter.mjs. */
function nodeCounts(output) {
  const line = output.split('\n').findLast((l) => l.startsWith('#counts '));
  return line === undefined ? null : JSON.parse(line.slice(8));
}

/** `name: passed P of T (skipped S)` of the conformance scripts, whose single results are `ok`/`FAIL`/`skip` lines. */
function conformanceCounts(output) {
  const match = /: passed (\d+) of (\d+) \(skipped (\d+)\)\s*$/m.exec(output);
  if (!match) return null;
  const skipped = output.split('\n').filter((l) => l.startsWith('skip '));
  return { passed: Number(match[1]), failed: Number(match[2]) - Number(match[1]), skipped };
}

function checkCounts(output) {
  const match = /(\d+) passed, (\d+) failed\s*$/.exec(output);
  return match ? { passed: Number(match[1]), failed: Number(match[2]), skipped: [] } : null;
}

/** From vitest's closing lines: `Tests  2 failed | 40 passed | 1 skipped (43)`. */
function vitestCounts(output) {
  const line = output.split('\n').findLast((l) => /^\s*Tests\s/.test(l));
  if (line === undefined) return null;
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  const skipped = count('skipped');
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: skipped > 0 ? [`${skipped} tests`] : [],
  };
}

/** Suites that need nothing but the sources, in under two minutes; with servers, `unit` runs the tests of their drivers too. */
export function quickSuites() {
  return [
    {
      name: 'web',
      command: path.join(root, 'node_modules/.bin/vitest'),
      args: ['run'],
      env: { NO_COLOR: '1' },
      cwd: path.join(root, 'packages/web'),
      counts: vitestCounts,
    },
    nodeTests('unit', ['packages/{api,client,server,cli}/src/**/*.test.ts', 'tools/**/*.test.ts'], {
      flags: ['--test-concurrency=2', testLimit],
      endingSeconds: 30,
      servers: true,
    }),
  ];
}

/** The rules once more, on the databases of clusters: every service's own tests. */
export function engineSuites() {
  return ['postgres', 'mysql'].map((dialect) =>
    nodeTests(`services on ${dialect}`, ['packages/server/src/services/**/*.test.ts'], {
      flags: ['--test-concurrency=2', testLimit],
      endingSeconds: 30,
      servers: true,
      env: { VOLVOX_TEST_SQL_DIALECT: dialect },
    }),
  );
}

export function checkSuite() {
  return { name: 'check', command: process.execPath, args: ['tools/check-child.mjs'], counts: checkCounts };
}

/** Suites against the built server. `server` = {url, dav, login, password, token} of one that runs. */
export function conformanceSuites(server) {
  if (!existsSync(shared)) return [{ name: 'conformance', missing: '../shared/conformance is not there' }];
  const env = { CONF_CACHE: path.join(root, '.tools', 'conformance'), DEBIAN_FRONTEND: 'noninteractive' };
  const dav = `${server.url}/dav/common/`;
  const bash = (name, script, args, extra = {}) => ({
    name,
    command: 'bash',
    args: [conformance(script), ...args],
    env: { ...env, ...extra },
    counts: conformanceCounts,
  });
  return [
    bash('webdav-litmus', 'webdav-litmus.sh', [dav, server.login, server.password]),
    bash('webdav-clients (hard names)', 'webdav-clients.sh', [dav, server.login, server.password], {
      TREE: 'hard',
    }),
    bash('webdav-clients (odd names)', 'webdav-clients.sh', [dav, server.login, server.password], {
      TREE: 'odd',
    }),
    bash('tus-clients', 'tus-clients.sh', [`${server.url}/api/v1/uploads`], {
      TUS_AUTH: `Bearer ${server.token}`,
      TUS_META: '{"path":"/common"}',
    }),
  ];
}

/** Black box over HTTP, real browser, crash points, random kills, the traps of the peers. */
export function systemSuites() {
  const one = { flags: ['--test-concurrency=1'] };
  return [
    nodeTests('acceptance smoke', ['tests/acceptance/smoke.test.ts'], one),
    nodeTests('acceptance core', ['tests/acceptance/!(smoke).test.ts'], { ...one, servers: true }),
    nodeTests('security', ['tests/security/**/*.test.ts'], { flags: ['--test-concurrency=2'] }),
    nodeTests('faults', ['tests/faults/**/*.test.ts'], { ...one, servers: true }),
    nodeTests('benchmark traps', ['tests/bench/**/*.test.ts'], one),
    nodeTests('browser', ['tests/browser/**/*.test.ts'], one),
    nodeTests('deploy', ['tests/deploy/**/*.test.ts'], one),
    nodeTests('bootstrap', ['tests/bootstrap/**/*.test.ts'], { ...one, servers: true }),
    nodeTests('matrix', ['tests/matrix/**/*.test.ts'], { ...one, servers: true }),
    ...matrixColumns().map((column) =>
      nodeTests(`acceptance on ${column.name}`, column.files, {
        ...one,
        servers: true,
        env: { VOLVOX_TEST_STORES: column.name },
      }),
    ),
    nodeTests('migrate', ['tests/migrate/**/*.test.ts'], { ...one, servers: true }),
    nodeTests('cluster', ['tests/cluster/**/*.test.ts'], { ...one, servers: true }),
  ].filter((suite) => !suite.empty);
}

/** Of each set of stores the acceptance tests that reach a store in ways of their own (tests/matrix/run.ts runs all of them). */
function matrixColumns() {
  const parts = JSON.parse(readFileSync(path.join(root, 'tests/matrix/parts.json'), 'utf8'));
  return Object.entries(parts).map(([name, words]) => ({
    name,
    files: words.map((word) => `tests/acceptance/${word}.test.ts`),
  }));
}

/** What the suites need of Debian: command -> package. */
export const debianPackages = {
  litmus: 'litmus',
  rclone: 'rclone',
  cadaver: 'cadaver',
  'mount.davfs': 'davfs2',
  chromium: 'chromium',
  curl: 'curl',
  python3: 'python3',
  zsh: 'zsh',
  fish: 'fish',
  haproxy: 'haproxy',
};
