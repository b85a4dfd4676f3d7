import type { NodeRecord } from '../contract.ts';

export interface LivingNode {
  readonly record: NodeRecord;
  /** On the monotonic clock, as all times here. */
  readonly until: number;
}

export interface HeldLease {
  readonly holder: object;
  readonly until: number;
}

/** What all clients of one memory registry see. */
export interface Cluster {
  readonly nodes: Map<string, LivingNode>;
  readonly leases: Map<string, HeldLease>;
  /** One counter for all names: rises for each, also across release and expiry. */
  fence: number;
  readonly watchers: Set<() => void>;
}

export function emptyCluster(): Cluster {
  return { nodes: new Map(), leases: new Map(), fence: 0, watchers: new Set() };
}

/** Drops what has ended and tells the watchers if that was anything. */
export function sweepNodes(cluster: Cluster, now: number): void {
  const ended = [...cluster.nodes].filter(([, node]) => node.until <= now);
  for (const [id] of ended) cluster.nodes.delete(id);
  if (ended.length > 0) tellWatchers(cluster);
}

export function tellWatchers(cluster: Cluster): void {
  for (const tell of [...cluster.watchers]) tell();
}

export function snapshot(cluster: Cluster): readonly NodeRecord[] {
  const records = [...cluster.nodes.values()].map((node) => node.record);
  return records.sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
}
