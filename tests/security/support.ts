/** What the security tests share: a node with a few people on it, bare requests as any of them, raw bytes on a socket. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after } from 'node:test';
import type { Node, PermissionName, User, Workspace } from '@volvox/api';
import { createClient, type Client } from '@volvox/client';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';

export const password = 'battery-staple-2';

/** Somebody with a token, so that no test pays for a password's hash. */
export interface Person {
  readonly user: User;
  readonly client: Client;
  readonly authorization: string;
  readonly home: Workspace;
  request(method: string, target: string, init?: RequestInit): Promise<Response>;
}

export interface Place {
  readonly server: ServerProcess;
  readonly folder: string;
  readonly admin: Client;
  readonly common: Workspace;
  makePerson(login: string, more?: { readonly admin?: boolean }): Promise<Person>;
  /** Sets what a person may do at a node. */
  rule(
    nodeId: string,
    login: string,
    allow: readonly PermissionName[],
    deny?: readonly PermissionName[],
  ): Promise<void>;
  /** A bare request without credentials. */
  request(method: string, target: string, init?: RequestInit): Promise<Response>;
}

/** A node of its own for a test file, ended after it. */
export async function startPlace(env: Readonly<Record<string, string>> = {}): Promise<Place> {
  const data = await makeDataFolder();
  const server = await startServer(data, env);
  after(async () => {
    await server.kill('SIGTERM');
    await data.remove();
  });
  const admin = await tokenClient(server, server.client);
  const common = await workspaceOf(admin.client, 'common');
  const request: Place['request'] = (method, target, init) =>
    fetch(server.url + target, { method, redirect: 'manual', ...init });
  return {
    server,
    folder: data.folder,
    admin: admin.client,
    common,
    request,
    async makePerson(login, more = {}) {
      const user = await admin.client.call('createUser', { body: { login, password, ...more } });
      const { secret } = await admin.client.call('adminCreateToken', {
        params: { login },
        body: { kind: 'access_token', label: 'tests', scopes: allScopes(more.admin ?? false) },
      });
      const client = createClient({ baseUrl: server.url, auth: { kind: 'bearer', secret } });
      const authorization = `Bearer ${secret}`;
      return {
        user,
        client,
        authorization,
        home: await workspaceOf(client, 'personal'),
        request: (method, target, init = {}) =>
          request(method, target, { ...init, headers: { authorization, ...headersOf(init) } }),
      };
    },
    async rule(nodeId, login, allow, deny = []) {
      const roleId = await roleOf(admin.client, login);
      await admin.client.call('setRule', {
        params: { id: nodeId, role: roleId },
        body: { allow: [...allow], deny: [...deny] },
      });
    },
  };
}

type Scopes = ('files:write' | 'account' | 'admin')[];

function allScopes(admin: boolean): Scopes {
  return admin ? ['files:write', 'account', 'admin'] : ['files:write', 'account'];
}

async function tokenClient(server: ServerProcess, client: Client): Promise<{ client: Client }> {
  const { secret } = await client.call('createToken', {
    body: { kind: 'access_token', label: 'tests', scopes: allScopes(true) },
  });
  return { client: createClient({ baseUrl: server.url, auth: { kind: 'bearer', secret } }) };
}

/** A user's own role is the one that stands at the root of the personal workspace. */
async function roleOf(admin: Client, login: string): Promise<string> {
  const { secret } = await admin.call('adminCreateToken', {
    params: { login },
    body: { kind: 'access_token', label: 'role', scopes: ['files:write'] },
  });
  const own = createClient({
    baseUrl: admin.url('getSetup').replace(/\/api\/.*$/, ''),
    auth: { kind: 'bearer', secret },
  });
  const { rootId } = await workspaceOf(own, 'personal');
  const { items } = await own.call('listRules', { params: { id: rootId } });
  const [rule] = items;
  assert.ok(rule);
  return rule.roleId;
}

export function headersOf(init: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(init.headers));
}

export async function workspaceOf(client: Client, slug: string): Promise<Workspace> {
  const { items } = await client.call('listWorkspaces');
  const found = items.find((workspace) => workspace.slug === slug);
  assert.ok(found, `no workspace ${slug}`);
  return found;
}

export function makeFolder(client: Client, parentId: string, name: string): Promise<Node> {
  return client.call('createFolder', { params: { id: parentId }, body: { name } });
}

export function put(client: Client, parentId: string, name: string, body: BodyInit): Promise<Node> {
  return client.call('uploadFile', { params: { id: parentId, name }, body });
}

export function basic(login: string, secret: string): string {
  return `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;
}

/** Sends bytes as they are. @returns all that comes back until the other side closes, or `ms` pass after the last byte */
export function raw(url: string, bytes: string | Buffer, ms = 1_500): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => void socket.write(bytes));
    socket.setTimeout(ms, () => socket.destroy());
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => (text += piece));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve(text));
  });
}

/** Statuses of all answers in a raw exchange. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
}
