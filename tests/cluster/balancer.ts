/** HAProxy as docs/operator/cluster.md sets it up: round robin, no stickiness, `/readyz` every second. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { poll } from './poll.ts';

export interface Balancer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export function haveBalancer(): boolean {
  return spawnSync('haproxy', ['-v']).status === 0;
}

export async function startBalancer(
  port: number,
  nodes: readonly { readonly name: string; readonly url: string }[],
): Promise<Balancer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'volvox-haproxy-'));
  const file = path.join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration(port, nodes));
  const child: ChildProcess = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => (said += piece.toString()));
  const url = `http://127.0.0.1:${port}`;
  await poll(`HAProxy answers (${said})`, 10_000, async () => {
    const answer = await fetch(`${url}/api/v1/setup`).catch(() => null);
    await answer?.body?.cancel();
    return answer?.status === 200;
  });
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(
  port: number,
  nodes: readonly { readonly name: string; readonly url: string }[],
): string {
  return `
defaults
  mode http
  timeout connect 2s
  timeout http-request 20s
  timeout http-keep-alive 60s
  timeout client 1h
  timeout server 1h
  timeout queue 10s
  option forwardfor
  option redispatch 1
  retries 3

frontend volvox
  bind 127.0.0.1:${port}
  default_backend nodes

backend nodes
  balance roundrobin
  option httpchk
  http-check send meth GET uri /readyz hdr Host volvox
  http-check expect status 200
  retry-on conn-failure empty-response
  http-request disable-l7-retry unless { method GET HEAD OPTIONS }
  default-server check inter 1s fall 1 rise 2 pool-purge-delay 30s
${nodes.map(({ name, url }) => `  server ${name} ${new URL(url).host}`).join('\n')}
`;
}
