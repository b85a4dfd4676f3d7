/** Everything that runs: external servers behind proxies, three nodes, a balancer. Started and ended together. */
import type { ServerKind } from '../../packages/server/src/testing/servers/index.ts';
import { freePort } from '../../packages/server/src/testing/servers/free-port.ts';
import { admin } from '../harness/server-process.ts';
import { startBalancer, type Balancer } from './balancer.ts';
import { ClusterNode } from './cluster-node.ts';
import { externalServer, type ExternalServer } from './external-server.ts';

export type SqlKind = 'postgres' | 'mariadb';

export interface Topology {
  readonly sql: SqlKind;
  readonly servers: ReadonlyMap<ServerKind, ExternalServer>;
  readonly nodes: readonly ClusterNode[];
  readonly balancer: Balancer;
  /** Access token of the administrator. */
  readonly token: string;
  stop(): Promise<void>;
}

/** The last node's clock is this far ahead. */
export const clockAheadMs = 3 * 60_000;

export function kindsWith(sql: SqlKind): readonly ServerKind[] {
  return ['etcd', 'vault', 'redis', 'nats', sql, 'mongodb', 's3'];
}

export async function startTopology(sql: SqlKind): Promise<Topology> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const started = await Promise.allSettled(kindsWith(sql).map((kind) => externalServer(kind)));
    const servers = new Map<ServerKind, ExternalServer>();
    for (const result of started) {
      if (result.status === 'rejected') throw result.reason;
      servers.set(result.value.kind, result.value);
      ends.push(() => result.value.stop());
    }
    const balancerPort = await freePort();
    const nodes = await makeNodes(servers, sql, `http://127.0.0.1:${balancerPort}`);
    ends.push(async () => void (await Promise.all(nodes.map((node) => node.end('SIGKILL')))));
    // All at the same moment, on empty stores.
    await Promise.all(nodes.map((node) => node.start()));
    const balancer = await startBalancer(balancerPort, nodes);
    ends.push(() => balancer.stop());
    return { sql, servers, nodes, balancer, token: await makeToken(balancer.url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeNodes(
  servers: ReadonlyMap<ServerKind, ExternalServer>,
  sql: SqlKind,
  publicUrl: string,
): Promise<readonly ClusterNode[]> {
  const url = (kind: ServerKind): string => servers.get(kind)?.url ?? '';
  const environment = {
    VOLVOX_CONFIG: `${url('etcd')}/config`,
    VOLVOX_VAULT: url('vault'),
    VOLVOX_REGISTRY: `${url('etcd')}/registry`,
    VOLVOX_BROKER: url('nats'),
    VOLVOX_CACHE: `${url('redis')}`,
    VOLVOX_SQL: url(sql),
    VOLVOX_DOCUMENTS: url('mongodb'),
    VOLVOX_BLOBS: url('s3'),
    VOLVOX_URL: publicUrl,
    VOLVOX_TRUST_PROXY: '127.0.0.1',
    VOLVOX_ADMIN_LOGIN: admin.login,
    VOLVOX_ADMIN_PASSWORD: admin.password,
    VOLVOX_LOG_LEVEL: 'warn',
    ...servers.get('vault')?.environment,
    ...servers.get('s3')?.environment,
  };
  const names = ['one', 'two', 'three'];
  return Promise.all(
    names.map(
      async (name, index) =>
        new ClusterNode({
          name,
          port: await freePort(),
          environment,
          clockAheadMs: index === names.length - 1 ? clockAheadMs : 0,
        }),
    ),
  );
}

async function makeToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/tokens`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${admin.login}:${admin.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      kind: 'access_token',
      label: 'cluster',
      scopes: ['files:write', 'account', 'admin'],
    }),
  });
  const body: unknown = await answer.json();
  if (typeof body !== 'object' || body === null || !('secret' in body) || typeof body.secret !== 'string')
    throw new Error(`no token: ${answer.status} ${JSON.stringify(body)}`);
  return body.secret;
}
