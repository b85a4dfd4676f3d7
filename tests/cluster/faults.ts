/** What is done to the cluster, and what clients may notice of it. */
import type { ServerKind } from '../../packages/server/src/testing/servers/index.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ExternalServer } from './external-server.ts';
import { pause } from './poll.ts';
import type { Topology } from './topology.ts';

/**
 * `nothing`: not one failed request. `refused`: 503, and soon. `woken`: what a node had in hand when it was frozen may have run out of
 * time, but is answered. `broken`: connections may end as well.
 */
export type Tolerance = 'nothing' | 'refused' | 'woken' | 'broken';

export interface Fault {
  readonly name: string;
  readonly tolerance: Tolerance;
  /** Names what the fault is about, where nodes must go on as if nothing had happened: then revocation is tried meanwhile. */
  readonly degrades: boolean;
  /** Until the cause is gone. `meanwhile` is done while the fault lasts. */
  run(meanwhile: () => Promise<void>): Promise<void>;
}

/** Seconds that the faults last. */
export interface Durations {
  readonly serverMs: number;
  /** Longer than a node's lease (10 s) and one of a duty (15 s). */
  readonly frozenNodeMs: number;
}

type Pick = <T>(list: readonly T[]) => T;

/** Whoever sends a request just then waits for the node to wake; balancers notice after a second or two. */
export const frozenNode = 'SIGSTOP of a node beyond its lease';

/** How long a node that was killed stays away: long enough to see that the others have taken over. */
const awayMs = 3_000;

export function nodeFaults(topology: Topology, pick: Pick, durations: Durations): Fault[] {
  const { nodes } = topology;
  return [
    {
      name: 'kill -9 of a node',
      tolerance: 'broken',
      degrades: false,
      async run() {
        const node = pick(nodes);
        await node.end('SIGKILL');
        await pause(awayMs);
        await node.start();
      },
    },
    { name: 'SIGTERM of a node', tolerance: 'nothing', degrades: false, run: () => restart(pick(nodes)) },
    {
      name: 'rolling restart',
      tolerance: 'nothing',
      degrades: false,
      async run() {
        for (const node of nodes) {
          await restart(node);
          // As an orchestrator does: the next one goes when this one takes requests again.
          await pause(2_500);
        }
      },
    },
    {
      name: frozenNode,
      tolerance: 'woken',
      degrades: false,
      async run() {
        const node = pick(nodes);
        node.freeze();
        await pause(durations.frozenNodeMs);
        node.thaw();
      },
    },
  ];
}

async function restart(node: ClusterNode): Promise<void> {
  await node.end('SIGTERM');
  await node.start();
}

export function serverFaults(topology: Topology, { serverMs }: Durations): Fault[] {
  return [...topology.servers.values()].flatMap((external) => {
    const needed = (['postgres', 'mariadb', 's3'] as readonly ServerKind[]).includes(external.kind);
    const fault = (
      what: string,
      begin: () => void | Promise<void>,
      end: () => void | Promise<void>,
      harmless = !needed,
    ): Fault => ({
      name: `${external.kind} ${what}`,
      tolerance: harmless ? 'nothing' : 'refused',
      degrades: harmless,
      async run(meanwhile) {
        await begin();
        try {
          await Promise.all([pause(serverMs), meanwhile()]);
        } finally {
          await end();
        }
      },
    });
    const { server, proxy } = external;
    return [
      fault(
        'killed',
        () => server.kill(),
        () => server.start(),
      ),
      fault(
        'frozen',
        () => server.freeze(),
        () => server.thaw(),
      ),
      fault(
        'cut off',
        () => proxy.cut(),
        () => proxy.heal(),
      ),
      fault(
        'half open',
        () => proxy.blackhole(),
        () => proxy.heal(),
      ),
      fault(
        'slow',
        () => proxy.delay(40),
        () => proxy.heal(),
        true,
      ),
      ...special(external, fault),
    ];
  });
}

type Make = (what: string, begin: () => Promise<void>, end: () => Promise<void>) => Fault;

function special(external: ExternalServer, fault: Make): Fault[] {
  if (external.kind === 'redis')
    return [
      fault(
        'flushed',
        () => flush(external),
        () => flush(external),
      ),
    ];
  // A start unseals.
  const reopen = async (): Promise<void> => {
    await external.server.kill();
    await external.server.start();
  };
  return external.kind === 'vault' ? [fault('sealed', () => seal(external), reopen)] : [];
}

async function flush({ directUrl }: ExternalServer): Promise<void> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(directUrl);
  await redis.flushall();
  redis.disconnect();
}

async function seal({ directUrl, environment }: ExternalServer): Promise<void> {
  const { host } = new URL(directUrl);
  const answer = await fetch(`http://${host}/v1/sys/seal`, {
    method: 'PUT',
    headers: { 'x-vault-token': environment['VAULT_TOKEN'] ?? '' },
  });
  if (answer.status !== 204) throw new Error(`the vault does not let itself be sealed: ${answer.status}`);
}
