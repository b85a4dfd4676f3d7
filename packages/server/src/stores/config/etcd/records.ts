/** History as it lies in etcd: one record a change, one a removal (of a key with everything below). */
import type { Found } from '../../clients/etcd/requests.ts';
import type { ConfigRecord, Json } from '../contract.ts';

/** At least so many changes of a key are kept. */
export const keptChanges = 20;
/** A removal concerns all keys below, so more of them are kept. */
export const keptRemovals = 200;

interface Stamp {
  readonly at: number;
  readonly actor: string | null;
}

export function encodeChange({ at, actor }: Stamp, json: string): string {
  return `{"at":${at},"actor":${JSON.stringify(actor)},"value":${json}}`;
}

export function encodeRemoval({ at, actor }: Stamp): string {
  return JSON.stringify({ at, actor });
}

interface Stored extends Stamp {
  readonly value: Json | undefined;
}

/** @returns null for what is damaged */
export function decodeRecord(bytes: Buffer): Stored | null {
  try {
    const { at, actor, value }: { at: unknown; actor: unknown; value: Json | undefined } = JSON.parse(
      bytes.toString(),
    );
    if (typeof at !== 'number' || (actor !== null && typeof actor !== 'string')) return null;
    return { at, actor, value };
  } catch {
    return null;
  }
}

/** The history of `key`, newest first. A removal counts only where it removed something: right after a change. */
export function historyOf(
  key: string,
  changes: readonly Found[],
  removals: readonly Found[],
): readonly ConfigRecord[] {
  const all = [
    ...changes.map((found) => ({ found, removal: false })),
    ...removals.map((found) => ({ found, removal: true })),
  ].sort((a, b) => b.found.created - a.found.created);
  return all.flatMap(({ found, removal }, index) => {
    if (removal && all[index + 1]?.removal !== false) return [];
    const stored = decodeRecord(found.value);
    if (stored === null) return [];
    const value = removal ? undefined : stored.value;
    return [{ key, value, revision: found.created, at: stored.at, actor: stored.actor }];
  });
}
