/** The whole node in this process, on embedded stores in a throw-away folder, for tests of the gateways together. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@volvox/client';
import { readBootstrap } from '../../boot/read-bootstrap.ts';
import { startNode, type Node } from '../../boot/node.ts';

export const admin = { login: 'admin', secret: 'correct horse 1' };

export interface TestNode {
  readonly node: Node;
  readonly url: string;
  readonly port: number;
  /** As the administrator. */
  readonly client: Client;
  readonly headers: Record<string, string>;
  /** Root of the workspace. */
  root(slug: string): Promise<string>;
  /** Makes a user. @returns what authenticates as it */
  user(login: string): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export function basic(login: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}` };
}

/** @param more variables of the environment */
export async function startTestNode(more: Readonly<Record<string, string>> = {}): Promise<TestNode> {
  const folder = await mkdtemp(join(tmpdir(), 'volvox-node-'));
  const environment = {
    VOLVOX_DATA: folder,
    VOLVOX_LISTEN: '127.0.0.1:0',
    VOLVOX_ADMIN_LOGIN: admin.login,
    VOLVOX_ADMIN_PASSWORD: admin.secret,
    VOLVOX_LOG_LEVEL: 'error',
    ...more,
  };
  const node = await startNode(readBootstrap(environment, {}, 'test'), { write: () => {} });
  const client = createClient({ baseUrl: node.url, auth: { kind: 'basic', ...admin } });
  return {
    node,
    url: node.url,
    port: Number(new URL(node.url).port),
    client,
    headers: basic(admin.login, admin.secret),
    async root(slug) {
      const { items } = await client.call('listWorkspaces');
      return items.find((workspace) => workspace.slug === slug)?.rootId ?? '';
    },
    async user(login) {
      await client.call('createUser', { body: { login, password: 'correct horse 2' } });
      return basic(login, 'correct horse 2');
    },
    async close() {
      await node.stop(100);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
