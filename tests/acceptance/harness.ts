/**
 * Starts the built server as a person would, and speaks to it from outside: through the typed client and plain fetch. Throw-away data on the
 * stores of VOLVOX_TEST_STORES, a free port, ended by its process id. Owns no knowledge of the inside. With VOLVOX_TEST_SOURCES set it
 * runs the sources instead of what was built; with VOLVOX_TEST_NODES=3, where all stores are external, three nodes behind a balancer that gives
 * each request to the next one.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ErrorCode, Node, User, Workspace } from '@volvox/api';
import { createClient, isApiError, type Auth, type Client } from '@volvox/client';
import { until } from '../../packages/server/src/testing/expectations.ts';
import { balance } from '../harness/balance.ts';
import { compileCache } from '../harness/server-process.ts';
import {
  column,
  columnName,
  makePlaces,
  type Environment,
  type StoreKind,
  type StorePlaces,
} from '../harness/stores.ts';

export type { Environment } from '../harness/stores.ts';

const fromSources = Boolean(process.env['VOLVOX_TEST_SOURCES']);
const program = fileURLToPath(
  new URL(fromSources ? '../harness/cli.child.ts' : '../../bin/volvox.js', import.meta.url),
);
export const admin = { login: 'admin', password: 'correct-horse-1' };
export const userPassword = 'battery-staple-2';
export const none = '00000000-0000-7000-8000-000000000000';

export interface Request {
  readonly as?: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
}

export interface Server {
  readonly url: string;
  /** Of each of its nodes; `url` itself where there is one. */
  readonly nodes: readonly string[];
  readonly pid: number;
  /** The data folder, `VOLVOX_DATA`. */
  readonly data: string;
  /** Everything it has printed so far. */
  output(): string;
  client(auth?: Auth): Client;
  /** A bare request, the administrator's unless `as` says otherwise; `target` begins with `/`. */
  fetch(method: string, target: string, request?: Request): Promise<Response>;
  /** SIGTERM. @returns the exit code; null where it had to be killed */
  stop(): Promise<number | null>;
}

export const asAdmin: Auth = { kind: 'basic', login: admin.login, secret: admin.password };

export function asUser(login: string, secret = userPassword): Auth {
  return { kind: 'basic', login, secret };
}

/** What has to end after the tests of the file: last begun, first ended, so that a node goes before what it stands on. */
const ends: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** `volvox` with these arguments, and of our environment only what any program needs, so that our own VOLVOX_ variables say nothing. */
export function spawnVolvox(args: readonly string[], cwd: string, env: Environment): ChildProcess {
  const { PATH = '', HOME = '/', LANG = 'C.UTF-8' } = process.env;
  const flags = fromSources ? ['--conditions=source', '--no-warnings'] : [];
  const cache = fromSources ? { NODE_COMPILE_CACHE: compileCache } : {};
  return spawn(process.execPath, [...flags, program, ...args], {
    cwd,
    env: { PATH, HOME, LANG, ...cache, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** A throw-away folder, removed after the tests of the file. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-acceptance-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const placesOf = new Map<string, Promise<StorePlaces>>();

/** The stores that go with a data folder: the same ones whenever it is named again, so that a restart finds what was there. */
export async function storesOf(data: string): Promise<Environment> {
  const known = placesOf.get(data);
  if (known !== undefined) return (await known).environment;
  const places = makePlaces(column);
  placesOf.set(data, places);
  ends.push(async () => (await places).remove());
  return (await places).environment;
}

/** Stores that lie in the data folder where they are embedded. */
const inFolder: readonly StoreKind[] = ['config', 'vault', 'sql', 'documents', 'blobs'];
/** Whether nodes of this column keep anything in their data folder, and so lock it and answer commands there. */
export const usesFolder = inFolder.some((store) => column[store] === undefined);

/** A test that `applies` to some columns only; in the others it is left out, by name, with the reason. */
export function testWhere(applies: boolean, reason: string, name: string, run: () => Promise<void>): void {
  if (applies) void test(name, run);
  else process.stderr.write(`left out on ${columnName}: "${name}": ${reason}\n`);
}

export interface StartOptions {
  readonly env?: Environment;
  /** An existing data folder; else a fresh one. */
  readonly data?: string;
  /** Leave the set-up to the test. */
  readonly setUp?: boolean;
}

const nodesOfServer = usesFolder ? 1 : Number(process.env['VOLVOX_TEST_NODES'] ?? 1);

/** One node, or several behind a balancer (VOLVOX_TEST_NODES); where the test names its node, it wants that one. */
export async function startServer(options: StartOptions = {}): Promise<Server> {
  const first = await startNode(options);
  if (nodesOfServer === 1 || options.env?.['VOLVOX_NODE_NAME'] !== undefined) return first;
  const nodes = [first];
  for (let at = 1; at < nodesOfServer; at++) {
    const env = { ...options.env, VOLVOX_NODE_NAME: `further-${at}` };
    nodes.push(await startNode({ ...options, data: first.data, env }));
  }
  const balancer = await balance(nodes.map((node) => node.url));
  ends.push(balancer.stop);
  return {
    ...first,
    ...doors(balancer.url),
    nodes: nodes.map((node) => node.url),
    output: () => nodes.map((node) => node.output()).join(''),
    async stop() {
      const codes = await Promise.all(nodes.map((node) => node.stop()));
      await balancer.stop();
      return codes.find((code) => code !== 0) ?? 0;
    },
  };
}

async function startNode(options: StartOptions): Promise<Server> {
  const data = options.data ?? path.join(await makeFolder(), 'data');
  const child = spawnVolvox(['start'], path.dirname(data), {
    ...(await storesOf(data)),
    VOLVOX_DATA: data,
    VOLVOX_LISTEN: '127.0.0.1:0',
    ...(options.setUp === false
      ? {}
      : { VOLVOX_ADMIN_LOGIN: admin.login, VOLVOX_ADMIN_PASSWORD: admin.password }),
    ...options.env,
  });
  child.stdin?.end();
  const output = collect(child);
  const url = await readyUrl(child, output);
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 40_000);
    const [code] = (await ended) as [number | null];
    clearTimeout(late);
    return code;
  };
  ends.push(stop);
  const { pid } = child;
  assert.ok(pid !== undefined);
  return { ...doors(url), nodes: [url], pid, data, output, stop };
}

function doors(url: string): Pick<Server, 'url' | 'client' | 'fetch'> {
  return {
    url,
    client: (auth = asAdmin) => createClient({ baseUrl: url, auth }),
    fetch: (method, target, { as = asAdmin, headers, ...init } = {}) =>
      fetch(url + target, {
        method,
        redirect: 'manual',
        ...init,
        headers: { ...authorization(as), ...headers },
      }),
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (text += data.toString()));
  return () => text;
}

async function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  const limit = AbortSignal.timeout(60_000);
  for (;;) {
    // With the last line of the greeting, so that the set-up link is there too.
    const match = /Volvox is ready: (\S+).*\nWebDAV: /s.exec(output());
    if (match?.[1] !== undefined) return match[1];
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`);
    if (child.stdout === null) throw new Error('no output to read');
    await Promise.race([
      once(child.stdout, 'data', { signal: limit }),
      once(child, 'exit', { signal: limit }),
    ]);
  }
}

function authorization(auth: Auth): Record<string, string> {
  if (auth.kind === 'session') return {};
  if (auth.kind === 'bearer') return { authorization: `Bearer ${auth.secret}` };
  return { authorization: `Basic ${Buffer.from(`${auth.login}:${auth.secret}`).toString('base64')}` };
}

/** Fails unless the call is refused with this code. */
export async function refused(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(isApiError(error), String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Asks again until the answer is there; for what the server does a little later. `what`: for the message, asked for at the end. */
export async function eventually<T>(
  what: string | (() => Promise<string>),
  ask: () => Promise<T | null | undefined | false>,
): Promise<T> {
  return until<T | null | undefined | false>(ask, what);
}

export async function makeUser(
  server: Server,
  login: string,
  more: { readonly admin?: boolean; readonly groupId?: string; readonly quota?: number | null } = {},
): Promise<User> {
  return server.client().call('createUser', { body: { login, password: userPassword, ...more } });
}

export async function workspaceOf(client: Client, slug: string): Promise<Workspace> {
  const { items } = await client.call('listWorkspaces');
  const found = items.find((workspace) => workspace.slug === slug);
  assert.ok(found, `no workspace ${slug}`);
  return found;
}

/** A fresh folder in `common`, so that tests do not meet. Of digits: one UUID in some thousands spells `cafe`, and a search finds it. */
export async function makeTestFolder(client: Client): Promise<Node> {
  const { rootId } = await workspaceOf(client, 'common');
  const name = `test-${randomInt(2 ** 48 - 1)}`;
  return client.call('createFolder', { params: { id: rootId }, body: { name } });
}

export function upload(client: Client, folderId: string, name: string, body: BodyInit): Promise<Node> {
  return client.call('uploadFile', { params: { id: folderId, name }, body });
}

export async function textOf(client: Client, id: string): Promise<string> {
  return (await client.call('downloadContent', { params: { id } })).text();
}

export async function names(client: Client, folderId: string): Promise<string[]> {
  const { items } = await client.call('listChildren', { params: { id: folderId } });
  return items.map((node) => node.name);
}

/** Percent-encoded below `/dav`. */
export function davPath(...segments: readonly string[]): string {
  return `/dav/${segments.map(encodeURIComponent).join('/')}`;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
