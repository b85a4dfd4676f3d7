import type { ConfigChange, ConfigEntry, ConfigRecord } from './contract.ts';
import { decodeConfigValue, isBelow } from './rules.ts';

/** Each key keeps at least its last 20 changes, and everything keeps its last 200, so that a watcher may lag behind. */
const keptPerKey = 20;
const keptOverall = 200;

export interface StoredChange {
  readonly key: string;
  /** JSON text; null: the key was removed. */
  readonly json: string | null;
  readonly revision: number;
  readonly at: number;
  readonly actor: string | null;
}

/**
 * The whole configuration as the list of its changes, oldest first; what holds now is the newest change of each key, which
 * is never dropped, not even a removal. Immutable: drivers that keep all in one place replace one state by the next.
 */
export interface ConfigState {
  readonly revision: number;
  readonly changes: readonly StoredChange[];
  readonly latest: ReadonlyMap<string, StoredChange>;
}

export const emptyState: ConfigState = { revision: 0, changes: [], latest: new Map() };

export function stateOf(changes: readonly StoredChange[]): ConfigState {
  const latest = new Map(changes.map((change) => [change.key, change]));
  return { revision: changes.at(-1)?.revision ?? 0, changes, latest };
}

export type NewChange = Omit<StoredChange, 'revision'>;

export function withChanges(state: ConfigState, changes: readonly NewChange[]): ConfigState {
  const numbered = changes.map((change, index) => ({ ...change, revision: state.revision + 1 + index }));
  return stateOf(trim([...state.changes, ...numbered]));
}

function trim(changes: readonly StoredChange[]): readonly StoredChange[] {
  if (changes.length <= keptOverall) return changes;
  const seen = new Map<string, number>();
  const kept = changes.toReversed().filter((change, index) => {
    const count = (seen.get(change.key) ?? 0) + 1;
    seen.set(change.key, count);
    return index < keptOverall || count <= keptPerKey;
  });
  return kept.reverse();
}

/** 0: absent. */
export function revisionOf(state: ConfigState, key: string): number {
  const change = state.latest.get(key);
  return change === undefined || change.json === null ? 0 : change.revision;
}

export function entryOf(state: ConfigState, key: string): ConfigEntry | null {
  const change = state.latest.get(key);
  if (change === undefined || change.json === null) return null;
  return { key, value: decodeConfigValue(change.json), revision: change.revision };
}

export function keysBelow(state: ConfigState, prefix: string): readonly string[] {
  const live = [...state.latest.values()].filter(
    (change) => change.json !== null && isBelow(change.key, prefix),
  );
  return live.map((change) => change.key).sort();
}

export function changesAfter(state: ConfigState, prefix: string, revision: number): readonly ConfigChange[] {
  return state.changes
    .filter((change) => change.revision > revision && isBelow(change.key, prefix))
    .map((change) => ({ key: change.key, value: valueOf(change), revision: change.revision }));
}

export function historyOf(state: ConfigState, key: string, limit: number): readonly ConfigRecord[] {
  const own = state.changes.filter((change) => change.key === key).reverse();
  return own.slice(0, limit).map((change) => ({
    key,
    value: valueOf(change),
    revision: change.revision,
    at: change.at,
    actor: change.actor,
  }));
}

function valueOf(change: StoredChange) {
  return change.json === null ? undefined : decodeConfigValue(change.json);
}
