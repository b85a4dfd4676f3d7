/**
 * `npm run test:matrix`: the acceptance suite in columns of stores; without names every column, the whole suite in each, one after another:
 *
 *     npm run test:matrix -- [--part | --only WORD] [--sources] [--nodes N] [column...]
 *
 * `--part` runs of each column what parts.json names, `--only` the files whose name has the word in it; `--sources` needs no build. `--nodes`
 * starts so many where all stores are external, behind a balancer that gives each request to the next. Servers that
 * the environment does not name (VOLVOX_TEST_<KIND>) are started once. Prints what failed and a line for each column, all of them once more at the end; exit code 1 if any failed.
 */
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  givenServer,
  serverKinds,
  skipReason,
  startServer,
  variableOf,
  type OwnServer,
  type ServerKind,
} from '../../packages/server/src/testing/servers/index.ts';
import { columnOf, columns } from '../harness/stores.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reporter = path.join(root, 'tools/test/count-reporter.mjs');
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'boolean' },
    sources: { type: 'boolean' },
    only: { type: 'string' },
    nodes: { type: 'string' },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(columns);
const results: string[] = [];
const whole = globSync('tests/acceptance/*.test.ts', { cwd: root }).sort();

/** What of the suite reaches a store in ways of its own, for `npm test` (tools/test/suites.mjs); the rest would only be the same again. */
const parts = JSON.parse(readFileSync(new URL('parts.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly string[]>
>;

function filesOf(name: string): readonly string[] {
  const { only, part } = options;
  if (only !== undefined) return whole.filter((file) => path.basename(file).includes(only));
  const words = part === true ? parts[name] : undefined;
  return words?.map((word) => `tests/acceptance/${word}.test.ts`) ?? whole;
}

const servers: OwnServer[] = [];
const environment: Record<string, string> = {};
const wanted = new Set<ServerKind>(names.flatMap((name) => Object.values(columnOf(name))));
await Promise.all(serverKinds.filter((kind) => wanted.has(kind) && !givenServer(kind)).map(start));
try {
  for (const name of names) await run(name, filesOf(name));
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}
process.stdout.write(`\n${results.join('')}`);

async function start(kind: ServerKind): Promise<void> {
  const missing = skipReason(kind);
  if (missing !== false) throw new Error(missing);
  const server = await startServer(kind);
  servers.push(server);
  environment[variableOf(kind)] = JSON.stringify({ url: server.url, environment: server.environment });
}

async function run(name: string, files: readonly string[]): Promise<void> {
  const began = performance.now();
  const output = ['--test-reporter', reporter, '--test-reporter-destination', 'stdout'];
  const flags = ['--conditions=source', '--no-warnings', '--test', '--test-concurrency=1', ...output];
  const sources = options.sources === true ? { VOLVOX_TEST_SOURCES: '1' } : {};
  const nodes = options.nodes === undefined ? {} : { VOLVOX_TEST_NODES: options.nodes };
  const child = spawn(process.execPath, [...flags, ...files], {
    cwd: root,
    env: { ...process.env, ...environment, ...sources, ...nodes, VOLVOX_TEST_STORES: name },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) process.exitCode = 1;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const line = `${name}: ${code === 0 ? 'passed' : 'FAILED'}, ${files.length} files, ${seconds} s\n`;
  results.push(line);
  process.stdout.write(line);
}
