/** Whether nodes go by the same settings: one that does not follow the configuration any more works on, and nobody sees it. */
import { hash } from 'node:crypto';
import type { SettingsService } from '../settings/api.ts';

/** What a node says of its settings. `forMs`: how long it has gone by them, counted on its own clock. */
export interface SettingsReport {
  readonly hash: string;
  readonly forMs: number;
}

/** Of what this node goes by, 16 hexadecimal digits; of values that are shown to nobody the revision. */
export function settingsHash(settings: Pick<SettingsService, 'list'>): string {
  const values = settings
    .list()
    .map(({ key, value, sensitive, revision }) => [key, sensitive ? revision : value]);
  return hash('sha256', JSON.stringify(values), 'hex').slice(0, 16);
}

/** A change is on all nodes within seconds, but they tell of it one after another. */
const settledMs = 30_000;

interface Node {
  readonly id: string;
  readonly version: string;
  readonly settings: SettingsReport | null;
}

/**
 * Ids of the nodes that go by other settings than most of their version; of all of it where no settings have more than half. Other versions
 * know other settings, so they are not compared. While one of them has changed lately, nothing is said.
 */
export function differing(nodes: readonly Node[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const peers of Map.groupBy(nodes, ({ version }) => version).values()) {
    const heard = peers.flatMap(({ id, settings }) => (settings === null ? [] : [{ id, ...settings }]));
    const byHash = [...Map.groupBy(heard, (each) => each.hash).values()];
    if (byHash.length < 2 || heard.some(({ forMs }) => forMs < settledMs)) continue;
    const odd = byHash.filter((same) => same.length * 2 <= heard.length);
    for (const { id } of odd.flat()) found.add(id);
  }
  return found;
}
