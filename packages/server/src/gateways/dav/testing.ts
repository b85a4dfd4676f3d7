/** A whole node on embedded stores in a folder of its own, and a client that sends exactly what it is told to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request as send, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readBootstrap, startNode, type Node } from '../../boot/index.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { systemContext } from '../../kernel/context.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface DavNode {
  readonly node: Node;
  readonly port: number;
  /** As the administrator `ann`, unless `headers` say otherwise. */
  dav(
    method: string,
    path: string,
    options?: { readonly headers?: OutgoingHttpHeaders; readonly body?: string | Uint8Array },
  ): Promise<Answer>;
  contextOf(login: string): Promise<Context>;
  stop(): Promise<void>;
}

export const annPassword = 'correct horse battery';

export function basic(login: string, secret: string): string {
  return `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;
}

export async function startDavNode(): Promise<DavNode> {
  const data = await mkdtemp(path.join(tmpdir(), 'volvox-dav-'));
  const environment = {
    VOLVOX_DATA: data,
    VOLVOX_LISTEN: '127.0.0.1:0',
    VOLVOX_DURABILITY: 'relaxed',
    VOLVOX_LOG_LEVEL: 'error',
    VOLVOX_CONFIG: 'memory:',
    VOLVOX_ADMIN_LOGIN: 'ann',
    VOLVOX_ADMIN_PASSWORD: annPassword,
  };
  const node = await startNode(readBootstrap(environment, {}, 'dav-test'));
  const port = Number(new URL(node.url).port);
  const credentials = basic('ann', annPassword);
  return {
    node,
    port,
    dav: (method, target, options = {}) =>
      exchange(port, method, target, { Authorization: credentials, ...options.headers }, options.body),
    async contextOf(login) {
      const user = await node.services.identity.userByLogin(login);
      if (user === null) throw new Error(`no user ${login}`);
      const principal: Principal = await node.services.identity.principalOf(user.id);
      return { ...systemContext('test'), principal };
    },
    async stop() {
      await node.stop(1000);
      await rm(data, { recursive: true, force: true });
    },
  };
}

export function exchange(
  port: number,
  method: string,
  target: string,
  headers: OutgoingHttpHeaders,
  body?: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(
      { host: '127.0.0.1', port, method, path: target, headers, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            text: bytes.toString('utf8'),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
