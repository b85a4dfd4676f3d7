import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import { pause } from '../../clients/etcd/pause.ts';

/** A lease that etcd has granted. Its keys end with it. */
export interface Granted {
  readonly id: string;
  /** When it was asked for, on the monotonic clock: it lives at least `ttlMs` from then on. */
  readonly sentAt: number;
  readonly ttlMs: number;
}

export interface RenewalPlan {
  /** For the log. */
  readonly what: string;
  /** Asked right before each renewal: false ends them for good. */
  mayRenew(): boolean;
  /** `sentAt`: from when on its whole time counts. */
  onRenewed(sentAt: number): void;
  /** etcd knows the lease no longer. */
  onGone(): void;
}

/** @throws unavailable */
export async function grantLease(connection: EtcdConnection, ttlMs: number, clock: Clock): Promise<Granted> {
  const sentAt = clock.monotonic();
  const { ID } = await connection.call('Lease.LeaseGrant', { TTL: Math.max(1, Math.ceil(ttlMs / 1000)) });
  return { id: ID, sentAt, ttlMs };
}

/** Ends the lease and its keys. What can't be reached ends by itself. */
export async function revokeLease(connection: EtcdConnection, id: string, log: Logger): Promise<void> {
  try {
    await connection.call('Lease.LeaseRevoke', { ID: id }, { totalMs: 4_000, perHostMs: 1_500 });
  } catch (error) {
    if (!connection.closing.aborted) log.debug({ err: error }, 'a lease in etcd ends by itself');
  }
}

/** Renews at a third of the time to live, more often while that fails, and says so once. */
export function keepRenewing(
  connection: EtcdConnection,
  { id, ttlMs }: Granted,
  plan: RenewalPlan,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): { stop(): void } {
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, connection.closing]);
  const bounds = {
    totalMs: Math.min(8_000, Math.max(500, ttlMs / 2)),
    perHostMs: Math.min(2_500, Math.max(250, ttlMs / 4)),
  };
  const retryMs = Math.min(1_000, Math.max(50, ttlMs / 10));
  const run = async (): Promise<void> => {
    for (let failing = false; ;) {
      await pause(failing ? retryMs * (0.5 + Math.random()) : ttlMs / 3, signal);
      if (signal.aborted || !plan.mayRenew()) return;
      const sentAt = clock.monotonic();
      try {
        const left = await connection.keepAlive(id, bounds);
        if (signal.aborted) return;
        if (left <= 0) return plan.onGone();
        if (failing) log.info({ lease: plan.what }, 'a lease in etcd is renewed again');
        failing = false;
        plan.onRenewed(sentAt);
      } catch (error) {
        if (signal.aborted) return;
        if (!failing) log.warn({ err: error, lease: plan.what }, 'a lease in etcd cannot be renewed');
        failing = true;
      }
    }
  };
  void run();
  return { stop: () => stopping.abort() };
}
