/** Records as they lie in etcd. */
import type { NodeRecord } from '../contract.ts';

const states: ReadonlySet<unknown> = new Set(['starting', 'ready', 'draining']);

/** @returns null for what is damaged */
export function decodeNode(bytes: Buffer): NodeRecord | null {
  const found = parse(bytes);
  if (!isNode(found)) return null;
  const { id, name, url, version, state, startedAt } = found;
  return { id, name, url, version, state, startedAt };
}

export function sortNodes(nodes: Iterable<NodeRecord>): readonly NodeRecord[] {
  return [...nodes].sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
}

export function encodeLock(holder: string, fence: number): string {
  return JSON.stringify({ holder, fence });
}

export function holderOf(bytes: Buffer | undefined): string | null {
  const found = bytes === undefined ? null : parse(bytes);
  if (typeof found !== 'object' || found === null || !('holder' in found)) return null;
  return typeof found.holder === 'string' ? found.holder : null;
}

/** The last fence that was handed out; 0 where none was, or where the record is damaged. */
export function decodeFence(bytes: Buffer | undefined): number {
  const fence = Number(bytes?.toString() ?? '0');
  return Number.isSafeInteger(fence) && fence >= 0 ? fence : 0;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return null;
  }
}

function isNode(found: unknown): found is NodeRecord {
  if (typeof found !== 'object' || found === null) return false;
  const texts = ['id', 'name', 'url', 'version'].map((name): unknown => Reflect.get(found, name));
  return (
    texts.every((text) => typeof text === 'string') &&
    states.has(Reflect.get(found, 'state')) &&
    typeof Reflect.get(found, 'startedAt') === 'number'
  );
}
