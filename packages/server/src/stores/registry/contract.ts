import type { StoreHealth } from '../../kernel/service.ts';

export interface NodeRecord {
  /** Random per process start: two starts never share one. */
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly state: 'starting' | 'ready' | 'draining';
  readonly startedAt: number;
}

export interface Registration {
  /** Keeps the lease; the new record is visible to others when it resolves. */
  update(change: Partial<Pick<NodeRecord, 'state' | 'url'>>): Promise<void>;
  /** Removes the record at once. */
  end(): Promise<void>;
}

export interface Lease {
  readonly name: string;
  /** Strictly greater than every fence handed out before under this name. Checked inside SQL transactions. */
  readonly fence: number;
  /** False as soon as the holder can't be sure: counted from the *send* time of the last good renewal, on the monotonic clock. */
  valid(): boolean;
  /** Aborts when the lease is lost. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Which nodes live, and leases with fencing numbers. */
export interface RegistryStore {
  register(record: NodeRecord): Promise<Registration>;
  nodes(): Promise<readonly NodeRecord[]>;
  /** Calls back with the whole list after each change, in order; also once at the start. Resolves when the watch stands; `signal` ends it. */
  watch(listener: (nodes: readonly NodeRecord[]) => void, signal: AbortSignal): Promise<void>;
  /** Takes the lease if it is free, else `null` at once. The store renews it while it is held; it ends by itself `ttlMs` after its holder died. */
  acquire(name: string, ttlMs: number): Promise<Lease | null>;
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
