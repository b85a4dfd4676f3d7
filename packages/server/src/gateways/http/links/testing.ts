/** Links on a whole node, for the tests of what visitors may and may not. */
import { basic, startTestNode, type TestNode } from '../../testing/node.ts';
import { send, type Answer } from '../testing.ts';

export interface LinkWorld {
  readonly node: TestNode;
  /** Makes a user with a personal workspace. @returns headers and root */
  person(login: string): Promise<{ readonly headers: Record<string, string>; readonly root: string }>;
  /** As somebody who is signed in, below /api/v1. */
  ask(headers: Record<string, string>, method: string, path: string, body?: unknown): Promise<Answer>;
  /** As a visitor, below /s/<token>/api/v1. */
  visit(token: string, method: string, path: string, options?: VisitOptions): Promise<Answer>;
  file(
    headers: Record<string, string>,
    parent: string,
    name: string,
    content: string | Buffer,
  ): Promise<string>;
  folder(headers: Record<string, string>, parent: string, name: string): Promise<string>;
  link(
    headers: Record<string, string>,
    body: object,
  ): Promise<{ readonly id: string; readonly token: string }>;
  close(): Promise<void>;
}

export interface VisitOptions {
  readonly body?: unknown;
  readonly bytes?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly cookie?: string;
}

const json = { 'content-type': 'application/json' };

export async function openLinkWorld(): Promise<LinkWorld> {
  const node = await startTestNode();
  const { port } = node;
  const ask: LinkWorld['ask'] = (headers, method, path, body) =>
    send(
      port,
      { method, path: `/api/v1${path}`, headers: { ...headers, ...(body === undefined ? {} : json) } },
      body === undefined ? undefined : JSON.stringify(body),
    );
  const made = async (answer: Promise<Answer>): Promise<Record<string, unknown>> => {
    const { status, body, json: parse } = await answer;
    if (status >= 300) throw new Error(`${status}: ${body.toString()}`);
    return parse();
  };
  return {
    node,
    ask,
    async person(login) {
      const headers = await node.user(login);
      const { items } = (await made(ask(headers, 'GET', '/workspaces'))) as {
        items: { slug: string; rootId: string }[];
      };
      return { headers, root: items.find(({ slug }) => slug === 'personal')?.rootId ?? '' };
    },
    visit(token, method, path, { body, bytes, headers = {}, cookie } = {}) {
      const all = {
        ...headers,
        ...(cookie === undefined ? {} : { cookie }),
        ...(body === undefined ? {} : json),
      };
      return send(
        port,
        { method, path: `/s/${token}/api/v1${path}`, headers: all },
        body === undefined ? bytes : JSON.stringify(body),
      );
    },
    async file(headers, parent, name, content) {
      const path = `/api/v1/nodes/${parent}/children/${encodeURIComponent(name)}/content`;
      const octets = { ...headers, 'content-type': 'application/octet-stream' };
      return String((await made(send(port, { method: 'PUT', path, headers: octets }, content)))['id']);
    },
    async folder(headers, parent, name) {
      return String((await made(ask(headers, 'POST', `/nodes/${parent}/children`, { name })))['id']);
    },
    async link(headers, body) {
      const link = await made(ask(headers, 'POST', '/links', body));
      return { id: String(link['id']), token: String(link['token']) };
    },
    close: () => node.close(),
  };
}

/** What a browser sends back of it. */
export function cookieOf(answer: Answer): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

export { basic };
