/** Workspace rows in memory, by slug and by root, each with the access epoch it is at least as new as. */
import { LRUCache } from 'lru-cache';
import type { WorkspaceRecord } from './api.ts';

interface Entry {
  readonly record: WorkspaceRecord;
  readonly epoch: number;
}

export class RecordCache {
  readonly #entries = new LRUCache<string, Entry>({ max: 20_000 });

  get(key: string, epoch: number): WorkspaceRecord | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.epoch >= epoch ? entry.record : undefined;
  }

  /** `epoch`: read before the row was. */
  keep(key: string, record: WorkspaceRecord, epoch: number): void {
    this.#entries.set(key, { record, epoch });
  }

  clear(): void {
    this.#entries.clear();
  }
}
