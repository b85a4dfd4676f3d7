/** A node inside the test's own process, so that what a request costs can be counted: statements, commits, writes to sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient, type Client } from '@volvox/client';
import { readBootstrap, startNode, type Node } from '@volvox/server';
import { countSql, requestsOf } from '../../packages/server/src/testing/counted-sql.ts';

const login = 'admin';
const password = 'correct horse 1';
export const basic = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

/** Of the requests alone, but for `commits`: one serves whatever is written at a moment. */
export interface Cost {
  readonly statements: number;
  readonly transactions: number;
  readonly commits: number;
}

export interface CountedNode {
  readonly node: Node;
  readonly client: Client;
  /** A request as the administrator; `target` begins with `/`. The answer's body is read. */
  request(
    method: string,
    target: string,
    init?: { readonly body?: BodyInit; readonly headers?: Record<string, string> },
  ): Promise<Response>;
  /** What the requests of `work` cost the database, not the duties and followers beside them. */
  cost(work: () => Promise<unknown>): Promise<Cost>;
  /** Statements of the requests of `work`. */
  statements(work: () => Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
}

export async function startCounted(): Promise<CountedNode> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-traps-'));
  const environment = {
    VOLVOX_DATA: folder,
    VOLVOX_LISTEN: '127.0.0.1:0',
    VOLVOX_ADMIN_LOGIN: login,
    VOLVOX_ADMIN_PASSWORD: password,
    VOLVOX_LOG_LEVEL: 'error',
    VOLVOX_DURABILITY: 'relaxed',
  };
  const node = await startNode(readBootstrap(environment, {}, 'test'));
  countSql(node.stores.sql);
  const request: CountedNode['request'] = async (method, target, init = {}) => {
    const headers = { authorization: basic, ...init.headers };
    const answer = await fetch(node.url + target, { method, ...init, headers });
    const body = await answer.arrayBuffer();
    return new Response(answer.status === 204 || answer.status === 304 ? null : body, answer);
  };
  const cost: CountedNode['cost'] = async (work) => {
    // The followers' own statements come later, or are over: they wait for a pause of the requests.
    await node.services.audit.settled(AbortSignal.timeout(20_000)); // waits for the journal's followers, too
    const { sql } = node.stores;
    const before = sql.statistics();
    const count = await requestsOf(sql, work);
    return { ...count, commits: sql.statistics().commits - before.commits };
  };
  return {
    node,
    client: createClient({ baseUrl: node.url, auth: { kind: 'basic', login, secret: password } }),
    request,
    cost,
    statements: async (work) => (await cost(work)).statements,
    async stop() {
      await node.stop(1_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
