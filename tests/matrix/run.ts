/**
 * The acceptance suite in columns of stores: `node --conditions=source tests/matrix/run.ts [--sources] [--only PART] [column...]`, all columns if
 * none is named. Starts the external servers once, runs column after column and prints one line each: passed, failed, seconds.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  serverKinds,
  startServer,
  givenServer,
  skipReason,
  variableOf,
  type OwnServer,
} from '../../packages/server/src/testing/servers/index.ts';
import { columnOf, columns } from '../harness/stores.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { sources: { type: 'boolean' }, only: { type: 'string' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(columns);
const files = globSync('tests/acceptance/*.test.ts', { cwd: root }).filter((file) =>
  file.includes(options.only ?? ''),
);

const wanted = new Set(names.flatMap((name) => Object.values(columnOf(name))));
const servers: OwnServer[] = [];
const environment: Record<string, string> = {};
await Promise.all(serverKinds.filter((kind) => wanted.has(kind) && !givenServer(kind)).map(start));
try {
  for (const name of names) await run(name);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}

async function start(kind: (typeof serverKinds)[number]): Promise<void> {
  const missing = skipReason(kind);
  if (missing !== false) throw new Error(missing);
  const server = await startServer(kind);
  servers.push(server);
  environment[variableOf(kind)] = JSON.stringify({ url: server.url, environment: server.environment });
}

async function run(name: string): Promise<void> {
  const started = performance.now();
  const cpu = (): number => process.resourceUsage().userCPUTime;
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--no-warnings',
      '--test',
      '--test-concurrency=1',
      '--test-reporter',
      './tools/test/count-reporter.mjs',
      '--test-reporter-destination',
      'stdout',
      ...files,
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        ...environment,
        VOLVOX_TEST_STORES: name,
        ...(options.sources ? { VOLVOX_TEST_SOURCES: '1' } : {}),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) process.exitCode = 1;
  void cpu;
  process.stdout.write(
    `${name}: ended with ${code} after ${((performance.now() - started) / 1000).toFixed(0)} s\n\n`,
  );
}
