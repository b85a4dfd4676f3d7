/** A Volvox node in a process of its own, from the sources, on a throw-away data folder; ended by its process id. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@volvox/client';

const program = fileURLToPath(new URL('./node.child.ts', import.meta.url));
export const admin = { login: 'admin', password: 'correct horse 1' };
const basic = `Basic ${Buffer.from(`${admin.login}:${admin.password}`).toString('base64')}`;

export type Fault = 'exit' | 'error' | 'hang';

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly client: Client;
  /** A bare request as the administrator; `target` begins with `/`. */
  request(
    method: string,
    target: string,
    init?: {
      readonly body?: BodyInit;
      readonly headers?: Record<string, string>;
      readonly signal?: AbortSignal;
    },
  ): Promise<Response>;
  /** Arms a crash point (kernel/fault-points.ts) in the running process. */
  arm(point: string, fault: Fault): Promise<void>;
  /** Runs the collector without a grace period and with every duty that ends interrupted work. @returns what it removed */
  collect(): Promise<{ readonly orphans: number; readonly removed: number }>;
  kill(signal: NodeJS.Signals): Promise<void>;
  readonly exited: Promise<void>;
}

export async function makeDataFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-test-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export async function startServer(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = fork(program, [], {
    execArgv: ['--conditions=source', '--no-warnings'],
    env: {
      ...process.env,
      VOLVOX_DATA: folder,
      VOLVOX_LISTEN: '127.0.0.1:0',
      VOLVOX_ADMIN_LOGIN: admin.login,
      VOLVOX_ADMIN_PASSWORD: admin.password,
      VOLVOX_LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (output += data.toString()));
  const exited = once(child, 'exit').then(() => undefined);
  const first = await Promise.race([
    once(child, 'message').then(([message]) => message as { url: string }),
    exited.then(() => null),
  ]);
  if (first === null || child.pid === undefined)
    throw new Error(`the node ended before it was ready:\n${output}`);
  const { url } = first;
  return {
    url,
    pid: child.pid,
    client: createClient({
      baseUrl: url,
      auth: { kind: 'basic', login: admin.login, secret: admin.password },
    }),
    request: (method, target, init = {}) =>
      fetch(url + target, { method, ...init, headers: { authorization: basic, ...init.headers } }),
    arm: async (point, fault) => void (await ask(child, { arm: point, fault })),
    collect: async () => (await ask(child, { collect: true })) as { orphans: number; removed: number },
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
    exited,
  };
}

let lastId = 0;

function ask(child: ChildProcess, message: object): Promise<unknown> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const listen = (answer: { id?: number; result?: unknown; error?: string }): void => {
      if (answer.id !== id) return;
      child.off('message', listen);
      if (answer.error === undefined) resolve(answer.result);
      else reject(new Error(answer.error));
    };
    child.on('message', listen);
    child.once('exit', () => reject(new Error('the node ended')));
    child.send({ ...message, id });
  });
}
