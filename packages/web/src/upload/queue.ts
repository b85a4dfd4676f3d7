import type { Conflict } from '@volvox/api';

/** The state of uploads: what waits, runs, rests and ended. Knows nothing of the network; the engine asks `next` and reports back. */
export type UploadState = 'waiting' | 'sending' | 'paused' | 'done' | 'skipped' | 'failed' | 'cancelled';

export interface UploadItem {
  readonly id: string;
  readonly file: File;
  readonly parentId: string;
  readonly folders: readonly string[];
  readonly conflict: Conflict;
  readonly skipIfTaken: boolean;
  readonly state: UploadState;
  readonly sent: number;
  /** The reason of a failure, told in words. */
  readonly reason: string | null;
}
export type NewUpload = Pick<UploadItem, 'file' | 'parentId' | 'folders' | 'conflict' | 'skipIfTaken'>;

export interface Totals {
  readonly count: number;
  readonly finished: number;
  readonly failed: number;
  readonly active: number;
  readonly paused: number;
  readonly bytes: number;
  readonly sent: number;
}

/** Small files go many to a request: at most this many, this large together, each below this size. */
export const bulkLimits = { fileSize: 1 << 20, files: 200, bytes: 8 << 20 };

const over: ReadonlySet<UploadState> = new Set(['done', 'skipped', 'cancelled']);

export class UploadQueue {
  private readonly items = new Map<string, UploadItem>();
  private readonly listeners = new Set<() => void>();
  private readonly newId: () => string;
  private changes = 0;

  constructor(newId: () => string = () => crypto.randomUUID()) {
    this.newId = newId;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  /** Rises with every change; for useSyncExternalStore. */
  version = (): number => this.changes;

  all(): readonly UploadItem[] {
    return [...this.items.values()];
  }
  get(id: string): UploadItem | undefined {
    return this.items.get(id);
  }

  add(uploads: readonly NewUpload[]): void {
    for (const upload of uploads) {
      const id = this.newId();
      this.items.set(id, { ...upload, id, state: 'waiting', sent: 0, reason: null });
    }
    this.tell();
  }

  /** What to send next: one large file, or a batch of small ones that share target and conflict rule. Marks them as sending. */
  next(): readonly UploadItem[] {
    let batch: UploadItem[] = [];
    let bytes = 0;
    for (const item of this.items.values()) {
      if (item.state !== 'waiting') continue;
      const small = item.file.size < bulkLimits.fileSize;
      const first = batch[0];
      if (!first) {
        batch = [item];
        bytes = item.file.size;
        if (!small) break;
      } else if (
        small &&
        item.parentId === first.parentId &&
        item.conflict === first.conflict &&
        bytes + item.file.size <= bulkLimits.bytes
      ) {
        batch.push(item);
        bytes += item.file.size;
        if (batch.length >= bulkLimits.files) break;
      }
    }
    for (const item of batch) this.change(item.id, { state: 'sending', reason: null });
    if (batch.length > 0) this.tell();
    return batch;
  }

  progress(id: string, sent: number): void {
    if (this.items.get(id)?.state === 'sending') this.change(id, { sent });
    this.tell();
  }
  finish(id: string): void {
    this.end(id, { state: 'done', sent: this.items.get(id)?.file.size ?? 0 });
  }
  /** The server refused because the name is taken: wanted if the person said skip. */
  taken(id: string, reason: string): void {
    this.end(id, this.items.get(id)?.skipIfTaken ? { state: 'skipped' } : { state: 'failed', reason });
  }
  fail(id: string, reason: string): void {
    this.end(id, { state: 'failed', reason });
  }

  pause(ids: readonly string[] = [...this.items.keys()]): void {
    this.move(ids, ['waiting', 'sending'], { state: 'paused' });
  }
  resume(ids: readonly string[] = [...this.items.keys()]): void {
    this.move(ids, ['paused'], { state: 'waiting' });
  }
  retry(ids: readonly string[] = [...this.items.keys()]): void {
    this.move(ids, ['failed', 'cancelled'], { state: 'waiting', reason: null });
  }
  cancel(ids: readonly string[] = [...this.items.keys()]): void {
    this.move(ids, ['waiting', 'sending', 'paused', 'failed'], { state: 'cancelled' });
  }
  /** Forgets what has ended; nothing that may still be wanted. */
  clear(): void {
    for (const item of this.all())
      if (over.has(item.state) || item.state === 'failed') this.items.delete(item.id);
    this.tell();
  }

  totals(): Totals {
    const totals = { count: 0, finished: 0, failed: 0, active: 0, paused: 0, bytes: 0, sent: 0 };
    for (const item of this.items.values()) {
      if (item.state === 'cancelled') continue;
      totals.count++;
      totals.bytes += item.file.size;
      totals.sent += item.state === 'skipped' ? item.file.size : item.sent;
      if (over.has(item.state)) totals.finished++;
      else if (item.state === 'failed') totals.failed++;
      else if (item.state === 'paused') totals.paused++;
      else totals.active++;
    }
    return totals;
  }

  private end(id: string, change: Partial<UploadItem>): void {
    if (this.items.get(id)?.state === 'sending') this.change(id, change);
    this.tell();
  }
  private move(ids: readonly string[], from: readonly UploadState[], change: Partial<UploadItem>): void {
    for (const id of ids) {
      const item = this.items.get(id);
      if (item && from.includes(item.state)) this.change(id, change);
    }
    this.tell();
  }
  private change(id: string, change: Partial<UploadItem>): void {
    const item = this.items.get(id);
    if (item) this.items.set(id, { ...item, ...change });
  }
  private tell(): void {
    this.changes++;
    for (const listener of this.listeners) listener();
  }
}
