/** A Volvox node in a process of its own, from the sources, on a throw-away data folder; ended by its process id. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@volvox/client';
import type { DataFolder } from './data-folder.ts';

const program = fileURLToPath(new URL('./node.child.ts', import.meta.url));
export const admin = { login: 'admin', password: 'correct horse 1' };
/** Compiled sources are kept here: a third of the processor time of a start. */
export const compileCache = path.join(tmpdir(), `volvox-test-compile-cache-${process.getuid?.() ?? 0}`);

export type Fault = 'exit' | 'error' | 'hang';

export interface RequestOptions {
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Where requests go: one node, or the balancer in front of several. */
export interface Target {
  readonly url: string;
  readonly client: Client;
  /** A bare request as the administrator; `target` begins with `/`. */
  request(method: string, target: string, init?: RequestOptions): Promise<Response>;
}

export interface ServerProcess extends Target {
  readonly pid: number;
  /** Value of the Authorization header of the administrator. */
  readonly authorization: string;
  /** Arms a crash point (kernel/fault-points.ts) in the running process. */
  arm(point: string, fault: Fault): Promise<void>;
  /** Whether the armed point is still to be reached. */
  isArmed(): Promise<boolean>;
  /** Runs the collector without a grace period and with every duty that ends interrupted work. @returns what it removed */
  collect(): Promise<{ readonly orphans: number; readonly removed: number }>;
  /** Lets the server's clock run ahead. */
  advance(ms: number): Promise<void>;
  /** Resolves when search and activity have caught up. */
  settle(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** All that it printed so far. */
  output(): string;
  readonly exited: Promise<void>;
}

export function environmentOf(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  return {
    ...process.env,
    NODE_COMPILE_CACHE: compileCache,
    VOLVOX_DATA: folder,
    VOLVOX_LISTEN: '127.0.0.1:0',
    VOLVOX_ADMIN_LOGIN: admin.login,
    VOLVOX_ADMIN_PASSWORD: admin.password,
    VOLVOX_LOG_LEVEL: 'error',
    ...env,
  };
}

/** @throws with everything that it printed if the node ends before it is ready */
export async function startServer(
  data: string | DataFolder,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const { folder, token } = typeof data === 'string' ? { folder: data, token: null } : data;
  const child = fork(program, [], {
    execArgv: ['--conditions=source', '--no-warnings'],
    env: environmentOf(folder, env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (output += piece.toString()));
  const exited = once(child, 'exit').then(() => undefined);
  const first = await Promise.race([
    once(child, 'message').then(([message]) => message as { url: string }),
    exited.then(() => null),
  ]);
  if (first === null || child.pid === undefined)
    throw new Error(`the node ended before it was ready:\n${output}`);
  const { url } = first;
  const authorization = authorizationOf(token);
  return {
    url,
    pid: child.pid,
    authorization,
    client: createClient({
      baseUrl: url,
      auth:
        token === null
          ? { kind: 'basic', login: admin.login, secret: admin.password }
          : { kind: 'bearer', secret: token },
    }),
    request: (method, target, init = {}) =>
      fetch(url + target, { method, ...init, headers: { authorization, ...init.headers } }),
    arm: async (point, fault) => void (await ask(child, { arm: point, fault })),
    isArmed: async () => (await ask(child, { askArmed: true })) as boolean,
    collect: async () => (await ask(child, { collect: true })) as { orphans: number; removed: number },
    advance: async (ms) => void (await ask(child, { advanceMs: ms })),
    settle: async () => void (await ask(child, { settle: true })),
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
    output: () => output,
    exited,
  };
}

/** A token spares each new process the slow hash of the password. */
function authorizationOf(token: string | null): string {
  if (token !== null) return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${admin.login}:${admin.password}`).toString('base64')}`;
}

let lastId = 0;

function ask(child: ChildProcess, message: object): Promise<unknown> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const done = (): void => {
      child.off('message', listen);
      child.off('exit', gone);
    };
    const gone = (): void => {
      done();
      reject(new Error('the node ended'));
    };
    const listen = (answer: { id?: number; result?: unknown; error?: string }): void => {
      if (answer.id !== id) return;
      done();
      if (answer.error === undefined) resolve(answer.result);
      else reject(new Error(answer.error));
    };
    child.on('message', listen);
    child.on('exit', gone);
    child.send({ ...message, id }, (error) => {
      if (error !== null) gone();
    });
  });
}
