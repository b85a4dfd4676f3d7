/** Nodes as child processes that may wait, fail or be killed before they are ready: each with a port and an empty data folder of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@volvox/client';
import { freePort } from '../../packages/server/src/testing/servers/free-port.ts';
import { admin, compileCache } from '../harness/server-process.ts';
import type { Environment } from '../harness/stores.ts';
import { until as untilItHolds } from '../../packages/server/src/testing/expectations.ts';

const cli = fileURLToPath(new URL('../harness/cli.child.ts', import.meta.url));
const migrator = fileURLToPath(new URL('./migrator.child.ts', import.meta.url));

export interface BootingNode {
  readonly url: string;
  readonly client: Client;
  /** All that it printed so far, log and errors. */
  output(): string;
  /** Lines of its log with this message. */
  lines(message: string | RegExp): readonly Readonly<Record<string, unknown>>[];
  /** @throws with its output where it ends before, or takes more than two minutes */
  ready(): Promise<void>;
  /** @returns status and body; null where nothing answers */
  probe(path: '/healthz' | '/readyz'): Promise<Probe | null>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** The exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface Probe {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface LaunchOptions {
  /** Stands still in the middle of this migration (migrator.child.ts). */
  readonly hangsIn?: string;
  /** Without it: the administrator of the harness. */
  readonly setsUp?: false;
}

const running = new Set<() => Promise<void>>();

/** Ends what still runs, for `afterEach`. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((end) => end()));
}

export async function launch(environment: Environment, options: LaunchOptions = {}): Promise<BootingNode> {
  const [port, folder] = [await freePort(), await mkdtemp(path.join(tmpdir(), 'volvox-bootstrap-'))];
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--no-warnings', options.hangsIn ? migrator : cli, 'start'],
    {
      cwd: folder,
      env: { ...baseEnvironment(options), VOLVOX_LISTEN: `127.0.0.1:${port}`, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => (output += piece.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    running.delete(end);
    await rm(folder, { recursive: true });
  };
  running.add(end);
  const url = `http://127.0.0.1:${port}`;
  const probe: BootingNode['probe'] = async (target) => {
    const answer = await fetch(url + target, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    return answer && { status: answer.status, headers: answer.headers, body: await answer.text() };
  };
  return {
    url,
    client: createClient({
      baseUrl: url,
      auth: { kind: 'basic', login: admin.login, secret: admin.password },
    }),
    output: () => output,
    lines: (message) => logOf(output).filter((line) => matches(line['msg'], message)),
    async ready() {
      await until(`ready: ${url}`, async () => {
        assert.equal(child.exitCode ?? child.signalCode, null, `the node ended:\n${output}`);
        return (await probe('/readyz'))?.status === 200;
      }).catch((error: unknown) => assert.fail(`${String(error)}\n${output}`));
      assert.deepEqual(await readdir(folder), [], 'a node of a cluster leaves nothing on its disk');
    },
    probe,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

/** Nothing of the process that runs the tests, whose own variables may name stores. */
function baseEnvironment({ hangsIn, setsUp }: LaunchOptions): Environment {
  const { PATH = '', HOME = '/' } = process.env;
  return {
    PATH,
    HOME,
    NODE_COMPILE_CACHE: compileCache,
    VOLVOX_LOG_FORMAT: 'json',
    VOLVOX_DRAIN_WAIT: '0',
    ...(setsUp === false ? {} : { VOLVOX_ADMIN_LOGIN: admin.login, VOLVOX_ADMIN_PASSWORD: admin.password }),
    ...(hangsIn === undefined ? {} : { VOLVOX_TEST_HANG_IN: hangsIn }),
  };
}

function logOf(output: string): Readonly<Record<string, unknown>>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function matches(text: unknown, wanted: string | RegExp): boolean {
  return typeof text === 'string' && (typeof wanted === 'string' ? text === wanted : wanted.test(text));
}

/** Patiently, since two processors may start many nodes here. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  await untilItHolds(holds, what, 120_000);
}
