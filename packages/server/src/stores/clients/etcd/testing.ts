/** For tests of the etcd drivers: what an operator does by hand, members with arguments of one's own, and a log to look into. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { DriverDeps } from '../../../kernel/service.ts';
import { newId } from '../../../kernel/ids.ts';
import { findProgram } from '../../../testing/servers/finding.ts';
import { startServer } from '../../../testing/servers/index.ts';
import { loadGrpc, type GrpcChannel, type OpenChannel } from './grpc.ts';
import { until } from '../../../testing/expectations.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** Dependencies of a driver whose log is kept in `lines`. */
export function keptLog(): { readonly deps: DriverDeps; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields, message });
  const log: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return { deps: { log, clock: systemClock, durability: 'full' }, lines };
}

/** @throws where it does not hold within the time */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs?: number,
): Promise<void> {
  await until(condition, what, withinMs);
}

/** The JSON gateway of the member at `host:port`, to do what our drivers do not. */
export function byHand(at: string, token?: string) {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const url = `http://${at}/v3/${path}`;
    const headers = token === undefined ? {} : { authorization: token };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const range = (prefix: string) => ({ key: base64(prefix), range_end: base64(`${prefix}\u007f`) });
  return {
    post,
    put: (key: string, value: string) => post('kv/put', { key: base64(key), value: base64(value) }),
    remove: (key: string) => post('kv/deleterange', { key: base64(key) }),
    removeAll: (prefix: string) => post('kv/deleterange', range(prefix)),
    async keys(prefix: string): Promise<readonly { readonly key: string; readonly lease: string }[]> {
      const { kvs } = await post('kv/range', { ...range(prefix), keys_only: true });
      const found = (kvs ?? []) as readonly { key: string; lease?: string }[];
      return found.map(({ key, lease }) => ({
        key: Buffer.from(key, 'base64').toString(),
        lease: lease ?? '0',
      }));
    },
    /** Lets the role read and write all keys that begin with `prefix`. */
    grant: (role: string, prefix: string) =>
      post('auth/role/grant', { name: role, perm: { permType: 'READWRITE', ...range(prefix) } }),
    revoke: (lease: string) => post('lease/revoke', { ID: lease }),
    /** Forgets all but the present. */
    async compact(): Promise<void> {
      const { header } = (await post('kv/range', { key: base64('none') })) as {
        header: { revision: string };
      };
      await post('kv/compaction', { revision: header.revision, physical: true });
    },
  };
}

/** A server of the test's own, to be killed and frozen. `at`: its `host:port`. */
export async function ownEtcd(t: TestContext) {
  const server = await startServer('etcd');
  t.after(() => server.stop());
  const at = hostOf(server.url);
  return { server, at, port: Number(at.split(':')[1]) };
}

/** A place of its own on the server of that URL. */
export function freshPlace(server: string) {
  const at = hostOf(server);
  const prefix = newId();
  return { at, prefix, url: `etcd://${at}/${prefix}` };
}

function hostOf(url: string): string {
  return /\/\/([^/]+)/.exec(url)?.[1] ?? '';
}

export function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

/** Channels that lose the answer of a call when `loses` says so. */
export function losingAnswers(loses: (name: string, request: object) => boolean): OpenChannel {
  const open = loadGrpc(null);
  return (target) => {
    const channel = open(target);
    const unary: GrpcChannel['unary'] = async (name, request, headers, timeoutMs) => {
      const answer = await channel.unary(name, request, headers, timeoutMs);
      if (loses(name, request)) throw Object.assign(new Error('lost'), { code: 14, details: 'lost' });
      return answer;
    };
    return { ...channel, unary };
  };
}

export interface Members {
  /** Of the clients' addresses. */
  readonly ports: readonly number[];
  readonly processes: readonly ChildProcess[];
  /** Whether each of them answers. Plain HTTP only. */
  healthy(): Promise<boolean>;
  stop(): Promise<void>;
}

/** A cluster of etcd members, which may not answer yet. `scheme` and `more` are for TLS. */
export async function startMembers(
  count: number,
  scheme: 'http' | 'https' = 'http',
  more: readonly string[] = [],
): Promise<Members> {
  const folder = mkdtempSync(join(tmpdir(), 'volvox-etcd-members-'));
  const ports = await freePorts(count);
  const peers = await freePorts(count);
  const cluster = peers.map((port, index) => `m${index}=http://127.0.0.1:${port}`).join(',');
  const processes = ports.map((port, index) => {
    const peer = `http://127.0.0.1:${peers[index]}`;
    const client = `${scheme}://127.0.0.1:${port}`;
    const args = {
      name: `m${index}`,
      'data-dir': join(folder, `m${index}`),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': cluster,
      'log-level': 'error',
    };
    const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, value]);
    return spawn(findProgram('etcd') ?? 'etcd', [...flags, ...more], { stdio: 'ignore' });
  });
  const kill = (): void => {
    for (const child of processes) child.kill('SIGKILL');
  };
  process.once('exit', kill); // also where a test was ended before its clean-up
  return {
    ports,
    processes,
    healthy: async () => (await Promise.all(ports.map(isHealthy))).every((health) => health),
    async stop() {
      const running = processes.filter((child) => child.exitCode === null && child.signalCode === null);
      const ended = running.map((child) => once(child, 'exit'));
      kill();
      await Promise.all(ended);
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isHealthy(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/health`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
  return answer?.ok === true;
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}
