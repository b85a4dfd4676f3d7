/** What an operation on metadata costs with one, two and three nodes: processor time of nodes and servers, and who used most. */
import type { Target } from '../harness/server-process.ts';
import { pause } from './poll.ts';
import { processorMs } from './processor-time.ts';
import type { Topology } from './topology.ts';

export interface Capacity {
  readonly nodes: number;
  readonly operations: number;
  readonly perSecond: number;
  /** Milliseconds of processor time for each operation, by part. */
  readonly cost: Readonly<Record<string, number>>;
}

const clients = 8;
const operationsOfRound = 5;

export async function capacity(
  topology: Topology,
  targets: readonly Target[],
  commonId: string,
  rounds: number,
): Promise<Capacity[]> {
  const parts = partsOf(topology);
  const found: Capacity[] = [];
  // Once for nothing, so that every node has compiled and connected.
  await work(targets, commonId, Math.ceil(rounds / 4), 'warm');
  for (let nodes = 1; nodes <= targets.length; nodes += 1) {
    await pause(300);
    const before = parts.map(({ ms }) => ms());
    const from = performance.now();
    await work(targets.slice(0, nodes), commonId, rounds, `n${nodes}`);
    const seconds = (performance.now() - from) / 1000;
    const operations = rounds * operationsOfRound;
    const cost: Record<string, number> = {};
    parts.forEach(({ name, ms }, index) => {
      cost[name] = (cost[name] ?? 0) + (ms() - (before[index] ?? 0)) / operations;
    });
    found.push({ nodes, operations, perSecond: operations / seconds, cost });
  }
  return found;
}

/** The part that used most processor time, other than the test itself. */
export function limitOf({ cost, perSecond }: Capacity): string {
  const [name = '', ms = 0] = Object.entries(cost).sort(([, a], [, b]) => b - a)[0] ?? [];
  return `${name}: ${Math.round((ms * perSecond) / 10)} % of a core`;
}

function partsOf({ nodes, servers, sql }: Topology): readonly { readonly name: string; ms(): number }[] {
  return [
    ...nodes.map((node) => ({ name: 'nodes', ms: () => processorMs(node.pid) })),
    ...[...servers.values()].map(({ kind, server }) => ({
      name: kind === sql ? kind : 'other servers',
      ms: () => processorMs(server.pid),
    })),
    {
      name: 'test',
      ms: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
    },
  ];
}

async function work(
  targets: readonly Target[],
  commonId: string,
  rounds: number,
  name: string,
): Promise<void> {
  let begun = 0;
  const client = async (): Promise<void> => {
    while (begun < rounds) {
      begun += 1;
      await round(targets, begun, commonId, `${name}-${begun}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Make, read, list, rename and remove a folder, each on the next node. */
async function round(
  targets: readonly Target[],
  index: number,
  commonId: string,
  name: string,
): Promise<void> {
  const next = (step: number): Target => {
    const target = targets[(index + step) % targets.length];
    if (target === undefined) throw new Error('no node');
    return target;
  };
  const { id } = await next(0).client.call('createFolder', { params: { id: commonId }, body: { name } });
  await next(1).client.call('getNode', { params: { id } });
  const listed = await next(2).request('PROPFIND', `/dav/common/${name}/`, { headers: { depth: '1' } });
  await listed.arrayBuffer();
  await next(3).client.call('updateNode', { params: { id }, body: { name: `${name}.renamed` } });
  await next(4).client.call('deleteNode', { params: { id }, query: { permanent: true } });
}
